"""The writer thread: commits all that has gathered in one transaction, and only then tells anyone.

What comes while one commit runs goes into the next. A small job that finds the thread idle is done at once, in the
loop's thread: handing it over, and back, costs several times as much as it does, and waits for the interpreter twice.
What waits for the disk, or for another program's lock, is never done there. Jobs run without savepoints: where one
raises, the transaction is rolled back and its jobs are run again in halves, and halves of halves, until it alone fails.
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
# When the write-ahead log is moved into the database: SQLite's own number.
_CHECKPOINT_PAGES = 1000
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
        self,
        connection: apsw.Connection,
        path: str,
        loop: asyncio.AbstractEventLoop,
        changed: Callable[[], None],
        busy_timeout: float,
    ) -> None:
        self._connection = connection
        self._path = path
        self._loop = loop
        self._changed = changed
        self._busy_timeout = int(busy_timeout * 1000)
        self._checkpoint_due = False
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._polling = False
        self._closing = False
        self._pending = 0  # jobs that were given to the thread and are not told of, known to the loop alone
        self._using = threading.Lock()  # the connection
        connection.set_wal_hook(self._grown)
        self._version = self._data_version()
        self._looked = 0.0
        self._thread = threading.Thread(target=self._work, name=f"runnel-writer {path}", daemon=True)
        self._thread.start()

    def put(self, job: Job) -> None:
        """Have a job done; its future is resolved in the loop."""
        self._pending += 1
        self._queue.put(job)

    def do(self, job: Job) -> bool:
        """Do a small job now, if nothing is in its way; its future is resolved by then. Returns whether it was done."""
        if self._pending or not self._using.acquire(blocking=False):
            return False
        connection = self._connection
        try:
            connection.set_busy_timeout(0)
            try:
                connection.execute("BEGIN IMMEDIATE")
            except apsw.Error:  # the thread will wait for it, or say what is wrong
                return False
            self._run([job])
        finally:
            connection.set_busy_timeout(self._busy_timeout)
            self._using.release()
        _deliver([job])
        return True

    def _grown(self, connection: apsw.Connection, name: str, pages: int) -> int:
        """The write-ahead log has so many pages. Moving them into the database waits for the disk."""
        if pages >= _CHECKPOINT_PAGES and not self._checkpoint_due:
            self._checkpoint_due = True
            self._queue.put(None)
        return 0

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
                with self._using:
                    self._commit(jobs)
                self._tell(self._told, jobs)
            if self._checkpoint_due:
                self._checkpoint()
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
        try:
            with plainly(self._path):
                self._connection.execute("BEGIN IMMEDIATE")
        except BaseException as error:  # no job's fault: another program has the lock, or the file is gone
            for job in jobs:
                job.error = error
            return
        self._run(jobs)

    def _run(self, jobs: list[Job]) -> None:
        """The rest of a transaction that was begun."""
        connection = self._connection
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

    def _checkpoint(self) -> None:
        with self._using, suppress(apsw.Error):  # the next one will do it
            self._connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        self._checkpoint_due = False

    def _told(self, jobs: list[Job]) -> None:
        self._pending -= len(jobs)
        _deliver(jobs)

    def _tell(self, callback: Callable[..., None], *arguments: Any) -> None:
        try:
            self._loop.call_soon_threadsafe(callback, *arguments)
        except RuntimeError:  # the loop is closed: nobody is left to be told
            self._closing = True

    def _look(self) -> None:
        self._looked = time.monotonic()
        try:
            with self._using:
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
