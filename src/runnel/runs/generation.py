"""One call of a model, from its prompt into the run's events: its deltas, its patience, its retries, its closing."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterable, AsyncIterator
from typing import Any, get_args

from ..errors import BetweenTokensTimeout, FirstTokenTimeout, InternalError, ModelError, RateLimited
from ..models.base import Model
from ..vocabulary.content import Chunk
from ..vocabulary.events import AttemptStarted, EventBase, StatusLine, TextDelta, TextRetracted
from ..vocabulary.failures import ErrorValue
from ..vocabulary.plain import plain_text
from ..vocabulary.prompt import Delta, Finish, Prompt
from .settings import RunSettings
from .threaded import from_thread
from .writer import RunWriter

__all__ = ["generate"]

# The events that a model may give; the others are not its to tell.
_EVENTS = tuple([kind for kind in get_args(Delta) if issubclass(kind, EventBase)])


async def generate(model: Model, prompt: Prompt, writer: RunWriter, settings: RunSettings) -> str:
    """Put what `model` answers to `prompt` into `writer`; returns the finish reason.

    An error that may pass is tried again while nothing was said yet; each further attempt is an event. Raises the
    ModelError of the last attempt, or what else the model raises.
    """
    attempt = 1
    while True:
        before = writer.count
        try:
            return await _attempt(model, prompt, writer, settings)
        except ModelError as error:
            if not error.retryable or writer.count != before or attempt > settings.retries:
                raise
            wait = _wait(error, attempt, settings)
            writer.put(StatusLine(f"{error.message.rstrip('.')}: trying again in {wait:.1f} s"))
            await asyncio.sleep(wait)
            attempt += 1
            writer.put(AttemptStarted(attempt, model.name, error.code, ErrorValue.of(error)))


def _wait(error: ModelError, attempt: int, settings: RunSettings) -> float:
    """Seconds before the next attempt: what the vendor says, else doubled each time, less up to a quarter by chance."""
    if isinstance(error, RateLimited) and error.retry_after is not None:
        return min(error.retry_after, settings.backoff_most)
    return min(settings.backoff * 2.0 ** (attempt - 1), settings.backoff_most) * random.uniform(0.75, 1.0)


async def _attempt(model: Model, prompt: Prompt, writer: RunWriter, settings: RunSettings) -> str:
    deltas = model.stream(prompt)
    stream = aiter(deltas) if isinstance(deltas, AsyncIterable) else from_thread(deltas)
    patience = _Patience(model, writer, settings)
    try:
        async with patience:
            return await _pump(model, stream, writer)
    except TimeoutError:
        if patience.error is not None:
            raise patience.error from None
        raise
    finally:
        close = getattr(stream, "aclose", None)
        if close is not None:
            with contextlib.suppress(RuntimeError):  # it is closing already, or does not let itself be closed
                await close()


async def _pump(model: Model, stream: AsyncIterator[Delta], writer: RunWriter) -> str:
    put = writer.put
    async for delta in stream:
        if type(delta) is str:
            due = bool(delta) and put(TextDelta(delta))
        elif isinstance(delta, _EVENTS):
            due = put(delta)
        elif isinstance(delta, str):  # such as what another answer gives its readers
            replaces = delta.replaces if isinstance(delta, Chunk) else 0
            due = bool(replaces) and put(TextRetracted(replaces))
            due = (bool(delta) and put(TextDelta(str(delta)))) or due
        elif isinstance(delta, Finish) and isinstance(delta.reason, str):
            return plain_text(delta.reason)
        else:
            raise _not_a_delta(model, delta)
        if due:
            if writer.sealed:
                break
            await writer.turn()
    return "stop"


def _not_a_delta(model: Model, delta: Any) -> InternalError:
    return InternalError(
        f"the model {model.name} yielded {delta!r:.80}, of type {type(delta).__name__}: a model yields str or the"
        " deltas of runnel.vocabulary.prompt",
        model=model.name,
    )


class _Patience:
    """Ends an attempt that is silent for longer than a limit. Costs nothing a delta: a timer looks when the limit could
    have passed, and sleeps on where something was said meanwhile."""

    def __init__(self, model: Model, writer: RunWriter, settings: RunSettings) -> None:
        self.error: ModelError | None = None
        self._model = model
        self._writer = writer
        self._settings = settings
        self._began = time.monotonic()
        self._count = writer.count
        self._timeout = asyncio.timeout(None)
        self._timer: asyncio.TimerHandle | None = None

    async def __aenter__(self) -> None:
        await self._timeout.__aenter__()
        self._look()

    async def __aexit__(self, *exception: Any) -> None:
        if self._timer is not None:
            self._timer.cancel()
        await self._timeout.__aexit__(*exception)

    def _look(self) -> None:
        spoken = self._writer.count != self._count
        limit = self._settings.between_tokens if spoken else self._settings.first_token
        loop = asyncio.get_running_loop()
        if limit is None:
            if not spoken and self._settings.between_tokens is not None:
                self._timer = loop.call_later(self._settings.between_tokens, self._look)
            return
        silent = 0.0 if self._writer.turning else time.monotonic() - (self._writer.put_at if spoken else self._began)
        if silent < limit:
            self._timer = loop.call_later(limit - silent, self._look)
            return
        kind, name = (BetweenTokensTimeout, "between_tokens") if spoken else (FirstTokenTimeout, "first_token")
        self.error = kind(
            f"the model {self._model.name} said nothing for {limit:g} s (the limit {name})",
            model=self._model.name,
            limit=limit,
        )
        self._timeout.reschedule(loop.time())
