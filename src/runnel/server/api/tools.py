"""The tools that chats may be given."""

from collections.abc import Sequence

import msgspec

from ...tools.offers import Offer
from ..calls import Call
from ..operations import Operations

__all__ = ["TOOLS", "OfferedTools"]

TOOLS = Operations("tools")


class OfferedTools(msgspec.Struct, frozen=True):
    """What a chat's `tools` may name."""

    tools: Sequence[Offer]


@TOOLS.add("GET", "/api/tools")
async def list_tools(call: Call) -> OfferedTools:
    """The tools that chats may be given, those of servers under their server's name; of what cannot be used, why."""
    return OfferedTools(await call.app.tools())
