"""Ids: a prefix that says what they name, then a time, then chance. They sort by when they were made."""

import secrets
import time

__all__ = ["new_id"]


def new_id(prefix: str) -> str:
    """A new id such as `run_019c8f2a1b3d6f0c9a5e7d21`: 11 hex digits of Unix milliseconds, then 52 random bits."""
    return f"{prefix}_{time.time_ns() // 1_000_000:011x}{secrets.randbits(52):013x}"
