"""Places in modules."""

import sys
from typing import Any

__all__ = ["find"]


def find(module: str, place: str) -> Any:
    """What is at `place` in a module that is imported; None where there is nothing."""
    found: Any = sys.modules.get(module)
    for part in place.split("."):
        found = getattr(found, part, None)
    return found
