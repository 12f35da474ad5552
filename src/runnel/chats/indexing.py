"""Indexing documents as a run without a message: its progress can be followed, it can be cancelled, and what it has
done by then is not done again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from ..errors import DocumentError
from ..ids import new_id
from ..runs.handles import Run
from ..runs.runner import Runner
from ..runs.task import Body, RunContext
from ..store import RunRow, RunSpec
from ..vocabulary.events import StatusLine
from ..vocabulary.messages import Status

__all__ = ["AddDocuments", "Indexing", "Report"]


class Report(Protocol):
    """What became of documents: the ids of those that can be searched, and why the others cannot."""

    @property
    def ids(self) -> Sequence[str]:
        """The documents' ids, in the order in which they were given."""

    @property
    def failures(self) -> Sequence[DocumentError]:
        """One for each document that could not be indexed."""


AddDocuments = Callable[[Sequence[object], Callable[[StatusLine], None]], Awaitable[Report]]


class Indexing:
    """Makes runs that index."""

    def __init__(self, runner: Runner, add: AddDocuments) -> None:
        self._runner = runner
        self._add = add

    def body(self, row: RunRow) -> Body:
        """What a run found again is to do: index what it was given by name."""
        return self._body(row.spec.documents, None)

    async def start(self, documents: Sequence[object]) -> "tuple[Run, asyncio.Future[Report]]":
        """Begin to index, and return the run and its report to come."""
        report: asyncio.Future[Report] = asyncio.get_running_loop().create_future()
        names = tuple(str(document) for document in documents if not isinstance(document, bytes))
        row = await self._runner.start(
            RunSpec("index", documents=names), new_id("run"), body=self._body(documents, report)
        )
        return Run(self._runner, row.id, None, None), report

    def _body(self, documents: Sequence[object], report: "asyncio.Future[Report] | None") -> Body:
        async def index(context: RunContext) -> str:
            try:
                context.change_status(Status.RUNNING)
                found = await self._add(documents, context.emit)
            except BaseException as error:
                if report is not None and not report.done():
                    report.set_exception(error) if isinstance(error, Exception) else report.cancel()
                raise
            for failure in found.failures:
                context.emit(StatusLine(str(failure)))
            if report is not None and not report.done():
                report.set_result(found)
            return "stop"

        return index
