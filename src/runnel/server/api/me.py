"""Who calls."""

import msgspec

from ..calls import Call
from ..operations import Operations

__all__ = ["ME"]

ME = Operations("users")


class Me(msgspec.Struct, omit_defaults=True):
    """Who calls: the id and the name of a user; neither where the server has no users."""

    user: str | None = None
    name: str | None = None


@ME.add("GET", "/api/me")
async def get_me(call: Call) -> Me:
    """Who calls, as the server knows them."""
    return Me(call.caller.user, call.caller.name)
