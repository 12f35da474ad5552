"""`runnel chats` and `runnel runs`; and how lists are shown."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from ..app import Runnel
from ..runs.handles import Run
from ..terminal.notes import ago, waiting_for
from ..terminal.safe import one_line, safe
from ..terminal.screen import Screen
from ..vocabulary.messages import Status
from ..vocabulary.requests import Request
from .options import AsJson
from .process import Stop, open_runnel, run

__all__ = ["chats", "runs", "show_table"]

Limit = Annotated[int, Parameter(name=["--limit", "-n"], help="How many at most.")]


def chats(*, limit: Limit = 20, json: AsJson = False) -> int:
    """List the chats, the latest used first."""

    async def work(_: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            found = await app.chats(limit)
        screen = Screen()
        if json:
            fields = [
                {"id": chat.id, "title": chat.title, "created_at": chat.created_at, "updated_at": chat.updated_at}
                | {"settings": msgspec.to_builtins(chat.settings)}
                for chat in found
            ]
            screen.write(_lines(fields))
        elif not found:
            screen.note('There are no chats yet: runnel chat, or runnel ask "…"')
        else:
            now = _now()
            rows = [(chat.id, chat.title or "", chat.settings.model, ago(chat.updated_at, now)) for chat in found]
            show_table(screen, ("id", "title", "model", "used"), rows, wide=1)
        await screen.drain()
        return 0

    return run(work)


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
    screen: Screen, heads: Sequence[str], rows: Sequence[Sequence[str]], *, wide: int, right: Sequence[int] = ()
) -> None:
    """Rows under heads; column `wide` takes what is left of a terminal. Elsewhere lines have no heads, no colour and
    tabs between their fields, for programs that cut them."""
    if not screen.terminal:
        screen.write("".join(["\t".join([one_line(field, 1000) for field in row]) + "\n" for row in rows]))
        return
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim")
    for number, head in enumerate(heads):
        ratio = 1 if number == wide else None
        table.add_column(
            head, justify="right" if number in right else "left", no_wrap=True, overflow="ellipsis", ratio=ratio
        )
    for row in rows:
        table.add_row(*[Text(one_line(safe(field), 200)) for field in row])
    screen.show(table)


def _lines(found: Sequence[dict[str, Any]]) -> str:
    return "".join([msgspec.json.encode(one).decode() + "\n" for one in found])


def _now() -> int:
    return time.time_ns() // 1_000_000
