"""The branches of a chat's tree: where they part, and how two of them differ."""

from dataclasses import dataclass

import msgspec

from ..errors import RunInProgress
from ..runs.handles import Message
from ..runs.runner import Runner
from ..store import Chats, now_ms
from ..vocabulary.messages import MessageValue, PartKind
from .rooms import ChatRooms

__all__ = ["Comparison", "alternatives", "as_it_stands", "before", "compare", "switch"]


@dataclass(frozen=True)
class Comparison:
    """Two branches: what they share, oldest first, and what each has for itself after that."""

    common: tuple[Message, ...]
    left: tuple[Message, ...]
    right: tuple[Message, ...]


async def as_it_stands(runner: Runner, value: MessageValue, kinds: frozenset[PartKind] | None) -> MessageValue:
    """A stored message as it now stands, with its parts of `kinds` only."""
    if value.status.ended:
        return value
    value = await runner.current(value)
    if kinds is None:
        return value
    return msgspec.structs.replace(value, parts=tuple(part for part in value.parts if part.kind in kinds))


async def alternatives(runner: Runner, chats: Chats, chat: str, id: str) -> list[Message]:
    """The messages that stand where `id` does, itself among them, in the order in which they were made."""
    return [Message(runner, await runner.current(value)) for value in await chats.alternatives(id, chat)]


async def switch(runner: Runner, chats: Chats, chat: str, id: str) -> None:
    """Make the branch that `id` is on the current one, to its newest end. Raises RunInProgress, UnknownMessage."""
    leaf = await chats.leaf(id, chat)
    going = await runner.runs.going(chat)
    if going:
        raise RunInProgress(
            f"chat {chat} is answering (run {going[0].id}): wait for it, or cancel it, before you change the branch",
            chat=chat,
            run=going[0].id,
        )
    await chats.change(chat, now_ms(), head=leaf)


async def compare(runner: Runner, chats: Chats, left: str, right: str) -> Comparison:
    """The branches that end with `left` and `right`. Raises UnknownMessage."""
    for id in (left, right):
        await chats.message(id)
    one, other = await chats.branch(left), await chats.branch(right)
    shared = 0
    for first, second in zip(one, other, strict=False):
        if first.id != second.id:
            break
        shared += 1

    async def shown(values: list[MessageValue]) -> tuple[Message, ...]:
        return tuple([Message(runner, await runner.current(value)) for value in values])

    return Comparison(await shown(one[:shared]), await shown(one[shared:]), await shown(other[shared:]))


async def before(rooms: ChatRooms, run: str) -> str | None:
    """The message that the question of a run follows."""
    row = await rooms.runs.get(run)
    return None if row.spec.question is None else (await rooms.chats.message(row.spec.question)).parent
