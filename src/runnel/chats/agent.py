"""The agent: steps of the model, and the calls that each asks for, until it answers without calling.

What there is to do next is read from the message as it stands, not kept beside it: so the loop of a run that another
process left waiting begins like any other, and finds where it was.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from ..models.base import Model, price
from ..runs.task import LIMIT, RunContext
from ..tools import Tool
from ..vocabulary.chats import Limits, Steering
from ..vocabulary.events import Steered, StepStarted
from ..vocabulary.messages import MessageValue, ToolPart, Usage
from ..vocabulary.prompt import Prompt
from .calls import Calls
from .searching import Found
from .waiting import Waiting

__all__ = ["Agent"]

# Finish reasons after which calls may be cut in half: they are not carried out.
_CUT = frozenset({"length", "content_filter", "steered"})


@dataclass
class Agent:
    """One answer. `prompt` is that of the first step; `tools` are those the model may call, by name, but for those
    named in `client_tools`, which the caller carries out."""

    context: RunContext
    model: Model
    prompt: Prompt
    tools: Mapping[str, Tool] = field(default_factory=dict)
    limits: Limits = field(default_factory=Limits)
    steering: Steering = "next_step"
    found: Found = field(default_factory=Found)
    client_tools: Collection[str] = ()

    async def run(self, going_on: bool = False) -> str:
        """Take steps until the answer is whole; returns the finish reason. `going_on` where the run may have taken
        steps already, in another process."""
        clock = asyncio.timeout(self.limits.seconds)
        try:
            async with clock:
                return await self._steps(Waiting(self.context, clock), going_on)
        except TimeoutError:
            if clock.expired():
                return f"{LIMIT}seconds"
            raise
        finally:
            self.context.inbox.close()

    async def _steps(self, waiting: Waiting, going_on: bool) -> str:
        calls = Calls(self.context, self.tools, waiting, self.limits.parallel, self.found)
        message = await self.context.message() if going_on else None
        step = 0 if message is None else max((part.step for part in _calls(message)), default=0)
        reason = "stop"
        while True:
            wanted = [part for part in _calls(message) if part.step == step and part.result is None]
            if wanted and reason not in _CUT:
                made = sum(part.called for part in _calls(message) if part.step < step) + len(wanted)
                if self.limits.calls is not None and made > self.limits.calls:
                    return f"{LIMIT}calls"
                theirs = [part for part in wanted if part.name in self.client_tools]
                await calls.carry_out([part for part in wanted if part not in theirs])
                if theirs:
                    calls.hand_over(theirs)
                    return "tool_calls"
            elif step and not self.context.inbox.has("steer") and reason != "steered":
                return reason
            reached = self._limit_reached(step)
            if reached is not None:
                return f"{LIMIT}{reached}"
            steered = self._steer()
            message = await self.context.message() if step or steered else None
            step += 1
            self.context.emit(StepStarted(step, self.model.name))
            reason = await self._step(step, message)
            message = await self.context.message() if self._may_go_on(reason) else None

    async def _step(self, step: int, message: MessageValue | None) -> str:
        prompt = self.prompt
        if message is not None:
            sampling = msgspec.structs.replace(prompt.sampling, tool_choice=None)  # one call is what was asked for
            prompt = msgspec.structs.replace(prompt, so_far=message, prefill=None, sampling=sampling)
        answering = self.context.generate(self.model, prompt)
        if self.steering == "next_step":
            return await answering
        return await self._until_steered(asyncio.ensure_future(answering))

    async def _until_steered(self, answering: "asyncio.Task[str]") -> str:
        """The step's end; `steered`, with the text so far kept, where the user says something first."""
        steered = asyncio.ensure_future(self.context.inbox.wait_for("steer"))
        try:
            await asyncio.wait({answering, steered}, return_when=asyncio.FIRST_COMPLETED)
            if answering.done():
                return answering.result()
            answering.cancel()
            await asyncio.wait({answering})
            if not answering.cancelled():
                answering.exception()  # it was cut: whatever came of it then is nobody's
            return "steered"
        finally:
            steered.cancel()
            answering.cancel()

    def _may_go_on(self, reason: str) -> bool:
        """Whether another step can follow. Without tools and without a word from the user none can, and the message
        need not be looked at."""
        return bool(self.tools or self.client_tools) or reason == "steered" or self.context.inbox.has("steer")

    def _steer(self) -> bool:
        """Take what the user said meanwhile; returns whether that was anything."""
        said = self.context.inbox.take_now("steer")
        for given in said:
            self.context.emit(Steered(given.text, given.number))
        return bool(said)

    def _limit_reached(self, step: int) -> str | None:
        """The name of the limit that keeps another step from being taken, if one does."""
        limits = self.limits
        if limits.steps is not None and step >= limits.steps:
            return "steps"
        usage = self.context.usage or Usage()
        if limits.tokens is not None and usage.total_tokens >= limits.tokens:
            return "tokens"
        if limits.cost is not None and _cost(self.model, usage) >= limits.cost:
            return "cost"
        return None


def _calls(message: MessageValue | None) -> Sequence[ToolPart]:
    return [] if message is None else [part for part in message.parts if isinstance(part, ToolPart)]


def _cost(model: Model, usage: Usage) -> float:
    """US dollars."""
    input_price, output_price = price(model)
    return (usage.input_tokens * input_price + usage.output_tokens * output_price) / 1e6
