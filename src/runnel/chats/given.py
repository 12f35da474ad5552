"""What a caller gives, as messages of a chat: a question, or a whole branch."""

from collections.abc import Sequence

import msgspec

from ..errors import Misuse
from ..ids import new_id
from ..store import now_ms
from ..vocabulary.messages import MediaPart, MessageValue, Status, TextPart

__all__ = ["asked_question", "given_branch"]


def asked_question(chat: str, text: str, media: Sequence[MediaPart]) -> MessageValue:
    """A question as a message of the user's. Raises Misuse where it is no text."""
    given: object = text
    if not isinstance(given, str):
        raise Misuse(f"a question is text, not {given!r:.80}")
    parts = (*((TextPart(text),) if text else ()), *media)
    return MessageValue(new_id("msg"), "user", Status.COMPLETED, chat=chat, parts=parts, created_at=now_ms())


def given_branch(chat: str, messages: Sequence[MessageValue]) -> list[MessageValue]:
    """The messages as new ones of `chat`, each following the one before. Raises Misuse where there are none."""
    if not messages:
        raise Misuse("there is nothing to answer: give at least one message")
    at = now_ms()
    branch: list[MessageValue] = []
    for message in messages:
        parent = branch[-1].id if branch else None
        branch.append(
            msgspec.structs.replace(message, id=new_id("msg"), chat=chat, parent=parent, run=None, created_at=at)
        )
    return branch
