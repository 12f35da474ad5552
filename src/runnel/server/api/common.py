"""What queries, headers and bodies of several subjects have in common."""

from typing import Annotated, TypeAlias

import msgspec

__all__ = ["IdempotencyKey", "Limit", "Text", "Title"]

Limit: TypeAlias = Annotated[int, msgspec.Meta(ge=1, le=1000, description="How many there may be on a page.")]
Text: TypeAlias = Annotated[str, msgspec.Meta(min_length=1)]
Title: TypeAlias = Annotated[str, msgspec.Meta(max_length=500)]


class IdempotencyKey(msgspec.Struct, rename={"key": "idempotency-key"}):
    """The caller's own id for what it starts: the same key means the same run, however often it is sent."""

    key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._:~-]{1,128}$")] | None = None
