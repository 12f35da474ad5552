"""A run that this process makes: its body as a task, and its one end.

What ends a run is decided here, at one moment and in one thread: its body's return or error, a cancel, a failing log,
the closing of the process. The first to come wins; the rest find it decided. The end is written without waiting for
the body to let go.
"""

import asyncio
import logging
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from ..errors import Closed, Failure, InternalError, LogError, Misuse, RunEnded, RunnelError, StaleEpoch, UnknownRun
from ..models.base import Model
from ..store import RunRow, Runs
from ..vocabulary import events
from ..vocabulary.events import Event
from ..vocabulary.failures import ErrorValue
from ..vocabulary.messages import MessageValue, Status, Usage
from ..vocabulary.prompt import Prompt
from ..vocabulary.usage import estimate_tokens
from .closing import closing_events
from .generation import generate
from .inbox import Inbox
from .settings import RunSettings
from .writer import RunWriter

__all__ = ["LIMIT", "Body", "RunContext", "RunTask"]

logger = logging.getLogger("runnel")

_LONGEST_TRACEBACK = 4_000
# Why a model stopped, where that was not the end of what it had to say.
_STOPPED_SHORT = frozenset({"length", "content_filter"})
# How the reasons of a body that was stopped by a limit of its own begin.
LIMIT = "limit:"
# Ends after which a vendor counts more than it has said.
_CUT = frozenset({Status.CANCELLED, Status.FAILED, Status.INTERRUPTED})


class RunContext:
    """What a run's body is given."""

    def __init__(self, row: RunRow, writer: RunWriter, runs: Runs, settings: RunSettings) -> None:
        self.row = row
        self.settings = settings
        self.prompt_tokens = 0
        self.status = row.status
        # Whether it waits for what may never come here (its turn, its model, its tools): closing leaves it as it is.
        self.parked = row.spec.queued_behind
        self.inbox = Inbox()
        self._writer = writer
        self._runs = runs

    def emit(self, event: Event) -> None:
        """Add an event to the run."""
        self._writer.put(event)

    def change_status(self, status: Status) -> None:
        """The run goes on with another status. Its row follows its log; nobody waits for it. Once the end is decided
        nothing changes: what is being cancelled must not say that it runs."""
        if self._writer.sealed:
            return
        self.status = status
        self._writer.put(events.StateChanged(status))
        self._runs.change_status(self.row, status).add_done_callback(_look_at)

    async def flush(self) -> None:
        """Wait until all that was emitted is durable. Raises LogError."""
        await self._writer.flush()

    async def recorded(self) -> list[Event]:
        """Every event of the run until now, from the log: for a run that was found again."""
        await self._writer.flush()
        return await self._writer.recorded()

    async def message(self) -> MessageValue:
        """The run's message as it now stands, all that was emitted in it. Raises LogError."""
        await self._writer.flush()
        return self._writer.fold.value()

    @property
    def usage(self) -> Usage | None:
        """What was used so far, as far as it is durable."""
        return self._writer.fold.usage.total()

    async def generate(self, model: Model, prompt: Prompt) -> str:
        """Put what `model` answers into the run; returns the finish reason."""
        self.prompt_tokens += _prompt_tokens(prompt)
        return await generate(model, prompt, self._writer, self.settings)


# What a run does. Returns the finish reason; raises what makes the run fail.
Body = Callable[[RunContext], Awaitable[str]]


@dataclass(frozen=True)
class _End:
    status: Status
    finish_reason: str | None = None
    error: RunnelError | None = None


class RunTask:
    """A run in this process. `ended` resolves to what it made once all is written."""

    def __init__(self, row: RunRow, runs: Runs, settings: RunSettings, open_writer: Callable[..., RunWriter]) -> None:
        self.row = row
        self.writer = open_writer(self._log_failed)
        self.context = RunContext(row, self.writer, runs, settings)
        self.ended: asyncio.Future[MessageValue] = asyncio.get_running_loop().create_future()
        self.ended.add_done_callback(_look_at)
        self._runs = runs
        self._settings = settings
        self._end: _End | None = None
        self._deciding = asyncio.Event()
        self.last: events.RunEnded | None = None
        self._body: asyncio.Task[str] | None = None
        self._supervisor: asyncio.Task[None] | None = None
        self._left = False

    @property
    def deciding(self) -> bool:
        """Whether its end is decided, if not yet written."""
        return self._end is not None

    def start(self, body: Body) -> None:
        """Begin to do what the run is for, unless its end was decided before it came to that."""
        if self._left:
            return
        if not self.deciding:
            self._body = asyncio.ensure_future(_contained(body, self.context))
            self._body.add_done_callback(self._body_done)
        self._supervisor = asyncio.ensure_future(self._supervise())

    def end(self, status: Status, error: RunnelError | None = None) -> bool:
        """End the run as `cancelled` or `interrupted`, unless its end is decided already. The model is told to stop at
        once; what it says from now on is dropped."""
        return self._decide(_End(status, None, error))

    def leave(self) -> None:
        """Stop without an end: the run stays as it is in the log, for another process to go on with."""
        if not self._decide(_End(self.row.status)):
            return
        self._left = True
        if self._supervisor is not None:
            self._supervisor.cancel()
        closed = Closed(
            f"this Runnel is closed; run {self.row.id} stays {self.context.status} until the database is opened again"
        )
        self.writer.abandon(closed)
        self.ended.set_exception(closed)

    async def wait(self) -> MessageValue:
        """The message, once the run has ended and all is written."""
        return await asyncio.shield(self.ended)

    def _decide(self, end: _End) -> bool:
        if self._end is not None:
            return False
        self._end = end
        self.writer.seal()
        self.context.inbox.close()
        self._deciding.set()
        if self._body is not None and not self._body.done():
            self._body.cancel()
        return True

    def _log_failed(self, error: RunnelError) -> None:
        self._decide(_End(Status.FAILED, None, error))

    def _body_done(self, body: "asyncio.Task[str]") -> None:
        if body.cancelled():
            # Not by us, or the end was decided: the model's own code cancelled the task it runs in.
            error: BaseException | None = InternalError("the model or a tool cancelled the run's own task")
        else:
            error = body.exception()
        if error is None:
            reason = body.result()
            self._decide(_End(Status.INCOMPLETE if _short(reason) else Status.COMPLETED, reason))
        else:
            self._decide(_End(Status.FAILED, "error", self._as_failure(error)))

    def _as_failure(self, error: BaseException) -> RunnelError:
        if isinstance(error, Failure | Misuse):
            return error
        what = f"{type(error).__name__}: {error}"
        if self._settings.tracebacks:
            return InternalError(what, traceback="".join(traceback.format_exception(error))[-_LONGEST_TRACEBACK:])
        logger.error("run %s failed: %s", self.row.id, what, exc_info=error)
        return InternalError(what)

    async def _supervise(self) -> None:
        await self._deciding.wait()
        try:
            self.ended.set_result(await self._write_end())
        except RunnelError as error:
            self.writer.abandon(error)
            self.ended.set_exception(error)
        except Exception as error:
            logger.exception("run %s could not be ended", self.row.id)
            self.ended.set_exception(error)
        finally:
            await self._let_go()

    async def _write_end(self) -> MessageValue:
        end = self._end
        assert end is not None
        try:
            await self.writer.flush()
        except (StaleEpoch, RunEnded, UnknownRun):
            raise  # the run has another owner now, who ends it, or it was deleted
        except RunnelError:
            pass  # `end` says so
        fold = self.writer.fold
        self.last = events.RunEnded(
            end.status, end.finish_reason, None if end.error is None else ErrorValue.of(end.error), self._usage(end)
        )
        await self._append_end(self.last)
        value = fold.value()
        try:
            await self._runs.end(self.row, end.status, value)
        except LogError as error:  # the log has the end: whoever looks next writes the rows from it
            logger.warning("run %s has ended, and its rows are yet to be written: %s", self.row.id, error)
        return value

    async def _append_end(self, last: events.RunEnded) -> None:
        """Append the last event; where the storage fails, for as long as `end_wait` says."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + self._settings.end_wait
        wait = 0.05
        while True:
            try:
                await self.writer.end([*closing_events(self.writer.fold.calls, 0), last])
                return
            except (StaleEpoch, RunEnded):
                raise
            except LogError:
                if loop.time() + wait > deadline:
                    raise
                await asyncio.sleep(wait)
                wait = min(2 * wait, 1.0)

    def _usage(self, end: _End) -> Usage | None:
        if self.row.message is None:
            return None
        usage = self.writer.fold.usage
        total = usage.total()
        if end.status in _CUT or total is None or total.estimated:
            return usage.cut(self.context.prompt_tokens)
        return total

    async def _let_go(self) -> None:
        """Give the body a while to close its model; one that ignores its cancellation is left behind."""
        body = self._body
        if body is None or body.done():
            return
        await asyncio.wait({body}, timeout=self._settings.close)
        if not body.done():
            logger.warning(
                "run %s has ended, but its model or a tool did not stop within %g s and was left behind: both must"
                " end when they are cancelled",
                self.row.id,
                self._settings.close,
            )


def _short(reason: str) -> bool:
    return reason in _STOPPED_SHORT or reason.startswith(LIMIT)


async def _contained(body: Body, context: RunContext) -> str:
    """A model that asks Python to exit ends its run, not the program."""
    try:
        return await body(context)
    except SystemExit as error:
        raise InternalError(f"the model or a tool called sys.exit({error.code!r})") from error


def _prompt_tokens(prompt: Prompt) -> int:
    said = [prompt.question, prompt.system or "", *(source.text for source in prompt.sources)]
    return estimate_tokens(sum(map(len, said)) + sum(len(message.content) for message in prompt.history))


def _look_at(future: "asyncio.Future[Any]") -> None:
    """An error that nobody waits for is nobody's: what matters of it is in the log."""
    if not future.cancelled():
        future.exception()
