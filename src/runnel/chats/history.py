"""The history that a model is given: the last turns of the branch that fit, at a cost that does not grow with it."""

from collections.abc import Awaitable, Callable

from ..vocabulary.messages import MessageValue, ToolPart
from ..vocabulary.usage import estimate_tokens

__all__ = ["page_size", "read_history"]

_PAGE = 64
ReadBranch = Callable[[str, int], Awaitable[list[MessageValue]]]


def page_size(history: bool | int) -> int:
    """How many messages are read at a time."""
    return _PAGE if history is True else min(2 * int(history), _PAGE)


async def read_history(
    read: ReadBranch, head: str | None, history: bool | int, tokens: int
) -> tuple[MessageValue, ...]:
    """The ended messages of the branch that ends with `head`, oldest first: whole turns, at most `history` of them
    where that is a number, and as many as fit in about `tokens`.

    `read(head, limit)` gives the last messages of a branch. It is asked for no more than is used, but for a page.
    """
    most = None if history is True else int(history)
    if head is None or most == 0:
        return ()
    size = page_size(history)
    taken: list[MessageValue] = []  # newest first
    turn: list[MessageValue] = []
    turns = 0
    while head is not None:
        page = await read(head, size)
        for message in reversed(page):
            head = message.parent
            if message.status.ended:
                turn.append(message)
            if message.role == "user":
                tokens -= sum(map(_tokens, turn))
                if tokens < 0:
                    return tuple(reversed(taken))
                taken.extend(turn)
                turn.clear()
                turns += 1
                if turns == most:
                    return tuple(reversed(taken))
        if len(page) < size:
            break
    if sum(map(_tokens, turn)) <= tokens:  # what was said before the user's first word
        taken.extend(turn)
    return tuple(reversed(taken))


def _tokens(message: MessageValue) -> int:
    calls = [part for part in message.parts if isinstance(part, ToolPart)]
    return estimate_tokens(len(message.content) + sum(len(call.arguments) + len(call.result or "") for call in calls))
