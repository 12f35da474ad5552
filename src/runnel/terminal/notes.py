"""What is told beside an answer: its sources, and how it ended where that was not the usual way."""

import re
from collections.abc import Iterable, Iterator

from rich.console import Console, ConsoleOptions, RenderResult
from rich.table import Table
from rich.text import Text

from ..errors import RunnelError
from ..vocabulary.messages import Source, Status
from ..vocabulary.requests import Request
from .calls import arguments_line
from .markdown import MOST_COLUMNS
from .safe import one_line, safe

__all__ = ["SourceList", "ago", "ending", "place_of", "source_lines", "waiting_for", "waiting_lines"]

_EXCERPT = 240


class SourceList:
    """Numbered sources, each with its place; with `passages` also the beginning of what stands there.

    Where `answer` cites some as `[1]`, only those are listed, and `more` says how to see the others.
    """

    def __init__(
        self, sources: Iterable[Source], passages: bool = False, answer: str = "", more: str | None = None
    ) -> None:
        self._sources = tuple(sources)
        self._passages = passages
        cited = {int(number) for number in re.findall(r"\[(\d{1,3})\]", answer)}
        numbers = range(1, len(self._sources) + 1)
        self._numbers = [number for number in numbers if number in cited] or list(numbers)
        self._more = more

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        grid = Table.grid(padding=(0, 1, 0, 0))
        grid.add_column(justify="right", style="dim", no_wrap=True)
        grid.add_column(overflow="fold")
        for number in self._numbers:
            source = self._sources[number - 1]
            text = Text(_name(source))
            if place := place_of(source):
                text.append(f"  {place}", style="dim")
            if self._passages:
                text.append(f"\n{one_line(source.text, _EXCERPT)}\n", style="italic")
            grid.add_row(f"[{number}]", text)
        yield Text("Sources", style="bold")
        yield from console.render(grid, options.update(width=min(options.max_width, MOST_COLUMNS)))
        others = len(self._sources) - len(self._numbers)
        if others and self._more:
            yield Text(f"{others} more passage{'s were' if others > 1 else ' was'} read: {self._more}", style="dim")


def source_lines(sources: Iterable[Source]) -> Iterator[str]:
    """Sources as plain lines."""
    for number, source in enumerate(sources, 1):
        place = place_of(source)
        yield f"[{number}] {_name(source)}" + (f"  {place}" if place else "")


def _name(source: Source) -> str:
    """The document, the headings above the passage, and its page."""
    headings = source.heading[1:] if source.heading[:1] == (source.title,) else source.heading
    name = " › ".join([safe(part) for part in (source.title or source.document, *headings)])
    return f"{name}, page {source.page}" if source.page is not None else name


def place_of(source: Source) -> str:
    """Where a source is, as briefly as it can be said beside its title."""
    place = safe(source.location or "")
    path, mark, inside = place.partition("#")
    if inside.startswith("page="):
        mark = inside = ""  # the name says the page
    return "" if path == source.title and not inside else path + mark + inside


def ending(status: Status, reason: str | None, error: RunnelError | None, text: bool) -> str | None:
    """A sentence about an answer that is not whole; None for one that is. `text`: whether anything was said."""
    kept = " What was said is kept." if text else ""
    match status:
        case Status.COMPLETED:
            return None
        case Status.CANCELLED:
            return f"Stopped.{kept}"
        case Status.INCOMPLETE:
            why = {"length": "it reached its limit of tokens", "content_filter": "the vendor's filter cut it"}
            if reason is not None and reason.startswith("limit:"):
                return f"Stopped at the limit of {safe(reason.removeprefix('limit:'))}.{kept}"
            return f"The model stopped short: {why.get(reason or '', safe(reason or 'it did not say why'))}.{kept}"
        case Status.INTERRUPTED:
            return f"Interrupted: the process that made this answer ended.{kept}"
        case Status.FAILED:
            return f"Failed: {safe(str(error or 'no reason is known')).rstrip('.')}.{kept}"
        case _:
            return f"The answer is {status}."


def waiting_for(request: Request) -> str:
    """What a run waits for, on a line."""
    if request.kind == "approval":
        return f"{safe(request.name)}({arguments_line(request.arguments, 120)})"
    return f"{safe(request.name)} asks: {one_line(request.question, 200)}" if request.name else safe(request.question)


def waiting_lines(run: str, requests: Iterable[Request]) -> Iterator[str]:
    """What a run waits for, and the commands that give it."""
    for request in requests:
        if request.kind == "approval":
            yield f"Waiting for consent to {waiting_for(request)}"
            yield f"  runnel approve {run} {safe(request.id)}   (or with --deny)"
        else:
            yield f"Waiting for an answer: {waiting_for(request)}"
            yield f"  runnel reply {run} {safe(request.id)} TEXT"


def ago(then_ms: int, now_ms: int) -> str:
    """How long ago, in one unit."""
    seconds = max(0, (now_ms - then_ms) // 1000)
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds // size} {unit} ago"
    return "just now" if seconds < 10 else f"{seconds} s ago"
