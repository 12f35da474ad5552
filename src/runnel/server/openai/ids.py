"""The ids on this wire: OpenAI's prefixes before Runnel's own ids, so that either is found by the other."""

from ...errors import NotFound

__all__ = ["chat_of_conversation", "completion_id", "conversation_id", "item_id", "response_id", "run_of_response"]


def response_id(run: str) -> str:
    """The id of the response that a run makes."""
    return f"resp_{run.removeprefix('run_')}"


def run_of_response(response: str) -> str:
    """The id of the run that makes a response. Raises NotFound for what is no response's id."""
    return f"run_{_rest(response, 'resp_', 'response')}"


def completion_id(run: str) -> str:
    """The id of the chat completion that a run makes."""
    return f"chatcmpl-{run.removeprefix('run_')}"


def conversation_id(chat: str) -> str:
    """The id of the conversation that a chat is."""
    return f"conv_{chat.removeprefix('chat_')}"


def chat_of_conversation(conversation: str) -> str:
    """The id of the chat that is a conversation. Raises NotFound for what is no conversation's id."""
    return f"chat_{_rest(conversation, 'conv_', 'conversation')}"


def item_id(prefix: str, owner: str, place: int) -> str:
    """The id of an item: the `place`th of the message or response `owner`."""
    return f"{prefix}_{owner.partition('_')[2] or owner}_{place}"


def _rest(id: str, prefix: str, what: str) -> str:
    if not id.startswith(prefix) or len(id) == len(prefix):
        raise NotFound(f"there is no {what} {id!r:.80}")
    return id.removeprefix(prefix)
