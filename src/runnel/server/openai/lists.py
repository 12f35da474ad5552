"""Lists of items, by pages as OpenAI's clients turn them."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec

from .content import invalid

__all__ = ["ItemList", "Page", "page_of"]


class Page(msgspec.Struct):
    """Which items: after the one with an id, so many, the newest first or last."""

    after: str | None = None
    limit: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20
    order: Literal["asc", "desc"] = "desc"


class ItemList(msgspec.Struct):
    """One page of items."""

    data: list[dict[str, Any]]
    has_more: bool
    first_id: str | None = None
    last_id: str | None = None
    object: Literal["list"] = "list"


def page_of(items: Sequence[dict[str, Any]], page: Page) -> ItemList:
    """The page of `items`, which are given oldest first. Raises InvalidRequest where `after` is none of them."""
    ordered = list(items if page.order == "asc" else reversed(items))
    begin = 0
    if page.after is not None:
        place = next((place for place, item in enumerate(ordered) if item["id"] == page.after), None)
        if place is None:
            raise invalid("after", f"there is no item {page.after!r:.80} here")
        begin = place + 1
    shown = ordered[begin : begin + page.limit]
    first, last = (shown[0]["id"], shown[-1]["id"]) if shown else (None, None)
    return ItemList(shown, begin + page.limit < len(ordered), first, last)
