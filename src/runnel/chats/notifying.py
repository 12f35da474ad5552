"""Notices: those who asked are told that a run has ended, or waits for a person. The word is written in the database
with the fact itself, so it outlives the process; it is told beside the runs, and never holds one up."""

import asyncio
import contextlib
import inspect
import logging
import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, TypeAlias
from urllib.parse import urlsplit

from ..database import Database, Owner
from ..errors import ConfigError, NotFound, RunnelError
from ..runs.runner import Runner
from ..store import CALLABLE, NoticeRow, Notices, now_ms
from ..vocabulary.failures import ErrorValue
from ..vocabulary.messages import Status, ToolPart
from ..vocabulary.notices import Notice
from ..webhooks import encode, key_of, sign

if TYPE_CHECKING:
    import httpx2

__all__ = ["Notifier", "Notify", "checked"]

logger = logging.getLogger("runnel")

# Who is told: a URL, or a function of the program.
Notify: TypeAlias = str | Callable[[Notice], Awaitable[object] | object]

# Seconds from one attempt to the next, as the Standard Webhooks specification suggests; then it is given up.
WAITS = (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
_LOOK = 5.0
# From one look to the next, at least: while other processes write, all signals are fired all the time.
_SPACING = 0.05
_AT_ONCE = 16
# How long closing waits for what is being told.
_CLOSE = 2.0


class _GaveUp(Exception):
    """The receiver wants to hear nothing more."""


def checked(url: str, secret: str | None) -> str:
    """A URL that notices can be sent to. Raises ConfigError."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ConfigError(f"notify must be an http:// or https:// URL, not one of {parts.scheme or 'no scheme'}")
    if secret is None:
        raise ConfigError(
            "notices to a URL are signed: set notify.secret (RUNNEL_NOTIFY__SECRET) to what"
            " runnel.webhooks.new_secret() gives, and give the receiver the same"
        )
    key_of(secret)
    return url


class Notifier:
    """Tells what is due. `call` is told the notices that are for the program; `now` gives Unix milliseconds."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        owner: Owner,
        call: Callable[[Notice], Awaitable[object] | object] | None = None,
        secret: str | None = None,
        timeout: float = 15.0,
        now: Callable[[], int] = now_ms,
    ) -> None:
        self.now = now
        self._notices = Notices(database)
        self._runner = runner
        self._owner = owner
        self._call = call
        self._secret = secret
        self._timeout = timeout
        self._signal = database.signal("notices")
        self._telling: dict[int, asyncio.Task[None]] = {}
        self._client: httpx2.AsyncClient | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to tell what is due."""
        self._task = asyncio.ensure_future(self._work())

    async def close(self) -> None:
        """Tell what is due a last time; what cannot be told at once is left to others, or to the next that opens the
        database."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})
            with contextlib.suppress(RunnelError):
                await self.tell_due()
        tasks = set(self._telling.values())
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=_CLOSE)
            for task in late:
                task.cancel()
            await asyncio.wait(tasks)
        if self._client is not None:
            await self._client.aclose()

    async def _work(self) -> None:
        while True:
            version = self._signal.version
            seconds = _LOOK
            try:
                await self.tell_due()
                now = self.now()
                soonest = await self._notices.soonest(now)
                if soonest is not None:
                    seconds = min(seconds, (soonest - now) / 1000)
            except RunnelError:
                logger.exception("cannot look for what is to be told")
            await asyncio.sleep(_SPACING)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):  # `wait_for` may swallow a cancellation
                    await self._signal.after(version)

    async def tell_due(self) -> list[asyncio.Task[None]]:
        """Begin to tell what is due now, a bounded number at once; returns what was begun."""
        begun = []
        for row in await self._notices.due(self.now(), 1000):
            if len(self._telling) >= _AT_ONCE:
                break
            if not self._mine(row) or not await self._notices.claim(row, self._owner.id):
                continue
            task = self._telling[row.number] = asyncio.ensure_future(self._tell(row))
            task.add_done_callback(lambda _, number=row.number: self._let_go(number))  # type: ignore[misc]
            begun.append(task)
        return begun

    def _mine(self, row: NoticeRow) -> bool:
        """Whether this process can tell it, and nobody is telling it."""
        if (self._call is None) if row.target == CALLABLE else (self._secret is None):
            return False
        if row.owner == self._owner.id:
            return row.number not in self._telling
        return row.owner is None or not self._owner.alive(row.owner)

    def _let_go(self, number: int) -> None:
        del self._telling[number]
        self._signal.fire()  # there may be more

    async def _tell(self, row: NoticeRow) -> None:
        next_at: int | None = None
        try:
            notice = await self._notice(row)
            await (self._tell_program(notice) if row.target == CALLABLE else self._post(row.target, notice))
        except NotFound:
            pass  # the run was deleted: nobody wants to know
        except _GaveUp:
            logger.warning("notices to %s are not wanted there any more", _host(row.target))
        except (Exception, SystemExit) as error:
            attempt = row.attempts + 1
            if attempt <= len(WAITS):
                next_at = self.now() + WAITS[attempt - 1] * 1000
            logger.warning(
                "notice %s could not be told to %s (attempt %d; %s): %s",
                row.id,
                _host(row.target),
                attempt,
                "given up" if next_at is None else "to be tried again",
                type(error).__name__ if not isinstance(error, RunnelError | _Answered) else error,
            )
            await self._write(self._notices.put_off(row, next_at))
            return
        await self._write(self._notices.told(row))

    async def _write(self, writing: Awaitable[None]) -> None:
        try:
            await writing
        except RunnelError as error:  # it is told again: receivers know its id
            logger.warning("cannot write down what was told: %s", error)

    async def _notice(self, row: NoticeRow) -> Notice:
        run = await self._runner.runs.get(row.run)
        value = await (self._runner.folded(run.id) if run.message is None else self._runner.message(run.message))
        waits = row.status is Status.WAITING
        calls = [part.call for part in value.parts if isinstance(part, ToolPart) and part.approval == "requested"]
        return Notice(
            row.id,
            "run.waiting" if waits else "run.ended",
            row.at,
            row.run,
            row.status,
            run.chat,
            run.message,
            value.content,
            None if value.error is None else ErrorValue(value.error.code, value.error.message),
            tuple(calls) if waits else (),
        )

    async def _tell_program(self, notice: Notice) -> None:
        call: Any = self._call
        if inspect.iscoroutinefunction(call) or inspect.iscoroutinefunction(type(call).__call__):
            await call(notice)
            return
        result = await asyncio.to_thread(call, notice)
        if inspect.isawaitable(result):
            await result

    async def _post(self, url: str, notice: Notice) -> None:
        import httpx2

        assert self._secret is not None
        if self._client is None:
            self._client = httpx2.AsyncClient(timeout=self._timeout, follow_redirects=False)
        body = encode(notice)
        at = int(time.time())
        headers = {
            "content-type": "application/json",
            "webhook-id": notice.id,
            "webhook-timestamp": str(at),
            "webhook-signature": sign(notice.id, at, body, self._secret),
        }
        async with (
            asyncio.timeout(self._timeout),
            self._client.stream("POST", url, content=body, headers=headers) as response,
        ):
            if response.status_code == 410:
                raise _GaveUp
            if not response.is_success:
                raise _Answered(f"it answered {response.status_code}")


class _Answered(Exception):
    """The receiver answered that it did not take the notice."""


def _host(target: str) -> str:
    """What may be logged of a target: the rest of a URL may be secret."""
    return "the program" if target == CALLABLE else urlsplit(target).hostname or "?"
