"""How a question is answered: what an answer's run does, from its turn in the queue to the model's last word."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Sequence

import msgspec

from ..database import Database
from ..errors import CannotContinue, ToolInvalid, UnknownRun
from ..models.base import Model, context_window, takes_prefill
from ..runs.runner import Runner
from ..runs.task import Body, RunContext
from ..store import Chats, RunRow
from ..tools import Tool
from ..tools.retrieving import SearchTool
from ..vocabulary.chats import ChatSettings
from ..vocabulary.events import SourcesFound, StatusLine, TextDelta
from ..vocabulary.messages import MediaPart, MessageValue, Source, Status
from ..vocabulary.prompt import Prompt
from ..vocabulary.usage import estimate_tokens
from .agent import Agent
from .history import page_size, read_history
from .models import GivenModels
from .reading import Reading
from .searching import Found
from .tools import GivenTools

__all__ = ["Answering", "Search"]

# (question, ids of documents) → the passages to stand on.
Search = Callable[[str, Sequence[str]], Awaitable[tuple[Source, ...]]]

# Where a model does not say how much it takes. Small enough for any hosted model of today.
_CONTEXT_WINDOW = 100_000
# The part of the window that is left for the answer.
_FOR_THE_ANSWER = 4
_OWNER_LOOK = 0.5


class Answering:
    """Makes the bodies of answers' runs, from what is stored of them: the same for a run that was just asked for and
    for one that was found again."""

    def __init__(
        self,
        database: Database,
        runner: Runner,
        chats: Chats,
        models: GivenModels,
        tools: GivenTools,
        reading: Reading,
        search: Callable[[str | None], Search],
    ) -> None:
        """`search` gives what finds the sources in the documents of a user."""
        self._database = database
        self._runner = runner
        self._chats = chats
        self._models = models
        self._tools = tools
        self._reading = reading
        self._search = search

    def body(self, row: RunRow) -> Body:
        """What the run does."""
        return self._answer

    async def _answer(self, context: RunContext) -> str:
        row = context.row
        assert row.chat is not None
        assert row.spec.question is not None
        assert row.spec.model is not None
        if row.spec.queued_behind:
            if row.spec.after is not None:
                with contextlib.suppress(UnknownRun):  # it was deleted
                    await self._runner.wait(row.spec.after)
            await self._wait_for_turn(row.id, row.chat)
        model = await self._models.wait(row.spec.model, row.chat, context.settings.model_wait)
        given = row.spec.settings
        chat, asked, before = await self._chats.turn(
            row.chat, row.spec.question, lambda settings: _first_page(given or settings)
        )
        settings = given or chat.settings
        search = self._search(chat.user)
        question, unasked = asked, tuple[MessageValue, ...]()
        if asked.role != "user":  # the results of calls, or what the assistant said
            question, unasked = msgspec.structs.replace(asked, parts=()), (asked,)
        found_again = row.status is Status.WAITING
        found = Found((await context.message()).sources if found_again else ())
        tools = await self._find_tools(row.chat, settings, context.settings.model_wait, found, search)
        context.parked = False
        if not found_again:
            context.change_status(Status.RUNNING)
            if settings.documents:
                await self._reading.wait(context, settings.documents, chat.user)
        sources = await self._find_sources(context, question.content, settings, found_again, search)
        found.add(sources)
        partial = await self._partial(row.spec.going_on, model)
        prompt = Prompt(
            question.content,
            (*await self._history(question, before, settings, model, sources), *unasked),
            settings.system,
            sources,
            tuple(part for part in question.parts if isinstance(part, MediaPart)),
            (*tools.values(), *settings.client_tools),
            output=settings.output,
            sampling=settings.sampling,
            prefill=partial,
        )
        if partial is not None and not found_again:
            # Before the first step, so that no further attempt of that step withdraws it.
            context.emit(TextDelta(partial))
        theirs = frozenset(tool.name for tool in settings.client_tools)
        agent = Agent(context, model, prompt, tools, settings.limits, settings.steering, found, theirs)
        return await agent.run(found_again)

    async def _wait_for_turn(self, id: str, chat: str) -> None:
        number = (await self._runner.runs.get(id)).number
        signal = self._database.signal(f"chat:{chat}")
        with self._database.watch():
            while True:
                version = signal.version
                earlier = [row for row in await self._runner.runs.going(chat) if row.number < number]
                if not earlier:
                    break
                if await self._runner.settle(earlier[0]):
                    continue
                # Nothing fires when the owner of an earlier run dies.
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(signal.after(version), _OWNER_LOOK)
        await self._runner.runs.take_turn(id)

    async def _find_tools(
        self, chat: str, settings: ChatSettings, seconds: float, found: Found, search: Search
    ) -> dict[str, Tool]:
        tools = dict(await self._tools.wait(settings.tools, chat, seconds)) if settings.tools else {}
        if settings.retrieval == "tool" and settings.documents:
            searching = SearchTool(search, settings.documents, number=found.number)
            tools[searching.name] = searching
        for tool in settings.client_tools:
            if tool.name in tools:
                raise ToolInvalid(f"two tools are called {tool.name!r}: the chat has one already", tool=tool.name)
        return tools

    async def _find_sources(
        self, context: RunContext, question: str, settings: ChatSettings, found_again: bool, search: Search
    ) -> tuple[Source, ...]:
        if not settings.documents or settings.retrieval == "tool":
            return ()
        if found_again:
            return next((event.sources for event in await context.recorded() if isinstance(event, SourcesFound)), ())
        count = len(settings.documents)
        context.emit(StatusLine(f"Searching {count} document{'s' if count > 1 else ''}"))
        sources = await search(question, settings.documents)
        context.emit(SourcesFound(sources))
        return sources

    async def _partial(self, going_on: str | None, model: Model) -> str | None:
        if going_on is None:
            return None
        if not takes_prefill(model):
            raise CannotContinue(f"the model {model.name} cannot go on from a partial answer", model=model.name)
        return (await self._chats.message(going_on)).content

    async def _history(
        self,
        question: MessageValue,
        before: list[MessageValue],
        settings: ChatSettings,
        model: Model,
        sources: Sequence[Source],
    ) -> tuple[MessageValue, ...]:
        window = context_window(model) or _CONTEXT_WINDOW
        taken = estimate_tokens(
            len(question.content) + len(settings.system or "") + sum(len(source.text) for source in sources)
        )
        answer = settings.sampling.max_tokens or window // _FOR_THE_ANSWER

        async def read(head: str, limit: int) -> list[MessageValue]:
            if head == question.parent and limit == _first_page(settings):
                return before
            return await self._chats.branch(head, limit)

        return await read_history(read, question.parent, settings.history, window - taken - answer)


def _first_page(settings: ChatSettings) -> int:
    return page_size(settings.history)
