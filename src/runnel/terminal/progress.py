"""How far indexing is: one line, drawn anew."""

from rich.console import Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from ..app import Runnel
from ..errors import DocumentError
from ..retrieval import AddReport
from ..runs.handles import Run
from ..vocabulary.events import StatusLine
from .region import Region
from .safe import one_line, safe
from .screen import Screen

__all__ = ["index_documents", "show_progress", "tell_failures"]

_BAR = 30


async def index_documents(app: Runnel, documents: list[str], screen: Screen) -> AddReport:
    """Index documents, shown as it goes. Where the caller is cancelled, so is the run; what it has done by then stays
    done."""
    run, report = await app.index(documents)
    try:
        await show_progress(run, screen)
        return await report
    except BaseException:
        await run.cancel()
        raise


async def show_progress(run: Run, screen: Screen, after: int = 0) -> None:
    """Show an indexing run until it ends."""
    region = Region(screen.notes) if screen.notes.is_terminal and not screen.notes.is_dumb_terminal else None
    try:
        async for event in run.events(after):
            if isinstance(event, StatusLine) and region is not None:
                region.draw(_line(event))
    finally:
        if region is not None:
            region.clear()


def tell_failures(failed: tuple[DocumentError, ...], screen: Screen) -> None:
    """Say what could not be indexed: the document by its name, and why."""
    for failure in failed:
        message = safe(str(failure))
        named = message if failure.document in message else f"{safe(failure.document)}: {message}"
        screen.note(Text(f"Not indexed: {named}", style="yellow"))


def _line(event: StatusLine) -> RenderableType:
    if not event.total:
        return Group(Text(one_line(event.text, 79), style="dim"))
    done = event.done or 0
    grid = Table.grid(padding=(0, 1))
    grid.add_column(width=_BAR)
    grid.add_column(no_wrap=True)
    grid.add_column(no_wrap=True, overflow="ellipsis", style="dim")
    bar = ProgressBar(total=event.total, completed=done, width=_BAR)
    grid.add_row(bar, f"{done} of {event.total}", one_line(event.text, 200))
    return grid
