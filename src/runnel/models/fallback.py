"""Several models as one: where the first fails, the next takes its place.

Each is asked once a stream. While nothing was said, a failure is passed over in silence, and the one that then speaks
begins with `AttemptStarted`; so where all fail without a word nothing was said at all, and whoever runs the models may
try them all again. Where one fails in the middle of its answer, what the next says replaces it.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Iterable, Sequence
from typing import cast

from ..errors import BadRequest, ConfigError, ContextTooLong, FirstTokenTimeout, ModelError, Refused
from ..vocabulary.events import AttemptStarted
from ..vocabulary.failures import ErrorValue
from ..vocabulary.prompt import Delta, Prompt
from .base import Model, context_window, price, takes_prefill

__all__ = ["Fallback", "passes"]

# What is wrong with the prompt and not with the model: another would say the same, or hide a mistake.
_ABOUT_THE_PROMPT = (BadRequest, ContextTooLong, Refused)


def passes(error: ModelError) -> bool:
    """Whether another model may do better: not where the request is wrong, too long, or refused."""
    return not isinstance(error, _ABOUT_THE_PROMPT)


class Fallback:
    """The models `models`, in order of preference: `Fallback([first, second])`, or `"openai:a, anthropic:b"` by name.

    `passes` says which errors go over to the next. `first_token`: seconds after which a model that has said nothing is
    given up for the next (None: never). It takes a prefill, and as long a prompt, as all of them do. Its price is that
    of the dearest, whichever answers: a limit on what an answer costs is never passed since a cheap one failed.
    """

    def __init__(
        self,
        models: Sequence[Model],
        *,
        passes: Callable[[ModelError], bool] = passes,
        first_token: float | None = None,
    ) -> None:
        if not models:
            raise ConfigError("a Fallback needs a model")
        self.models = tuple(models)
        self.name = ", ".join([model.name for model in models])
        self.prefill = all(takes_prefill(model) for model in models)
        self.context_window = min([window for model in models if (window := context_window(model))], default=None)
        prices = [price(model) for model in models]
        self.price = (max(each for each, _ in prices), max(each for _, each in prices))
        self._passes = passes
        self._first_token = first_token

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """The deltas of the first model that answers. Raises the last's error where none does: one that may pass, where
        one of them had such, so that trying again is not given up."""
        failures: list[tuple[Model, ModelError]] = []
        untold: list[AttemptStarted] = []
        spoken = False
        for number, model in enumerate(self.models, 1):
            if failures:
                untold.append(_attempt(number, model, failures[-1][1]))
            if spoken:
                yield untold.pop()
            try:
                async with contextlib.aclosing(self._read(model, prompt)) as deltas:
                    async for delta in deltas:
                        for attempt in untold:
                            yield attempt
                        untold.clear()
                        spoken = True
                        yield delta
                return
            except ModelError as error:
                failures.append((model, error))
                if not self._passes(error):
                    raise
        raise _worst(failures, spoken)

    async def aclose(self) -> None:
        """Let all of them go."""
        for model in self.models:
            if (close := getattr(model, "aclose", None)) is not None:
                await close()

    def __repr__(self) -> str:
        return f"Fallback({self.name!r})"

    async def _read(self, model: Model, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        deltas = model.stream(prompt)
        stream = aiter(deltas) if isinstance(deltas, AsyncIterable) else _from_thread(deltas)
        try:
            patience = asyncio.timeout(self._first_token)
            try:
                async with patience:
                    delta = await anext(stream, None)
            except TimeoutError:
                if not patience.expired():
                    raise
                words = f"the model {model.name} said nothing for {self._first_token:g} s"
                raise FirstTokenTimeout(words, model=model.name, limit=self._first_token) from None
            if delta is None:
                return
            yield delta
            async for delta in stream:
                yield delta
        finally:
            if (close := getattr(stream, "aclose", None)) is not None:
                await close()


def _attempt(number: int, model: Model, error: ModelError) -> AttemptStarted:
    return AttemptStarted(number, model.name, error.code, ErrorValue.of(error))


def _worst(failures: Sequence[tuple[Model, ModelError]], spoken: bool) -> ModelError:
    """The error to tell of all: the last, or the last that may pass; with what the others were."""
    errors = [error for _, error in failures]
    worst = errors[-1] if spoken else next((error for error in reversed(errors) if error.retryable), errors[-1])
    worst.details["tried"] = {model.name: error.message for model, error in failures}
    return worst


async def _from_thread(deltas: Iterable[Delta]) -> AsyncIterator[Delta]:
    """What a plain generator gives, each waited for in a thread."""
    iterator = iter(deltas)
    end = object()
    while (delta := await asyncio.to_thread(next, iterator, end)) is not end:
        yield cast(Delta, delta)
