"""The promises of a run against a plain model of them, in any order of what may happen to it.

RUNNEL_EXAMPLES says how many orders are tried (25).
"""

import asyncio
import os
import tempfile
from collections.abc import AsyncIterator, Coroutine
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from runnel import Chat, Run, Runnel
from runnel.errors import BadRequest
from runnel.testing.crashes import crash
from runnel.vocabulary.events import Event, RunEnded, TextDelta, ToolCallDelta
from runnel.vocabulary.messages import ToolPart
from runnel.vocabulary.prompt import Delta, Finish, Prompt
from tests.apps import LONG, config, text_of

T = TypeVar("T")


class Puppet:
    """A model that says what it is given to say, one at a time, and goes on from a partial answer."""

    name = "puppet"
    prefill = True

    def __init__(self) -> None:
        self.items: asyncio.Queue[Delta | Exception] = asyncio.Queue()
        self.prompts: asyncio.Queue[Prompt] = asyncio.Queue()
        self.said = asyncio.Event()

    async def stream(self, prompt: Prompt) -> AsyncIterator[Delta]:
        self.prompts.put_nowait(prompt)
        while True:
            item = await self.items.get()
            if isinstance(item, Exception):
                raise item
            yield item
            self.said.set()


@dataclass
class Expected:
    """What a run must be, as its promises say."""

    id: str
    message_id: str
    question: str
    text: str = ""
    arguments: str = ""
    status: str = "running"
    cursors: list[list[Event]] = field(default_factory=lambda: [[], []])


class RunMachine(RuleBasedStateMachine):
    """One chat in one file; its process may crash and be opened again between any two things that happen."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = tempfile.TemporaryDirectory(prefix="runnel-machine-")
        self.url = f"sqlite:///{Path(self.folder.name) / 'runnel.db'}"
        self.runs: list[Expected] = []
        self.app: Runnel | None = None
        self.do(self.open())

    def teardown(self) -> None:
        """Check every run once more, from a process that saw none of it."""
        if self.app is not None:
            self.do(crash(self.app))
        if self.runs and self.runs[-1].status == "running":
            self.runs[-1].status = "interrupted"
        self.do(self.open())
        self.do(self.check_all())
        assert self.app is not None
        self.do(self.app.close())
        self.runner.close()
        self.folder.cleanup()

    def do(self, what: Coroutine[Any, Any, T]) -> T:
        async def in_time() -> T:
            return await asyncio.wait_for(what, LONG)

        return self.runner.run(in_time())

    async def open(self) -> None:
        self.app = await Runnel(self.url, config=config(drain=0)).__aenter__()
        self.puppet = Puppet()
        if not self.runs:
            self.chat: Chat = await self.app.chat(model=self.puppet)
        else:
            self.chat = await self.app.get_chat(self.chat.id, model=self.puppet)

    @property
    def going(self) -> bool:
        return self.app is not None and bool(self.runs) and self.runs[-1].status == "running"

    async def tell(self, item: Delta | Exception) -> None:
        """Have the model say something, and wait until it is durable."""
        self.puppet.items.put_nowait(item)
        if isinstance(item, Exception | Finish):
            await (await self.run_of(self.runs[-1])).wait()
            return
        await self.puppet.said.wait()
        self.puppet.said.clear()
        await self.durable(self.runs[-1].id)

    async def durable(self, run: str) -> None:
        """Wait until all that was put into the run is durable."""
        assert self.app is not None
        task = self.app._open.runner.task(run)
        assert task is not None
        await task.writer.flush()

    async def run_of(self, expected: Expected) -> Run:
        assert self.app is not None
        return await self.app.run(expected.id)

    # What may happen

    @precondition(lambda self: self.app is not None and not self.going)
    @rule()
    def start(self) -> None:
        question = f"question {len(self.runs)}"

        async def ask() -> tuple[Run, Prompt]:
            run, prompt = await self.chat.start(question), await self.puppet.prompts.get()
            await self.durable(run.id)
            return run, prompt

        run, prompt = self.do(ask())
        assert run.message_id is not None
        assert prompt.question == question
        told = [message.content for message in prompt.history if message.role == "assistant"]
        assert told == [expected.text for expected in self.branch()]
        self.runs.append(Expected(run.id, run.message_id, question))

    def branch(self) -> list[Expected]:
        """The runs whose messages are on the current branch: one that was continued gives its place to the new one."""
        by_question = {expected.question: expected for expected in self.runs}
        return list(by_question.values())

    @precondition(lambda self: self.going)
    @rule(count=st.integers(1, 5))
    def say(self, count: int) -> None:
        for _ in range(count):
            word = f"{len(self.runs)}.{len(self.runs[-1].text)} "
            self.do(self.tell(word))
            self.runs[-1].text += word

    @precondition(lambda self: self.going)
    @rule(arguments=st.sampled_from(['{"a": 1', '{"a": 1}', "{"]))
    def call_a_tool(self, arguments: str) -> None:
        call = f"call{len(self.runs[-1].arguments)}"
        self.do(self.tell(ToolCallDelta(call=call, name="tool", arguments=arguments)))
        self.runs[-1].arguments += arguments

    @precondition(lambda self: self.going)
    @rule(reason=st.sampled_from(["stop", "length"]))
    def finish(self, reason: str) -> None:
        self.do(self.tell(Finish(reason)))
        self.runs[-1].status = "completed" if reason == "stop" else "incomplete"

    @precondition(lambda self: self.going)
    @rule()
    def fail(self) -> None:
        self.do(self.tell(BadRequest("busy") if self.runs[-1].text else ValueError("oops")))
        self.runs[-1].status = "failed"

    @precondition(lambda self: self.app is not None and bool(self.runs))
    @rule(number=st.integers(0, 100))
    def cancel(self, number: int) -> None:
        expected = self.runs[-1 - number % len(self.runs)]

        async def cancel() -> None:
            message = await (await self.run_of(expected)).cancel()
            assert message.content == expected.text

        self.do(cancel())
        if expected.status == "running":
            expected.status = "cancelled"

    @precondition(lambda self: self.app is not None and not self.going and bool(self.runs))
    @rule()
    def go_on(self) -> None:
        cut = self.runs[-1]
        if cut.status == "completed" or not cut.text:
            return

        async def go_on() -> Run:
            message = await self.chat.continue_message(cut.message_id, stream=True)
            async for event in message.run.events():
                if isinstance(event, TextDelta):
                    assert event.text == cut.text
                    break
            assert (await self.puppet.prompts.get()).prefill == cut.text
            return message.run

        run = self.do(go_on())
        assert run.message_id is not None
        self.runs.append(Expected(run.id, run.message_id, cut.question, cut.text))

    @precondition(lambda self: self.app is not None)
    @rule()
    def crash(self) -> None:
        assert self.app is not None
        self.do(crash(self.app))
        self.app = None
        if self.runs and self.runs[-1].status == "running":
            self.runs[-1].status = "interrupted"

    @precondition(lambda self: self.app is None)
    @rule()
    def reopen(self) -> None:
        self.do(self.open())

    @precondition(lambda self: self.app is not None and bool(self.runs))
    @rule(reader=st.integers(0, 1), number=st.integers(0, 100), most=st.integers(1, 20))
    def read(self, reader: int, number: int, most: int) -> None:
        """A reader goes on from its cursor; what it has read before is what it would read again."""
        expected = self.runs[-1 - number % len(self.runs)]
        cursor = expected.cursors[reader]

        async def read() -> None:
            assert self.app is not None
            log = self.app._open.runner.log
            cursor.extend(await log.read(expected.id, len(cursor), most))
            assert await log.read(expected.id, 0, len(cursor)) == cursor

        self.do(read())

    # What holds

    @invariant()
    def numbers_have_no_gap(self) -> None:
        for expected in self.runs:
            for cursor in expected.cursors:
                assert [event.seq for event in cursor] == list(range(1, len(cursor) + 1))
                assert (expected.text).startswith(text_of(cursor))

    @precondition(lambda self: self.app is not None and bool(self.runs))
    @rule()
    def check(self) -> None:
        self.do(self.check_all())

    async def check_all(self) -> None:
        assert self.app is not None
        for expected in self.runs:
            message = await self.app.message(expected.message_id)
            assert (message.status, message.content) == (expected.status, expected.text)
            calls = [part for part in message.parts if isinstance(part, ToolPart)]
            assert "".join([part.arguments for part in calls]) == expected.arguments
            assert not any(part.called for part in calls)
            if message.status.ended:
                events = [event async for event in (await self.run_of(expected)).events()]
                assert [event.seq for event in events] == list(range(1, len(events) + 1))
                assert [type(event) for event in events].count(RunEnded) == 1
                assert isinstance(events[-1], RunEnded)
                assert text_of(events) == expected.text
                for cursor in expected.cursors:
                    assert events[: len(cursor)] == cursor
        branch = [message.content for message in await self.chat.messages() if message.role == "assistant"]
        assert branch == [expected.text for expected in self.branch()]


RunMachine.TestCase.settings = settings(
    max_examples=int(os.environ.get("RUNNEL_EXAMPLES", "25")),
    stateful_step_count=30,
    deadline=None,
    suppress_health_check=list(HealthCheck),
)
test_a_run_keeps_its_promises_whatever_happens = RunMachine.TestCase
