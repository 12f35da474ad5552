"""The keys by which callers find their chats again: JSON objects of their own, such as a channel and a thread."""

import json
from collections.abc import Mapping
from typing import Any

from ..errors import Misuse

__all__ = ["canonical", "read"]


def canonical(key: Mapping[str, Any]) -> str:
    """A key as text: the same for the same key, in whichever order its names come.

    Values are strings, numbers, booleans, None, and lists and objects of them. `1` and `"1"` are different. Raises
    Misuse for an empty key, and one that JSON cannot say.
    """
    if not key:
        raise Misuse("a chat's key must not be empty: name what it is the chat of, such as {'thread': 17}")
    try:
        text = json.dumps(dict(key), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise Misuse(f"a chat's key must be plain JSON, its names strings: {error}") from error
    if json.loads(text) != dict(key):  # 1 as a name would come back as "1", a tuple as a list
        raise Misuse("a chat's key must be plain JSON, its names strings")
    return text


def read(text: str) -> dict[str, Any]:
    """The key that `canonical` made the text of."""
    key: dict[str, Any] = json.loads(text)
    return key
