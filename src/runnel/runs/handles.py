"""What a program holds of a run: the run, and the message that it makes. Handles keep no state of the run but what
they have read; any number of them may look at one run, from anywhere."""

from collections.abc import AsyncIterator
from typing import Any

from ..errors import MessageNotReady, RunnelError
from ..log import Cursor, Segment
from ..store import RunInput
from ..vocabulary.content import Chunk, ChunkFold
from ..vocabulary.events import Event
from ..vocabulary.messages import MessageValue, Part, Role, Source, Status, Usage
from ..vocabulary.requests import Request
from ..vocabulary.runs import RunValue
from ..vocabulary.trace import Span, TraceFold
from .backend import RunBackend

__all__ = ["Message", "Run"]


class Run:
    """The making of one assistant message (or the indexing of documents, which has none).

    It belongs to the process that makes it: a reader that leaves stops nothing. `value` is the run as it stood when
    this handle was made.
    """

    def __init__(self, runner: RunBackend, value: RunValue) -> None:
        self.id = value.id
        self.value = value  # as it stood when this handle was made
        self._runner = runner

    def __repr__(self) -> str:
        return f"Run({self.id!r})"

    @property
    def chat_id(self) -> str | None:
        """The id of its chat; None for one that indexes."""
        return self.value.chat

    @property
    def message_id(self) -> str | None:
        """The id of the message that it makes; None for one that indexes."""
        return self.value.message

    @property
    def made_here(self) -> bool:
        """Whether this process makes it now: another one's goes on whatever becomes of this process."""
        return self._runner.makes(self.id)

    async def events(self, after: int = 0) -> AsyncIterator[Event]:
        """Every event after `seq` `after`: those that are there, then those that come, until the run has ended.

        Raises LogError where the log cannot be read, and UnknownRun where the run was deleted.
        """
        async for segment in self._runner.follow(self.id, after):
            for event in segment.events:
                yield event

    def segments(self, after: int = 0) -> AsyncIterator[Segment]:
        """The events after `after` as they are kept: many at a time, with their bytes."""
        return self._runner.follow(self.id, after)

    async def cursor(self, after: int = 0) -> Cursor:
        """A reader's place in the run, for one that looks for itself; to be closed. Raises UnknownRun."""
        return await self._runner.cursor(self.id, after)

    async def wait(self) -> "Message":
        """The message, once the run has ended; see its `status` for how. Waits for as long as it takes."""
        return Message(self._runner, await self._runner.wait(self.id), self)

    async def cancel(self) -> "Message":
        """End the run as `cancelled` unless it has ended already, and return the message as it then stands, with what
        was said until now. May be called at any time, from anywhere, any number of times."""
        await self._runner.cancel(self.id)
        return await self.message()

    async def approve(
        self, call: str, approve: bool = True, *, arguments: dict[str, Any] | None = None, note: str | None = None
    ) -> None:
        """Consent to a call of a tool that waits for it, perhaps with other `arguments`; or refuse it, the model being
        told `note`. Raises NotWaiting where the call does not wait (any more)."""
        given = RunInput("approval", call, approve=approve, arguments=arguments, note=note)
        await self._runner.give(self.id, given)

    async def reply(self, id: str, text: str) -> None:
        """Answer what a tool asked (`input.requested` has the `id`). Raises NotWaiting where the run has ended."""
        await self._runner.give(self.id, RunInput("input", id, text))

    async def steer(self, text: str) -> None:
        """Say something to the model while the run goes on: it hears it before its next step. Raises NotWaiting where
        the run has ended."""
        await self._runner.give(self.id, RunInput("steer", text=text))

    async def waits_for(self) -> tuple[Request, ...]:
        """What it asks of people now, in the order in which it was asked."""
        return await self._runner.waits_for(self.id)

    async def last_seq(self) -> int:
        """The `seq` of the last event that is there now: what a reader follows after who wants only what comes."""
        return await self._runner.last_seq(self.id)

    async def trace(self) -> Span:
        """What it did until now, when, and how long each thing took, as a tree."""
        fold, last = TraceFold(), await self.last_seq()
        async for event in self.events():
            fold.apply(event)
            if event.seq >= last:
                break
        return fold.value()

    async def message(self) -> "Message":
        """The message as it now stands: the text so far, where the run is going."""
        if self.message_id is None:
            return Message(self._runner, await self._runner.folded(self.id), self)
        return Message(self._runner, await self._runner.message(self.message_id), self)


class Message:
    """One turn of a chat.

    A message that `answer(stream=True)` gave can be iterated at once, and read (`content`, `str()`, `status`, …) only
    once this handle has come to its end: until then those raise MessageNotReady. Every other message is as it stood
    when it was asked for.
    """

    def __init__(self, runner: RunBackend, value: MessageValue, run: Run | None = None, ready: bool = True) -> None:
        self._runner = runner
        self._known = value
        self._ready = ready
        self._run = run
        if run is None and value.run is not None:
            made = value.run, "answer", value.status, value.created_at, value.chat, value.id, value.parent, value.model
            self._run = Run(runner, RunValue(*made))

    # What is known from the start

    @property
    def id(self) -> str:
        """The message's id, the same for ever."""
        return self._known.id

    @property
    def role(self) -> Role:
        """Who speaks: `user`, `assistant`, `tool` or `system`."""
        return self._known.role

    @property
    def chat_id(self) -> str | None:
        """The id of its chat."""
        return self._known.chat

    @property
    def parent_id(self) -> str | None:
        """The id of the message before it on its branch; None for the first."""
        return self._known.parent

    @property
    def created_at(self) -> int:
        """When it was asked for, in Unix milliseconds."""
        return self._known.created_at

    @property
    def run(self) -> Run:
        """The run that makes it. Raises AttributeError for messages that nobody generates, such as the user's."""
        if self._run is None:
            raise AttributeError(f"message {self.id} is by the {self.role}: it has no run")
        return self._run

    # What is known at the end

    @property
    def value(self) -> MessageValue:
        """All of it, as an immutable value. Raises MessageNotReady."""
        if not self._ready:
            raise MessageNotReady(
                "this answer has not been read to its end: iterate it with `async for chunk in message`, or"
                " `await message.read()`, before you use its text",
                message_id=self.id,
            )
        return self._known

    @property
    def content(self) -> str:
        """The text. Raises MessageNotReady."""
        return self.value.content

    @property
    def parts(self) -> tuple[Part, ...]:
        """Text, reasoning, calls of tools and media, in order. Raises MessageNotReady."""
        return self.value.parts

    @property
    def sources(self) -> tuple[Source, ...]:
        """The passages that the answer was given to stand on. Raises MessageNotReady."""
        return self.value.sources

    @property
    def status(self) -> Status:
        """Where it stands; equal to its plain string. Raises MessageNotReady."""
        return self.value.status

    @property
    def error(self) -> RunnelError | None:
        """Why it `failed` or was `interrupted`, as an error of its own class. Raises MessageNotReady."""
        error = self.value.error
        return None if error is None else error.error()

    @property
    def finish_reason(self) -> str | None:
        """Why the model stopped, in the vendor's word. Raises MessageNotReady."""
        return self.value.finish_reason

    @property
    def usage(self) -> Usage | None:
        """The tokens taken and given. Raises MessageNotReady."""
        return self.value.usage

    @property
    def model(self) -> str | None:
        """The name of the model that answered. Raises MessageNotReady."""
        return self.value.model

    def __str__(self) -> str:
        return self.content

    def __repr__(self) -> str:
        return f"Message({self.role}, {self.status.value}, {self.content!r})"

    # Reading

    async def read(self) -> str:
        """Wait for the end, and return the text."""
        if not self._ready:
            await self._become_ready()
        return self.content

    async def __aiter__(self) -> AsyncIterator[Chunk]:
        """The whole text in chunks, from its start, as it comes. See `Chunk.replaces`."""
        if self._run is None:
            if self.content:
                yield Chunk(self.content)
            return
        fold = ChunkFold()
        async for segment in self._run.segments():
            for event in segment.events:
                chunk = fold.apply(event)
                if chunk is not None:
                    yield chunk
        await self._become_ready()

    async def _become_ready(self) -> None:
        if not self._ready:
            self._known = await self._runner.wait(self.run.id)
            self._ready = True
