"""What the tests of agents share: tools that do as they are told, models that call them, and the vendors' judgement."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any, TypeVar

import msgspec

from runnel import Chat, Message, Run
from runnel.models import anthropic_prompt, openai_prompt
from runnel.models.provider import BUILT_IN
from runnel.models.scripted import Script, Scripted
from runnel.testing import anthropic_dialect, openai_dialect
from runnel.tools import Output, Tool, ToolContext
from runnel.vocabulary.events import Event, ToolCalled, ToolReturned
from runnel.vocabulary.messages import ToolPart
from runnel.vocabulary.prompt import Prompt
from tests.apps import in_time

E = TypeVar("E", bound=Event)


class Doing(Tool):
    """A tool made of a coroutine function `(arguments, context) -> str`; it keeps what it was called with."""

    def __init__(self, name: str, function: Any = None, **options: Any) -> None:
        self.name = name
        self.calls: list[dict[str, Any]] = []
        self.contexts: list[ToolContext] = []
        self._function = function
        for option, value in options.items():
            setattr(self, option, value)

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> AsyncIterator[Output]:
        self.calls.append(arguments)
        self.contexts.append(context)
        yield "done" if self._function is None else str(await self._function(arguments, context))


class Never(Doing):
    """A tool that does not end until it is stopped; it tells when it has begun and when it was."""

    def __init__(self, name: str = "never", **options: Any) -> None:
        super().__init__(name, self._hang, **options)
        self.begun = asyncio.Event()
        self.stopped = 0

    async def _hang(self, arguments: dict[str, Any], context: ToolContext) -> str:
        self.begun.set()
        try:
            return str(await asyncio.get_running_loop().create_future())
        finally:
            self.stopped += 1


def steps(*scripts: Script) -> Scripted:
    """A model that plays one script a step of an answer, by what the answer has until then; the last goes on."""

    def choose(prompt: Prompt) -> Script:
        return scripts[min(steps_of(prompt), len(scripts) - 1)]

    return Scripted(answers=choose)


def steps_of(prompt: Prompt) -> int:
    """How many steps of calls the answer has until now."""
    parts = () if prompt.so_far is None else prompt.so_far.parts
    return max((part.step for part in parts if isinstance(part, ToolPart)), default=0)


def calls_of(message: Message) -> list[ToolPart]:
    """The calls of a message, in order."""
    return [part for part in message.parts if isinstance(part, ToolPart)]


def results_of(message: Message) -> list[tuple[str, str, str | None]]:
    """The calls of a message: what was called, how that stands, and what the model is told."""
    return [(part.name, part.status, part.result) for part in calls_of(message)]


async def first(run: Run, kind: type[E], count: int = 1, where: Callable[[E], bool] = lambda _: True) -> E:
    """The `count`th event of a kind, as soon as it is there."""

    async def read() -> E:
        left = count
        async for event in run.events():
            if isinstance(event, kind) and where(event):
                left -= 1
                if not left:
                    return event
        raise AssertionError(f"the run ended with no {kind.__name__}")

    return await in_time(read())


def refusals(prompt: Prompt) -> list[object]:
    """What each vendor says against a request made of the prompt."""
    requests = [
        (openai_dialect.check, openai_prompt.request_body("any", prompt, BUILT_IN["openai"])),
        *[
            (anthropic_dialect.check, anthropic_prompt.request_body(name, prompt, BUILT_IN["anthropic"]))
            for name in ("claude-sonnet-4-5", "claude-opus-4-8")
        ],
    ]
    found = [check(msgspec.json.decode(msgspec.json.encode(body))) for check, body in requests]
    return [refusal for refusal in found if refusal is not None]


async def accepts_another_turn(chat: Chat) -> Prompt:
    """Ask the chat once more, of another model, and check what that was given as the vendors would; returns it."""
    model = Scripted("fine", name="another")
    await chat.change(model=model)
    message = await in_time(chat.answer("And now?"))
    assert (message.status, message.content) == ("completed", "fine")
    (prompt,) = model.prompts
    assert refusals(prompt) == []
    return prompt


def each_call_once(events: list[Event]) -> None:
    """Check that each call has one result, after it; some vendors use the ids of calls again."""
    open_calls: set[str] = set()
    for event in events:
        if isinstance(event, ToolCalled):
            assert event.call not in open_calls
            open_calls.add(event.call)
        elif isinstance(event, ToolReturned):
            open_calls.remove(event.call)
    assert not open_calls
