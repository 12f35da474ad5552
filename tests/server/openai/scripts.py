"""The model of the tests' server: what it says is chosen by the question."""

import asyncio
from collections.abc import Callable

from runnel.errors import Overloaded
from runnel.models.scripted import Script, Scripted, token, tool_call
from runnel.vocabulary.events import ReasoningDelta, UsageReported
from runnel.vocabulary.messages import Usage
from runnel.vocabulary.prompt import Finish, Prompt

__all__ = ["NAME", "began", "gate", "model", "said"]

NAME = f"{__name__}:model"
said: list[Prompt] = []
_gates: dict[str, asyncio.Event] = {}
_began: dict[str, asyncio.Event] = {}


def began(question: str) -> asyncio.Event:
    """Set once the model is asked the question. A question that is waited for is asked in one test only."""
    return _began.setdefault(question, asyncio.Event())


def gate(question: str) -> asyncio.Event:
    """What the script of a question that begins with `wait` waits for in its middle."""
    return _gates.setdefault(question, asyncio.Event())


_SCRIPTS: dict[str, Callable[[Prompt], Script]] = {
    "hello": lambda prompt: ["Hel", "lo", UsageReported(Usage(5, 2))],
    "think": lambda prompt: [ReasoningDelta("Hm."), ReasoningDelta("", signature="signed"), "Yes."],
    "logprobs": lambda prompt: [token("Hi", -0.25, {"Hi": -0.25, "Ho": -2.0}), token("!", -0.5)],
    "weather": lambda prompt: [tool_call("weather", "call_1", town="Graz")],
    "json": lambda prompt: ['{"answer":', "42}"],
    "history": lambda prompt: ["; ".join(f"{one.role}: {one.content}" for one in prompt.history)],
    "system": lambda prompt: [prompt.system or "(none)"],
    "length": lambda prompt: ["too long", Finish("length")],
    "fail": lambda prompt: ["half", Overloaded("no capacity")],
    "image": lambda prompt: [f"{len(prompt.media)} of {prompt.media[0].media_type}" if prompt.media else "none"],
    "wait": lambda prompt: ["before", gate(prompt.question), " after"],
}


def _choose(prompt: Prompt) -> Script:
    said.append(prompt)
    began(prompt.question).set()
    if not prompt.question and prompt.history and prompt.history[-1].role == "tool":
        results = [getattr(part, "result", "") for part in prompt.history[-1].parts]
        return [f"It is {results[0]}."]
    return _SCRIPTS.get(prompt.question.partition(" ")[0], _SCRIPTS["hello"])(prompt)


model = Scripted(answers=_choose, name="scripted-for-tests", remembers=False)
