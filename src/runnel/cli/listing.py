"""`runnel chats` and `runnel runs`; and how lists are shown."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from ..app import Runnel
from ..chats.chat import Chat
from ..runs.handles import Run
from ..terminal.found import found
from ..terminal.notes import ago, waiting_for
from ..terminal.safe import one_line, safe
from ..terminal.screen import Screen
from ..vocabulary.messages import Status
from ..vocabulary.requests import Request
from .options import AsJson
from .process import Stop, open_runnel, run

__all__ = ["chats", "runs", "show_table"]

Limit = Annotated[int, Parameter(name=["--limit", "-n"], help="How many at most.")]


def chats(
    *,
    search: Annotated[
        str, Parameter(name=["--search", "-s"], help="Words that all must be in the title or in what was said.")
    ] = "",
    limit: Limit = 20,
    json: AsJson = False,
) -> int:
    """List the chats, the latest used first."""

    async def work(_: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            listed = await app.chats(limit, search=search)
        screen = Screen()
        if json:
            fields = [
                {"id": chat.id, "title": chat.title, "created_at": chat.created_at, "updated_at": chat.updated_at}
                | {"settings": msgspec.to_builtins(chat.settings)}
                | ({} if chat.match is None else {"match": msgspec.to_builtins(chat.match)})
                for chat in listed
            ]
            screen.write(_lines(fields))
        elif not listed:
            screen.note(
                "No chat has all of that." if search else 'There are no chats yet: runnel chat, or runnel ask "…"'
            )
        else:
            now = _now()
            rows = [
                (chat.id, title, chat.settings.model, ago(chat.updated_at, now), *said)
                for chat in listed
                for title, *said in [_named(chat, screen.terminal)]
            ]
            show_table(screen, ("id", "title", "model", "used"), rows, wide=1)
        await screen.drain()
        return 0

    return run(work)


def _named(chat: Chat, terminal: bool) -> tuple[str | Text, ...]:
    """What a chat is called, and what was found in it: below that on a terminal, a field of its own elsewhere."""
    if terminal or chat.match is None:
        return (found(chat.title, chat.match),)
    return (chat.title, chat.match.text)


def runs(
    *,
    limit: Limit = 20,
    waiting: Annotated[bool, Parameter(negative=(), help="Only those that wait for a person, and what for.")] = False,
    json: AsJson = False,
) -> int:
    """List the runs, the newest first."""

    async def work(_: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            listed = await app.runs(limit, statuses={Status.WAITING} if waiting else None)
            found = [await _described(app, one, waiting) for one in listed]
        screen = Screen()
        if json:
            screen.write(_lines(found))
        elif not found:
            screen.note("No run waits for a person." if waiting else "There are no runs yet.")
        elif waiting:
            asked = [
                (one["id"], request["id"], waiting_for(msgspec.convert(request, Request)))
                for one in found
                for request in one["waits_for"]
            ]
            show_table(screen, ("run", "call or question", "waits for"), asked, wide=2)
        else:
            now = _now()
            rows = [
                (one["id"], one["status"], one["question"] or one["kind"], ago(one["began_at"], now)) for one in found
            ]
            show_table(screen, ("id", "status", "question", "began"), rows, wide=2)
        await screen.drain()
        return 0

    return run(work)


async def _described(app: Runnel, run: Run, waiting: bool = False) -> dict[str, Any]:
    value = run.value
    return {
        "id": run.id,
        "kind": value.kind,
        "status": value.status.value,
        "chat": value.chat,
        "message": value.message,
        "model": value.model,
        "began_at": value.began_at,
        "question": None if value.question is None else (await app.message(value.question)).content,
    } | ({"waits_for": msgspec.to_builtins(await run.waits_for())} if waiting else {})


def show_table(
    screen: Screen, heads: Sequence[str], rows: Sequence[Sequence[str | Text]], *, wide: int, right: Sequence[int] = ()
) -> None:
    """Rows under heads; column `wide` takes what is left of a terminal. Elsewhere lines have no heads, no colour and
    tabs between their fields, for programs that cut them."""
    if not screen.terminal:
        screen.write("".join(["\t".join([one_line(str(field), 1000) for field in row]) + "\n" for row in rows]))
        return
    cells = [[field if isinstance(field, Text) else Text(one_line(safe(field), 200)) for field in row] for row in rows]
    taken = [max(len(head), *[row[number].cell_len for row in cells]) + 2 for number, head in enumerate(heads)]
    left = max(20, screen.console.width - sum(taken) + taken[wide])
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, head in enumerate(heads):
        table.add_column(
            head,
            justify="right" if number in right else "left",
            no_wrap=True,
            overflow="ellipsis",
            ratio=1 if number == wide else None,
            max_width=left if number == wide else None,
        )
    for row in cells:
        table.add_row(*row)
    screen.show(table)


def _lines(found: Sequence[dict[str, Any]]) -> str:
    return "".join([msgspec.json.encode(one).decode() + "\n" for one in found])


def _now() -> int:
    return time.time_ns() // 1_000_000
