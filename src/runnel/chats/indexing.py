"""Indexing documents as a run without a message: its progress can be followed, it can be cancelled, and what it has
done by then is not done again."""

import asyncio
import os
from collections.abc import Sequence
from typing import TypeAlias

from ..errors import DocumentError
from ..ids import new_id
from ..retrieval import AddReport, Retrieval, Upload
from ..retrieval.documents import several
from ..runs.handles import Run
from ..runs.runner import Runner
from ..runs.task import Body, RunContext
from ..store import RunRow, RunSpec
from ..vocabulary.messages import Status
from ..vocabulary.plain import plain_text

__all__ = ["GivenDocument", "Indexing"]

# A path, a folder, a glob or the id of a document that is known; or a document itself.
GivenDocument: TypeAlias = str | os.PathLike[str] | bytes | Upload


class Indexing:
    """Makes runs that index."""

    def __init__(self, runner: Runner, retrieval: Retrieval) -> None:
        self._runner = runner
        self._retrieval = retrieval

    def body(self, row: RunRow) -> Body:
        """What a run found again is to do: index what it was given by name."""
        return self._body(row.spec.documents, None, row.user)

    async def start(
        self, documents: Sequence[GivenDocument], user: str | None = None
    ) -> "tuple[Run, asyncio.Future[AddReport]]":
        """Begin to index, for `user`, and return the run and its report to come."""
        report: asyncio.Future[AddReport] = asyncio.get_running_loop().create_future()
        several("documents", documents)
        names = tuple(plain_text(os.fspath(one)) for one in documents if isinstance(one, str | os.PathLike))
        row = await self._runner.start(
            RunSpec("index", documents=names), new_id("run"), body=self._body(documents, report, user), user=user
        )
        return Run(self._runner, row.value), report

    def _body(
        self, documents: Sequence[GivenDocument], report: "asyncio.Future[AddReport] | None", user: str | None
    ) -> Body:
        retrieval = self._retrieval.as_user(user)

        async def index(context: RunContext) -> str:
            try:
                context.change_status(Status.RUNNING)
                found = await retrieval.add(documents, context.emit)
            except BaseException as error:
                if report is not None and not report.done():
                    cancelled = DocumentError("the indexing was cancelled: what was indexed by then stays")
                    report.set_exception(error if isinstance(error, Exception) else cancelled)
                    report.exception()  # whether anybody waits for it is the caller's affair
                raise
            if report is not None and not report.done():
                report.set_result(found)
            return "stop"

        return index
