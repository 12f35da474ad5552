"""The writer thread: commits all that has gathered in one transaction, and only then tells anyone.

What comes while one commit runs goes into the next. Jobs run without savepoints: where one raises, the transaction is
rolled back and its jobs are run again in halves, and halves of halves, until it alone fails.
"""

import asyncio
import queue
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import apsw

from .connection import plainly

__all__ = ["Job", "Writer"]

# Followers of other processes' runs see a change after this long at most.
POLL_SECONDS = 0.02
# A transaction takes at most so many jobs, so that the first of them need not wait for ever.
_MOST_JOBS = 1000


class Job:
    """Something to do to the database. `after(result)` runs in the loop's thread once it is durable, or `failed(error)`
    once it is known that it never will be; both before the future is resolved, and also where nobody waits for that any
    more."""

    __slots__ = ("after", "error", "failed", "future", "result", "work")

    def __init__(
        self,
        work: Callable[[apsw.Connection], Any],
        future: "asyncio.Future[Any]",
        after: Callable[[Any], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
    ) -> None:
        self.work = work
        self.future = future
        self.after = after
        self.failed = failed
        self.result: Any = None
        self.error: BaseException | None = None


class Writer:
    """Owns the writing connection. `changed` is called in the loop's thread when another connection has written."""

    def __init__(
        self, connection: apsw.Connection, path: str, loop: asyncio.AbstractEventLoop, changed: Callable[[], None]
    ) -> None:
        self._connection = connection
        self._path = path
        self._loop = loop
        self._changed = changed
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._polling = False
        self._closing = False
        self._version = self._data_version()
        self._looked = 0.0
        self._thread = threading.Thread(target=self._work, name=f"runnel-writer {path}", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have a job done; its future is resolved in the loop."""
        self._queue.put(job)

    def poll(self, wanted: bool) -> None:
        """Whether to look out for what other connections write."""
        if wanted != self._polling:
            self._polling = wanted
            self._queue.put(None)

    def close(self) -> None:
        """Do what is queued, then end the thread. Blocks until it has ended."""
        self._closing = True
        self._queue.put(None)
        self._thread.join()
        self._connection.close()

    def _work(self) -> None:
        while True:
            jobs = self._gather()
            if jobs:
                self._commit(jobs)
                self._tell(_deliver, jobs)
            if self._closing and self._queue.empty():
                return
            if self._polling and time.monotonic() - self._looked >= POLL_SECONDS:
                self._look()

    def _gather(self) -> list[Job]:
        jobs: list[Job] = []
        with suppress(queue.Empty):
            self._take(jobs, self._queue.get(timeout=POLL_SECONDS if self._polling else None))
        return jobs

    def _take(self, jobs: list[Job], job: Job | None) -> None:
        """Add `job` to `jobs`, and all that is in the queue."""
        with suppress(queue.Empty):
            while True:
                if job is not None:
                    jobs.append(job)
                    if len(jobs) >= _MOST_JOBS:
                        return
                job = self._queue.get_nowait()

    def _commit(self, jobs: list[Job]) -> None:
        connection = self._connection
        try:
            with plainly(self._path):
                connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:  # no job's fault: another program has the lock, or the file is gone
            for job in jobs:
                job.error = error
            return
        try:
            with plainly(self._path):
                for job in jobs:
                    job.result = job.work(connection)
                connection.execute("COMMIT")
        except BaseException as error:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            if len(jobs) == 1:
                jobs[0].error = error
                return
            middle = len(jobs) // 2
            self._commit(jobs[:middle])
            self._commit(jobs[middle:])

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:  # the loop is closed: nobody is left to be told
            self._closing = True

    def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            version = self._data_version()
        except apsw.Error:  # whoever reads or writes next is told what is wrong
            return
        if version != self._version:
            self._version = version
            self._tell(self._changed)

    def _data_version(self) -> int:
        return int(self._connection.pragma("data_version"))


def _deliver(jobs: list[Job]) -> None:
    for job in jobs:
        error = job.error
        try:
            if error is not None:
                if job.failed is not None:
                    job.failed(error)
            elif job.after is not None:
                job.after(job.result)
        except Exception as raised:  # the others must hear of their own
            error = raised
        if job.future.done():
            continue
        if error is not None:
            job.future.set_exception(error)
        else:
            job.future.set_result(job.result)
