"""Errors as values: how they cross processes, and how they come back as what they were."""

from typing import Any

import msgspec

from ..errors import Failure, RunnelError

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


class ErrorValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """An error as a value: the code of its class in `runnel.errors`, its sentence, its plain details."""

    code: str
    message: str
    details: dict[str, Any] = {}

    @classmethod
    def of(cls, error: RunnelError) -> "ErrorValue":
        """The value of an error."""
        return cls(error.code, error.message, error.details)

    def error(self) -> RunnelError:
        """The error, of its own class again."""
        return rebuild(self.code, self.message, self.details)
