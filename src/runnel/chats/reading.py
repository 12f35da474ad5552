"""An answer waits for its chat's documents where they have just been uploaded: it would find nothing in them yet."""

import time
from collections.abc import Sequence
from contextlib import closing

from ..retrieval import Document, Retrieval
from ..runs.runner import Runner
from ..runs.task import RunContext
from ..vocabulary.events import StatusLine

__all__ = ["Reading"]

# How often the line may change, in seconds; each is an event of the answer.
_BETWEEN_LINES = 0.5
# Of how many documents that cannot be searched an answer tells why.
_TOLD = 3


class Reading:
    """Knows which documents are being indexed, by which runs."""

    def __init__(self, runner: Runner, retrieval: Retrieval) -> None:
        self._runner = runner
        self._retrieval = retrieval

    async def wait(self, context: RunContext, documents: Sequence[str], user: str | None) -> None:
        """Until those of `documents` that are being indexed have been, for as long as that takes; says so by status
        lines, and which of `documents` cannot be searched."""
        retrieval = self._retrieval.as_user(user)
        unread = await retrieval.unread(documents)
        if not unread:
            return
        wanted = {document.id for document in unread}
        going = [row for row in await self._runner.runs.indexing() if not wanted.isdisjoint(row.spec.documents)]
        for row in going:
            await self._wait_for(row.id, context, retrieval, [id for id in row.spec.documents if id in wanted])
        left = await retrieval.unread(documents) if going else unread
        for document in left[:_TOLD]:
            why = document.error.message if document.error is not None else f"{document.name} has not been indexed"
            context.emit(StatusLine(f"Not searched: {why}"))
        if len(left) > _TOLD:
            context.emit(StatusLine(f"Not searched: {len(left) - _TOLD} documents more"))

    async def _wait_for(self, run: str, context: RunContext, retrieval: Retrieval, wanted: Sequence[str]) -> None:
        told, last = 0.0, None
        with closing(await self._runner.cursor(run)) as cursor:
            async for segment in cursor.segments():
                lines = [event for event in segment.events if isinstance(event, StatusLine)]
                through = any(line.done == line.total for line in lines)
                if not through and time.monotonic() - told < _BETWEEN_LINES:
                    continue
                told = time.monotonic()
                left = [document for document in await retrieval.unread(wanted) if document.error is None]
                if not left:
                    return  # the run may go on with others
                line = _waiting(left, len(wanted))
                if line != last:
                    context.emit(line)
                    last = line


def _waiting(unread: Sequence[Document], of: int) -> StatusLine:
    what = unread[0].name if len(unread) == 1 else f"{len(unread)} documents"
    return StatusLine(f"Waiting until {what} can be searched", done=of - len(unread), total=of)
