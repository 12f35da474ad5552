"""The database as its users see it: `write` a job and await its result, `read` beside the writer, wait for a change."""

import asyncio
import os
import weakref
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import local
from typing import Any, Protocol, TypeVar

import apsw

from ..errors import Closed, LogError
from .connection import BUSY_TIMEOUT, Synchronous, connect, plainly
from .migrations import Migrations, migrate
from .signals import Signal
from .writer import Job, Writer

__all__ = ["Database", "Part", "Synchronous"]

T = TypeVar("T")
_MEMORY = ":memory:"
_READERS = 2


class Part(Protocol):
    """What is written as a part of another's job. `write` may be called again, like any job's work; `written` is called
    in the loop, once it is durable."""

    def write(self, connection: apsw.Connection) -> None: ...
    def written(self) -> None: ...


class Database:
    """A SQLite file, opened by one event loop of one process; other processes may have it open too.

    A job is a function of the connection. It may be run again where another job of the same transaction fails, so it
    must have no effect but on the database.
    """

    def __init__(
        self,
        path: str | os.PathLike[str] | None = None,
        synchronous: Synchronous = Synchronous.NORMAL,
        busy_timeout: float = BUSY_TIMEOUT,
    ) -> None:
        """`path` None is a database in memory, gone when it is closed. `busy_timeout` is how many seconds to wait for
        another program's write lock before DatabaseLocked."""
        self.path = os.path.abspath(path) if path is not None else _MEMORY
        self._synchronous = synchronous
        self._busy_timeout = busy_timeout
        # A commit that waits for the disk is not for the loop.
        self._inline = synchronous is Synchronous.NORMAL
        self._writer: Writer | None = None
        self._file: tuple[int, int] | None = None
        self._readers = ThreadPoolExecutor(_READERS, thread_name_prefix="runnel-reader")
        self._local = local()
        self._reading: list[apsw.Connection] = []
        self._signals: weakref.WeakValueDictionary[str, Signal] = weakref.WeakValueDictionary()
        self._watching = 0
        self._before_close: list[Callable[[], None]] = []

    @property
    def in_memory(self) -> bool:
        """Whether it is gone when it is closed."""
        return self.path == _MEMORY

    async def open(self, *components: Migrations) -> None:
        """Open the file, make or migrate the components' tables. Raises LogError where it cannot be used."""
        loop = asyncio.get_running_loop()

        def migrate_all(connection: apsw.Connection) -> None:
            for component in components:
                migrate(connection, self.path, component)

        try:
            connection = await loop.run_in_executor(self._readers, self._open)
            self._writer = Writer(connection, self.path, loop, self._foreign_change, self._busy_timeout)
            await self.write(migrate_all)
        except BaseException:
            await self.close()
            raise

    def _open(self) -> apsw.Connection:
        if not self.in_memory:
            try:
                Path(self.path).parent.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                raise LogError(f"cannot make the folder of the database {self.path}: {error}") from error
        connection = connect(self.path, self._synchronous, busy_timeout=self._busy_timeout)
        self._file = self._found()
        return connection

    def _found(self) -> tuple[int, int] | None:
        """Which file has the database's name now."""
        try:
            info = os.stat(self.path)
        except OSError:
            return None
        return info.st_dev, info.st_ino

    def check_file(self) -> None:
        """Raises LogError where the file has another name now, or none: what is written to it can still be read here,
        and by nobody after that."""
        if not self.in_memory and self._found() != self._file:
            raise LogError(
                f"the database {self.path} was moved, deleted or replaced while it is open: what is written now is"
                " lost; put the file back, or close what has it open and start again",
                database=self.path,
            )

    def write(
        self,
        work: Callable[[apsw.Connection], T],
        after: Callable[[T], None] | None = None,
        failed: Callable[[BaseException], None] | None = None,
        small: bool = False,
    ) -> asyncio.Future[T]:
        """Have `work` done and committed; the future resolves once it is durable. Jobs are done in the order in which
        they were given. `after(result)` or `failed(error)` runs in the loop before that, also where the future was
        cancelled meanwhile. A `small` one, of some rows and kilobytes, may be done before this returns. Raises
        Closed."""
        if self._writer is None:
            raise Closed(f"the database {self.path} is not open")
        future: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        job = Job(work, future, after, failed)
        if not (small and self._inline and self._writer.do(job)):
            self._writer.put(job)
        return future

    async def read(self, work: Callable[[apsw.Connection], T]) -> T:
        """The result of `work`, which only reads, in a thread beside the writer: what is durable by now, as of one
        moment. Raises Closed."""
        if self._writer is None:
            raise Closed(f"the database {self.path} is not open")
        if self.in_memory:
            return await self.write(work)
        return await asyncio.get_running_loop().run_in_executor(self._readers, self._read, work)

    async def look(self, work: Callable[[apsw.Connection], T]) -> T:
        """`read`, for what is found by a key in a few rows: at once, since a thread's turn would take longer. Raises
        Closed."""
        if self._writer is None:
            raise Closed(f"the database {self.path} is not open")
        return await self.write(work) if self.in_memory else self._read(work)

    def _read(self, work: Callable[[apsw.Connection], T]) -> T:
        connection: apsw.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = connect(self.path, readonly=True, busy_timeout=self._busy_timeout)
            self._local.connection = connection
            self._reading.append(connection)
        with plainly(self.path):
            connection.execute("BEGIN")
            try:
                return work(connection)
            finally:
                if connection.in_transaction:
                    connection.execute("COMMIT")

    async def check(self) -> None:
        """Write something that changes nothing. Raises LogError where that fails, or the file is gone, and Closed."""
        self.check_file()

        def work(connection: apsw.Connection) -> None:
            connection.execute("UPDATE versions SET version = version")

        await self.write(work)

    def signal(self, topic: str) -> Signal:
        """The signal of a topic, fired by `fire` and whenever another process may have changed anything."""
        signal = self._signals.get(topic)
        if signal is None:
            signal = self._signals[topic] = Signal()
        return signal

    def fire(self, topic: str) -> None:
        """Tell those of this process who wait for the topic."""
        signal = self._signals.get(topic)
        if signal is not None:
            signal.fire()

    def watch(self) -> "Watching":
        """While the context is held, what other processes write fires the signals, within 20 ms."""
        return Watching(self)

    def _watched(self, change: int) -> None:
        self._watching += change
        if self._writer is not None:
            self._writer.poll(self._watching > 0)

    def _foreign_change(self) -> None:
        for signal in list(self._signals.values()):
            signal.fire()

    def before_close(self, callback: Callable[[], None]) -> None:
        """Have `callback` called when the database is to be closed and can be written to for the last time."""
        self._before_close.append(callback)

    async def close(self) -> None:
        """Do what is queued and let go of the file. Idempotent."""
        if self._writer is not None:
            for callback in self._before_close:
                callback()
        writer, self._writer = self._writer, None
        if writer is not None:
            await asyncio.to_thread(writer.close)
        await asyncio.to_thread(self._readers.shutdown)
        for connection in self._reading:
            connection.close()
        self._reading.clear()
        self._foreign_change()  # whoever waits for a change looks again, and finds it closed


class Watching:
    """Holds the look-out for other processes' writes open."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __enter__(self) -> None:
        self._database._watched(1)

    def __exit__(self, *_: Any) -> None:
        self._database._watched(-1)
