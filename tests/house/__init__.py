"""Rules of the house, as tests: what may import what, what is public, and that the documentation is true."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
