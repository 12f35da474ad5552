"""What is stored must be readable: a value that is not what its type says would be found by whoever reads it next, and
each time, as a list that cannot be shown any more."""

from typing import TypeVar

import msgspec

from ..errors import Misuse

__all__ = ["kept"]

T = TypeVar("T", bound=msgspec.Struct)


def kept(what: str, value: T) -> T:
    """The value as it will be read again. Raises Misuse, about `what`, where it could not be."""
    try:
        return msgspec.json.decode(msgspec.json.encode(value), type=type(value))
    except UnicodeEncodeError as error:
        wrong = f"{error.object[error.start : error.end]!a} is no text (half of a pair of surrogates)"
    except (msgspec.MsgspecError, TypeError, ValueError, RecursionError) as error:
        wrong = str(error)
    raise Misuse(f"{what} cannot be kept: {wrong}")
