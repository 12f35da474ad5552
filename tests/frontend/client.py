"""Where the front end's client can run."""

import os
import shutil

import pytest

from tests.house import ROOT

__all__ = ["FRONTEND", "LONG", "VITE", "needs_node"]

FRONTEND = ROOT / "frontend"
VITE = FRONTEND / "node_modules" / "vite" / "bin" / "vite.js"
# Seconds.
LONG = 60

needs_node = pytest.mark.skipif(
    not (VITE.exists() and shutil.which("node")) and not os.environ.get("CI"),
    reason="Node.js, or what `python frontend/page.py install` installs, is not there",
)
