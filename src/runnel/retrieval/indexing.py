"""Documents into the index: those that are new or have changed, some at once, each whole or not at all.

An interruption loses the documents that were being written and no other; the next call goes on with them.
"""

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Container, Iterable, Sequence
from contextlib import aclosing

import msgspec

from ..errors import DocumentEmpty, DocumentError, DocumentUnsupported, RunnelError
from ..vocabulary.events import StatusLine
from ..vocabulary.failures import ErrorValue, rebuild
from .documents import FoundFile
from .index import Index
from .library import Document, Library
from .parsing import Parser
from .preparing import Failed, Portion, Reply, Request, Unchanged, made_by
from .workers import Workers

__all__ = ["AddReport", "Indexing", "Task"]

# A file written to within this many nanoseconds of its indexing may have been written again with the same time.
_SAME_TIME = 2_000_000_000
# A process pays when there is as much as this to parse, in bytes: it takes about a tenth of a second to start.
_MANY = 1_000_000
_LINES_A_SECOND = 20


class AddReport(msgspec.Struct, frozen=True):
    """What came of `add`: the `ids` of all that can be searched, in the order given, each once; how many of them were
    `indexed` now and how many `unchanged`; what `failed`, and why; how many files of folders were no documents."""

    ids: tuple[str, ...]
    indexed: int = 0
    unchanged: int = 0
    failed: tuple[DocumentError, ...] = ()
    skipped: int = 0


class Task(msgspec.Struct, frozen=True):
    """A document to bring up to date: a file, or an upload that is `known` already. `apart` where others than the
    program itself may have uploaded it."""

    identity: str
    name: str
    size: int
    file: FoundFile | None = None
    known: Document | None = None
    apart: bool = False

    def fresh(self, makers: Container[str]) -> bool:
        """Whether the index has it as it is, as far as its size and time tell, made by one of the parsers of today."""
        known = self.known
        if known is None or known.content is None or known.indexed_at is None:
            return False
        if self.file is None:
            return known.path is not None or known.parser in makers
        same = (known.size, known.mtime) == (self.file.size, self.file.mtime)
        return same and known.parser in makers and self.file.mtime + _SAME_TIME < known.indexed_at * 1_000_000


class Indexing:
    """One call of `add`. `progress` is told a line at most twenty times a second, and each failure."""

    def __init__(
        self,
        library: Library,
        index: Index,
        workers: Workers,
        parsers: Iterable[Parser],
        max_bytes: int,
        progress: Callable[[StatusLine], None],
    ) -> None:
        self._library = library
        self._index = index
        self._workers = workers
        self._makers = {made_by(parser) for parser in parsers}
        self._max_bytes = max_bytes
        self._progress = progress
        self._ids: dict[str, str] = {}
        self._failed: list[DocumentError] = []
        self._indexed = self._unchanged = self._skipped = self._done = self._total = 0
        self._told = 0.0
        self._many = False

    async def run(self, tasks: Sequence[Task], failed: Sequence[DocumentError] = ()) -> AddReport:
        """Bring all up to date. Raises LogError and its children where the database fails."""
        waiting = []
        for error in failed:
            self._fail(error)
        for task in tasks:
            if task.fresh(self._makers) and task.known is not None:
                self._ids[task.identity] = task.known.id
                self._unchanged += 1
            else:
                waiting.append(task)
        self._total = len(waiting)
        self._many = sum(task.size for task in waiting) >= _MANY
        following = iter(waiting)

        async def work() -> None:
            for task in following:
                await self._one(task)

        if waiting:
            try:
                async with asyncio.TaskGroup() as group:
                    for _ in range(min(len(waiting), self._workers.count + 1)):
                        group.create_task(work())
            except BaseExceptionGroup as several:
                raise several.exceptions[0] from None
        order = dict.fromkeys(self._ids[task.identity] for task in tasks if task.identity in self._ids)
        return AddReport(tuple(order), self._indexed, self._unchanged, tuple(self._failed), self._skipped)

    async def _one(self, task: Task) -> None:
        self._tell(f"Reading {task.name}")
        known = task.known
        seen = (known.hash, known.parser) if known and known.content and known.hash and known.parser else None
        data = await self._library.original(known.id) if task.file is None and known is not None else None
        request = Request(
            task.name,
            self._max_bytes,
            task.file.path if task.file else None,
            data,
            known.media_type if known and not task.file else None,
            seen,
            task.apart,
        )
        del data
        async with aclosing(self._workers.prepare(request, task.size, self._many)) as replies:
            async for reply in replies:
                if isinstance(reply, Portion):
                    await self._write(task, reply, replies)
                    break
                if isinstance(reply, Unchanged) and known is not None:
                    self._ids[task.identity] = known.id
                    self._unchanged += 1
                    await self._library.looked_at(known.id, task.file.mtime if task.file else 0)
                elif isinstance(reply, Failed):
                    await self._failure(task, rebuild(reply.code, reply.message, reply.details))
        self._done += 1
        self._tell(f"Read {task.name}")

    async def _write(self, task: Task, first: Portion, replies: AsyncGenerator[Reply, None]) -> None:
        head = first.head
        assert head is not None
        content = await self._library.begin()
        title = f"{head.title or ''} {task.name}".strip()
        portion: Reply = first
        count = 0
        while True:
            if isinstance(portion, Failed):
                await self._drop(content, count)
                await self._failure(task, rebuild(portion.code, portion.message, portion.details))
                return
            assert isinstance(portion, Portion)
            count += len(portion.chunks)
            await asyncio.gather(
                self._library.write(content, portion.chunks), self._index.add(content, title, portion.chunks)
            )
            if portion.last:
                break
            portion = await anext(replies)
        now, before = await self._library.finish(
            content,
            count,
            head,
            identity=task.identity,
            name=task.name,
            path=task.file.path if task.file else None,
            mtime=task.file.mtime if task.file else 0,
        )
        self._ids[task.identity] = now.id
        self._indexed += 1
        if before is not None and before.content is not None:
            await self._drop(before.content, before.chunks or 0)

    async def _drop(self, content: int, count: int) -> None:
        await self._index.remove(content, count)
        await self._library.drop(content, count)

    async def _failure(self, task: Task, error: RunnelError) -> None:
        if not isinstance(error, DocumentError):
            error = DocumentError(error.message, **{**error.details, "document": task.name})
        if task.file is not None and not task.file.named and isinstance(error, DocumentEmpty | DocumentUnsupported):
            self._skipped += 1
            return
        self._fail(error)
        if task.file is None and task.known is not None:
            await self._library.failed(task.known.id, ErrorValue.of(error))

    def _fail(self, error: DocumentError) -> None:
        self._failed.append(error)
        self._progress(StatusLine(text=error.message, done=self._done, total=self._total))

    def _tell(self, text: str) -> None:
        now = time.monotonic()
        if self._done == self._total or now - self._told >= 1 / _LINES_A_SECOND:
            self._told = now
            self._progress(StatusLine(text=text, done=self._done, total=self._total))
