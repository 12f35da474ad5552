"""A model that says what it is told to: the fake for everybody's tests, and a model for trying things out.

    Scripted("Hello", " world")                                  # the same answer to every prompt
    Scripted("Hel", Pause(0.5), "lo", RateLimited("slow down"))  # an exception is raised where it stands
    Scripted(answers=[[tool_call("add", a=1, b=2)], ["It is 3."]])  # one script a call
    Scripted(answers=lambda prompt: ["You said: ", prompt.question])

It keeps what happened to it in `calls`: the prompts it was given, what it yielded, and how and when each
stream ended.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias
from urllib.parse import parse_qsl

import msgspec

from ..errors import ConfigError
from ..ids import new_id
from ..vocabulary.events import TextDelta, ToolCallDelta
from ..vocabulary.prompt import Delta, Finish, Prompt
from ..vocabulary.tokens import Alternative, Token, finite

__all__ = ["Call", "Item", "Pause", "Script", "Scripted", "token", "tool_call", "words"]


class Pause(msgspec.Struct, frozen=True):
    """Nothing is said for so many seconds (`math.inf`: until the stream is closed)."""

    seconds: float


# What a script is made of: deltas; waits (a `Pause`, or an `asyncio.Event` to be set); exceptions to raise;
# and other scripts, which are played in place.
Item: TypeAlias = "Delta | Pause | asyncio.Event | BaseException | type[BaseException] | Sequence[Item]"
Script: TypeAlias = Iterable[Item]


@dataclass
class Call:
    """One stream that was asked for. Times are `time.monotonic()`; `ended` is None while it goes on, then
    `whole`, `failed` (its script raised), `cancelled` (its task was) or `closed` (its generator was, before
    its end)."""

    prompt: Prompt
    began_at: float
    given: list[Delta] = field(default_factory=list)
    ended: Literal["whole", "failed", "cancelled", "closed"] | None = None
    ended_at: float | None = None


class Scripted:
    """A model that plays a script.

    `items` is the script for every call; `answers` instead gives one script a call (the last goes on for
    ever) or a callable that chooses by the prompt. `delay`: seconds before each delta. `finish`: the last
    delta where the script has no `Finish` of its own (by default `stop`, or `tool_calls` where it called a
    tool); None to end without one. `ignores_cancellation`: seconds for which it goes on after its task is cancelled, or
    is slow to close. `remembers`: whether it keeps `calls`. A script that begins with `prompt.prefill` goes on after it
    where `prefill` is True.
    """

    def __init__(
        self,
        *items: Item,
        answers: Sequence[Script] | Callable[[Prompt], Script] | None = None,
        name: str = "script",
        delay: float = 0.0,
        finish: Finish | Literal["auto"] | None = "auto",
        prefill: bool = False,
        context_window: int | None = None,
        ignores_cancellation: float = 0.0,
        remembers: bool = True,
    ) -> None:
        self.name = name
        self.prefill = prefill
        self.context_window = context_window
        self.calls: list[Call] = []
        self.closed = False
        self._answers = [items] if answers is None else answers
        self._delay = delay
        self._finish = finish
        self._ignores = ignores_cancellation
        self._remembers = remembers
        self._streams = 0

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts it was given, in order."""
        return [call.prompt for call in self.calls]

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """Play the script that is due."""
        call = Call(prompt, time.monotonic())
        if self._remembers:
            self.calls.append(call)
        script = self._script(self._streams, prompt)
        self._streams += 1
        if self.prefill and prompt.prefill:
            script = _after(script, prompt.prefill)
        finished = False
        stubborn = _Stubborn(self._ignores)
        try:
            for item in self._whole(script):
                if isinstance(item, Pause):
                    await stubborn.wait(asyncio.sleep, item.seconds)
                elif isinstance(item, asyncio.Event):
                    await stubborn.wait(item.wait)
                elif isinstance(item, BaseException):
                    raise item
                elif isinstance(item, type):
                    raise item("as the script says")
                else:
                    if self._delay:
                        await stubborn.wait(asyncio.sleep, self._delay)
                    if self._remembers:
                        call.given.append(item)
                    finished = isinstance(item, Finish)
                    yield item
            call.ended = "whole"
        except asyncio.CancelledError:
            call.ended = "cancelled"
            raise
        except GeneratorExit:
            call.ended = "whole" if finished else "closed"
            if self._ignores and not finished:
                await asyncio.sleep(self._ignores)
            raise
        except BaseException:
            call.ended = "failed"
            raise
        finally:
            call.ended_at = time.monotonic()

    async def aclose(self) -> None:
        """Remember that it was let go."""
        self.closed = True

    def __repr__(self) -> str:
        return f"Scripted(name={self.name!r})"

    def _script(self, number: int, prompt: Prompt) -> Iterator[Any]:
        if callable(self._answers):
            return _flat(self._answers(prompt))
        return _flat(self._answers[min(number, len(self._answers) - 1)] if self._answers else ())

    def _whole(self, script: Iterator[Any]) -> Iterator[Any]:
        """The script, and the end that it lacks."""
        reason = "stop"
        for item in script:
            yield item
            if isinstance(item, Finish):
                return
            if isinstance(item, ToolCallDelta):
                reason = "tool_calls"
        if self._finish is not None:
            yield Finish(reason) if self._finish == "auto" else self._finish

    @classmethod
    def named(cls, script: str) -> "Scripted":
        """The model called `scripted:<script>`: it says the script word by word, and takes up what was cut.

        `scripted:Hello world?delay=0.05&repeat=3` waits 0.05 s before each word and says it all three times.
        Without a script it says back what it is asked. Raises ConfigError for a setting it does not know.
        """
        text, settings = _settings(script)
        repeat = max(1, int(settings.pop("repeat", 1)))
        delay = settings.pop("delay", 0.0)
        if settings:
            raise ConfigError(f"scripted has no setting {sorted(settings)[0]!r}: it has `delay` and `repeat`")
        said = " ".join([text] * repeat)
        return cls(
            answers=lambda prompt: words(said or prompt.question),
            name=f"scripted:{script}" if script else "scripted",
            delay=delay,
            prefill=True,
            remembers=False,
        )


def words(text: str) -> list[str]:
    """`text` in pieces such as a tokenizer makes: each word with the space before it."""
    return re.findall(r"\s*\S+|\s+$", text)


def token(text: str, logprob: float | None = None, top: Mapping[str, float] | None = None) -> TextDelta:
    """A delta of one token, with its log-probability and its alternatives' (text → log-probability)."""
    others = tuple(Alternative(other, finite(chance)) for other, chance in (top or {}).items())
    return TextDelta(text=text, tokens=(Token(text, finite(logprob), others),))


def tool_call(name: str, /, _call: str | None = None, **arguments: Any) -> tuple[ToolCallDelta, ...]:
    """The deltas of a call of the tool `name`: its name first, then its arguments in three pieces of JSON."""
    call = _call or new_id("call")
    text = msgspec.json.encode(arguments).decode()
    third = len(text) // 3 + 1
    pieces = [text[at : at + third] for at in range(0, len(text), third)]
    return (
        ToolCallDelta(call=call, name=name),
        *[ToolCallDelta(call=call, arguments=piece) for piece in pieces],
    )


class _Stubborn:
    """Waits that go on for some seconds after the task was first cancelled."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._until: float | None = None

    async def wait(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Wait; a cancellation only cuts it short, until the time is up."""
        now = asyncio.get_running_loop().time
        try:
            async with asyncio.timeout_at(self._until):
                await function(*arguments)
        except TimeoutError:
            raise asyncio.CancelledError from None
        except asyncio.CancelledError:
            if self._until is None:
                self._until = now() + self._seconds
            if now() >= self._until:
                raise


def _flat(script: Iterable[Any]) -> Iterator[Any]:
    for item in [script] if isinstance(script, str) else script:
        if isinstance(item, list | tuple):
            yield from _flat(item)
        else:
            yield item


def _after(script: Iterator[Any], prefill: str) -> Iterator[Any]:
    """What the script says after `prefill`; all of it where it does not begin so."""
    held, said = [], ""
    for item in script:
        held.append(item)
        text = item if isinstance(item, str) else item.text if isinstance(item, TextDelta) else ""
        said += text
        if not prefill.startswith(said[: len(prefill)]):
            break
        if len(said) >= len(prefill):
            held = [said[len(prefill) :]] if len(said) > len(prefill) else []
            break
    yield from held
    yield from script


def _settings(script: str) -> tuple[str, dict[str, float]]:
    """The text and the settings of `text?name=number&…`; a question mark with no settings after it is
    text."""
    text, mark, tail = script.rpartition("?")
    if not mark or not re.fullmatch(r"(\w+=[\d.]+)(&\w+=[\d.]+)*", tail):
        return script, {}
    return text, {name: float(value) for name, value in parse_qsl(tail)}
