"""Errors as values: how they cross processes, and how they come back as what they were."""

from typing import Any

import msgspec

from ..errors import Failure, RunnelError
from .plain import plain_text

__all__ = ["ErrorValue", "rebuild"]


def _by_code(root: type[RunnelError]) -> dict[str, type[RunnelError]]:
    found = {root.code: root}
    for child in root.__subclasses__():
        found |= _by_code(child)
    return found


_CLASSES = _by_code(RunnelError)


def rebuild(code: str, message: str, details: dict[str, Any] | None = None) -> RunnelError:
    """The error that was described by `code`, `message` and `details`.

    A code from a later version gives the nearest class this one knows (`model.new_thing` is a `ModelError`).
    """
    known = _CLASSES.get(code)
    while known is None and "." in code:
        code = code.rpartition(".")[0]
        known = _CLASSES.get(code) or _CLASSES.get(f"{code}.error")
    return (known or Failure)(message, **(details or {}))


def _plain(value: Any) -> Any:
    try:
        msgspec.json.encode(value)
    except (TypeError, ValueError, RecursionError):
        return plain_text(str(value))
    return value


class ErrorValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as a value: the code of its class in `runnel.errors`, its sentence, its plain details."""

    code: str
    message: str
    details: dict[str, Any] = {}

    @classmethod
    def of(cls, error: RunnelError) -> "ErrorValue":
        """The value of an error. What of its details JSON cannot say is there as text."""
        details = {str(name): _plain(value) for name, value in error.details.items()}
        return cls(error.code, plain_text(error.message), details)

    def error(self) -> RunnelError:
        """The error, of its own class again."""
        return rebuild(self.code, self.message, self.details)
