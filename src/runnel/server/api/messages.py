"""Messages, and the branches that they part."""

import msgspec

from ...chats.chat import Chat
from ...errors import UnknownMessage
from ...vocabulary.chats import ChatValue
from ...vocabulary.messages import MessageValue
from ..calls import Call
from ..operations import Operations
from .common import Medium, Text, parts
from .views import Branches, MessagePage, StartedRun

__all__ = ["MESSAGES"]

MESSAGES = Operations("messages")


class Edit(msgspec.Struct, forbid_unknown_fields=True):
    """A question, put otherwise."""

    prompt: Text
    media: tuple[Medium, ...] = ()


class Within(msgspec.Struct):
    """The chat in which the message is meant, where a fork shares it with the chat that it was made in."""

    chat: str | None = None


class Other(Within, rename={"other": "with"}, kw_only=True):
    """The message at the end of another branch."""

    other: str


@MESSAGES.add("GET", "/api/messages/{message}")
async def get_message(call: Call) -> MessageValue:
    """A message as it now stands."""
    return (await call.app.message(call.path["message"])).value


@MESSAGES.add("GET", "/api/messages/{message}/alternatives")
async def list_alternatives(call: Call, query: Within) -> MessagePage:
    """The messages that stand where this one does (answers of one question, or edits of it), itself among them, in the
    order in which they were made."""
    chat = await _chat(call, query)
    return MessagePage([message.value for message in await chat.alternatives(call.path["message"])])


@MESSAGES.add("GET", "/api/messages/{message}/compare")
async def compare_messages(call: Call, query: Other) -> Branches:
    """The branch that ends with this message beside the one that ends with another."""
    chat = await _chat(call, query)
    return Branches.of(await chat.compare(call.path["message"], query.other))


@MESSAGES.add("POST", "/api/messages/{message}/switch", errors=(409,))
async def switch_branch(call: Call, query: Within) -> ChatValue:
    """Make the branch that this message is on the current one, to its newest end."""
    chat = await _chat(call, query)
    await chat.switch(call.path["message"])
    return (await call.app.get_chat(chat.id)).value


@MESSAGES.add("POST", "/api/messages/{message}/retry", status=202, errors=(409,))
async def retry_message(call: Call, query: Within) -> StartedRun:
    """Answer the question of this message of the assistant's again, as a sibling of it."""
    chat = await _chat(call, query)
    return StartedRun.of(call, (await chat.retry(call.path["message"], stream=True)).run)


@MESSAGES.add("POST", "/api/messages/{message}/edit", status=202, errors=(409,))
async def edit_message(call: Call, body: Edit, query: Within) -> StartedRun:
    """Ask this question of the user's otherwise: a sibling of it, and its answer. What was there stays."""
    chat = await _chat(call, query)
    message = await chat.edit(call.path["message"], body.prompt, media=parts(body.media), stream=True)
    return StartedRun.of(call, message.run)


async def _chat(call: Call, query: Within) -> Chat:
    """The chat in which the message is meant that the path names. Raises UnknownMessage, UnknownChat."""
    message = await call.app.message(call.path["message"])
    if query.chat is not None:
        return await call.app.get_chat(query.chat)
    if message.chat_id is None:
        raise UnknownMessage(f"message {message.id} is of no chat", message=message.id)
    return await call.app.get_chat(message.chat_id)
