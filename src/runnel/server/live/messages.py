"""What a client says over `/api/live`: one JSON object a message, whose `do` says what is asked, and whose `id` comes
back in the answer."""

from contextlib import suppress
from typing import Annotated, Any, TypeAlias

import msgspec
from msgspec import Meta

from ...errors import InvalidRequest, TooLarge
from ..streaming.frames import Sources

__all__ = [
    "MOST_BYTES",
    "Approve",
    "Ask",
    "AskId",
    "Cancel",
    "FollowChat",
    "Reply",
    "Steer",
    "Subscribe",
    "UnfollowChat",
    "Unsubscribe",
    "decode",
    "id_in",
]

# Of a message.
MOST_BYTES = 1 << 16

_Id: TypeAlias = Annotated[str, Meta(min_length=1, max_length=200)]
_After: TypeAlias = Annotated[int, Meta(ge=0, le=(1 << 32) - 1)]
_Said: TypeAlias = Annotated[str, Meta(min_length=1)]


AskId: TypeAlias = Annotated[str, Meta(max_length=200)] | Annotated[int, Meta(ge=-(1 << 53), le=1 << 53)] | None


class _Ask(msgspec.Struct, tag_field="do", forbid_unknown_fields=True, kw_only=True):
    """`id` is the client's own, for its answer."""

    id: AskId = None


class Subscribe(_Ask, tag="subscribe"):
    """Get the frames of a run after `after`, until it ends. Once more: begin again, there."""

    run: _Id
    after: _After = 0
    sources: Sources = "first"


class Unsubscribe(_Ask, tag="unsubscribe"):
    """Get no more of a run."""

    run: _Id


class FollowChat(_Ask, tag="follow_chat"):
    """Get the changes of a chat after `after`. Once more: begin again, there."""

    chat: _Id
    after: _After = 0


class UnfollowChat(_Ask, tag="unfollow_chat"):
    """Get no more of a chat."""

    chat: _Id


class Cancel(_Ask, tag="cancel"):
    """End a run as `cancelled`; the answer has the `message` as it then stands."""

    run: _Id


class Steer(_Ask, tag="steer"):
    """Say something to the model while the run goes on."""

    run: _Id
    text: _Said


class Approve(_Ask, tag="approve"):
    """Consent to a call of a tool that waits for it, perhaps with other arguments; or refuse it, with a `note`."""

    run: _Id
    call: _Id
    approve: bool = True
    arguments: dict[str, Any] | None = None
    note: str | None = None


class Reply(_Ask, tag="reply"):
    """Answer what a tool asked: `input` is the `id` in `input.requested`."""

    run: _Id
    input: _Id
    text: str


Ask: TypeAlias = Subscribe | Unsubscribe | FollowChat | UnfollowChat | Cancel | Steer | Approve | Reply


class _Any(msgspec.Struct):
    id: AskId = None


_asks: msgspec.json.Decoder[Ask] = msgspec.json.Decoder(Ask)
_any: msgspec.json.Decoder[_Any] = msgspec.json.Decoder(_Any)


def decode(text: str | None) -> Ask:
    """What a message asks; None is one that is not text. Raises InvalidRequest, TooLarge."""
    if text is None:
        raise InvalidRequest("a message is to be text, not binary")
    if len(text) > MOST_BYTES or len(text.encode(errors="replace")) > MOST_BYTES:
        raise TooLarge(f"a message may have {MOST_BYTES} bytes here", limit="live.message", most=MOST_BYTES)
    try:
        ask: Ask = _asks.decode(text)
    except RecursionError:
        raise InvalidRequest("the message is nested too deep") from None
    except (msgspec.MsgspecError, UnicodeError) as error:
        raise InvalidRequest(f"the message: {error}") from None
    return ask


def id_in(text: str | None) -> AskId:
    """The `id` of a message that asks for nothing we know, where it has one."""
    with suppress(msgspec.MsgspecError, UnicodeError, RecursionError):
        return None if text is None or len(text) > MOST_BYTES else _any.decode(text).id
    return None
