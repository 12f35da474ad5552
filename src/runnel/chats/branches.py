"""The branches of a chat's tree: where they part, and how two of them differ."""

from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from ..errors import RunInProgress
from ..ids import new_id
from ..runs.handles import Message
from ..runs.runner import Runner
from ..store import Chats, now_ms
from ..vocabulary.chats import ChatValue
from ..vocabulary.messages import MessageValue, PartKind, ToolPart
from .rooms import ChatRooms

__all__ = ["Comparison", "alternatives", "calls", "compare", "fork", "id_of", "page", "preceding", "switch"]


@dataclass(frozen=True)
class Comparison:
    """Two branches: what they share, oldest first, and what each has for itself after that."""

    common: tuple[Message, ...]
    left: tuple[Message, ...]
    right: tuple[Message, ...]


def id_of(message: Message | str) -> str:
    """The id of a message that is named by it or itself."""
    return message if isinstance(message, str) else message.id


async def page(
    rooms: ChatRooms,
    chat: ChatValue,
    kinds: Iterable[PartKind] | None,
    limit: int | None,
    before: Message | str | None,
    after: Message | str | None,
    branch: Message | str | None,
) -> list[Message]:
    """See `Chat.messages`."""
    head = chat.head if branch is None else await rooms.chats.leaf(id_of(branch), chat.id)
    if before is not None:
        head = (await rooms.chats.message_of(id_of(before), chat.id)).parent
    wanted = None if kinds is None else frozenset(kinds)
    values = await rooms.chats.branch(head, limit, wanted, None if after is None else id_of(after))
    return [Message(rooms.runner, await _as_it_stands(rooms.runner, value, wanted)) for value in values]


async def _as_it_stands(runner: Runner, value: MessageValue, kinds: frozenset[PartKind] | None) -> MessageValue:
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


async def calls(rooms: ChatRooms, chat: str) -> list[ToolPart]:
    """The calls of tools since the user's last message on a chat's current branch, in order."""
    kinds = frozenset[PartKind](["tool"])
    turn = await rooms.chats.last_turn(chat, kinds)
    values = [await _as_it_stands(rooms.runner, one, kinds) for one in turn]
    return [part for value in values for part in value.parts if isinstance(part, ToolPart)]


async def fork(rooms: ChatRooms, chat: ChatValue, id: str) -> ChatValue:
    """See `Chat.fork`."""
    message = await rooms.chats.message_of(id, chat.id)
    now = now_ms()
    made = ChatValue(new_id("chat"), chat.settings, now, now, chat.title, message.id, user=chat.user)
    await rooms.chats.add(made)
    if chat.settings.model.startswith("object:"):
        rooms.models.give(made.id, rooms.models.get(chat.settings.model, chat.id))
    rooms.tools.give(made.id, rooms.tools.get(chat.settings.tools, chat.id))
    return made


async def preceding(rooms: ChatRooms, run: str) -> str | None:
    """The message that the question of a run follows."""
    row = await rooms.runs.get(run)
    return None if row.spec.question is None else (await rooms.chats.message(row.spec.question)).parent
