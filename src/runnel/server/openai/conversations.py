"""Conversations: chats, by OpenAI's names. One made here is in the list of chats; any chat is a conversation."""

from typing import Any, Literal

import msgspec

from ...chats.chat import Chat
from ...ids import new_id
from ..calls import Call
from ..operations import Operations
from .content import invalid
from .ids import chat_of_conversation, conversation_id
from .lists import ItemList, Page, page_of
from .response_input import items_of

__all__ = ["CONVERSATIONS"]

CONVERSATIONS = Operations("openai")
_KEY = "openai:conversation"


class NewConversation(msgspec.Struct):
    """A conversation to be made."""

    metadata: dict[str, str] | None = None
    items: list[Any] | None = None


class Conversation(msgspec.Struct):
    """A conversation. `created_at` is in Unix seconds."""

    id: str
    created_at: int
    metadata: dict[str, Any] = {}
    object: Literal["conversation"] = "conversation"

    @classmethod
    def of(cls, chat: Chat) -> "Conversation":
        """The view of a chat."""
        key = chat.key or {}
        metadata = key.get("metadata") if _KEY in key else None
        return cls(conversation_id(chat.id), chat.created_at // 1000, metadata or {})


class DeletedConversation(msgspec.Struct):
    """What is no more."""

    id: str
    object: Literal["conversation.deleted"] = "conversation.deleted"
    deleted: bool = True


@CONVERSATIONS.add("POST", "/v1/conversations")
async def create_conversation(call: Call, body: NewConversation) -> Conversation:
    """Make a conversation, to be named in requests for responses."""
    if body.items:
        raise invalid("items", "a conversation begins empty: give what was said before as the first response's input")
    key = {_KEY: new_id("conv"), "metadata": body.metadata} if body.metadata else None
    return Conversation.of(await call.app.chat(key=key))


@CONVERSATIONS.add("GET", "/v1/conversations/{conversation}", errors=(404,))
async def get_conversation(call: Call) -> Conversation:
    """A conversation."""
    return Conversation.of(await _chat(call))


@CONVERSATIONS.add("DELETE", "/v1/conversations/{conversation}", errors=(404,))
async def delete_conversation(call: Call) -> DeletedConversation:
    """Delete a conversation, with all that was said in it."""
    await (await _chat(call)).delete()
    return DeletedConversation(call.path["conversation"])


@CONVERSATIONS.add("GET", "/v1/conversations/{conversation}/items", errors=(404,))
async def list_conversation_items(call: Call, query: Page) -> ItemList:
    """What was said in a conversation, item by item."""
    messages = await (await _chat(call)).messages()
    return page_of([item for message in messages for item in items_of(message.value)], query)


async def _chat(call: Call) -> Chat:
    return await call.app.get_chat(chat_of_conversation(call.path["conversation"]))
