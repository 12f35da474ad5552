"""The root of the tree of errors."""

from __future__ import annotations

from typing import Any, ClassVar

__all__ = [
    "RunnelError",
]


class RunnelError(Exception):
    """The root of the tree.

    `str(error)` is a sentence for the person who gets it. `code` is the class's stable name on the wire.
    `details` holds plain values (strings, numbers) that a program may act on.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, /, **details: Any) -> None:
        super().__init__(message)
        self.details: dict[str, Any] = {k: v for k, v in details.items() if v is not None}

    @property
    def message(self) -> str:
        """The sentence for people."""
        return str(self.args[0])

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, RunnelError):
            return NotImplemented
        return (self.code, self.args, self.details) == (other.code, other.args, other.details)

    def __hash__(self) -> int:
        return hash((self.code, self.args))
