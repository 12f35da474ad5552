"""`runnel index` and `runnel documents`."""

import time
from shlex import quote
from typing import Annotated

import msgspec
from cyclopts import Parameter

from ..retrieval import Document
from ..terminal.notes import ago
from ..terminal.progress import index_documents, tell_failures
from ..terminal.safe import safe
from ..terminal.screen import Screen
from .listing import show_table
from .options import AsJson
from .process import FAILED, USAGE, Stop, open_runnel, run, say

__all__ = ["documents", "index"]

_PAGE = 500


def index(
    *paths: Annotated[str, Parameter(help="Files, folders, or quoted patterns.")],
) -> int:
    """Index documents, so that they can be searched. What is unchanged since the last time is passed over."""
    if not paths:
        say("runnel: name the files or folders to index.")
        return USAGE

    async def work(stop: Stop) -> int:
        async with open_runnel() as app:
            screen = Screen()
            try:
                report = await index_documents(app, list(paths), screen)
            except BaseException:
                if stop.asked:
                    say("Stopped. What was indexed by then stays; the same command goes on from there.")
                raise
            tell_failures(report.failed, screen)
            screen.note(_summary(report.indexed, report.unchanged, len(report.failed), report.skipped), style="")
            if report.ids and not report.failed:
                screen.note(f"Ask about them: runnel chat {' '.join(f'-d {quote(safe(path))}' for path in paths)}")
            await screen.drain()
            return FAILED if report.failed else 0

    return run(work)


def _summary(indexed: int, unchanged: int, failed: int, skipped: int) -> str:
    parts = [f"{indexed} indexed"]
    parts += [f"{unchanged} unchanged"] if unchanged else []
    parts += [f"{failed} not indexed"] if failed else []
    parts += [f"{skipped} other files passed over"] if skipped else []
    return ", ".join(parts) + "."


def documents(*, json: AsJson = False) -> int:
    """List the documents that were indexed, the newest first."""

    async def work(_: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            found: list[Document] = []
            while page := await app.documents.list(after=found[-1].id if found else None, limit=_PAGE):
                found += page
        screen = Screen()
        if json:
            screen.write("".join([_json(document) + "\n" for document in found]))
        elif not found:
            screen.note("No documents are indexed yet: runnel index FOLDER")
        else:
            now = time.time_ns() // 1_000_000
            rows = [_row(document, now) for document in found]
            show_table(screen, ("id", "document", "size", "passages", "indexed"), rows, wide=1, right=(2, 3))
        await screen.drain()
        return 0

    return run(work)


def _row(document: Document, now: int) -> tuple[str, ...]:
    when = ago(document.indexed_at, now) if document.indexed_at else str(document.error and document.error.message)
    return document.id, document.path or document.name, _size(document.size), str(document.chunks or ""), when


def _size(count: int) -> str:
    size = float(count)
    for unit in ("B", "kB", "MB"):
        if size < 1000:
            return f"{size:.0f} {unit}"
        size /= 1000
    return f"{size:.1f} GB"


def _json(document: Document) -> str:
    kept = ("id", "name", "path", "title", "size", "pages", "chunks", "media_type", "added_at", "indexed_at", "error")
    return msgspec.json.encode({name: getattr(document, name) for name in kept}).decode()
