"""The search of a chat's documents, as a tool: for chats whose model decides itself what to look up."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from typing import Any

from ..errors import ToolArgumentsInvalid
from ..tools import Output, Tool, ToolContext, ToolResult
from ..vocabulary.messages import Source

__all__ = ["Found", "SearchTool"]

_PARAMETERS: Mapping[str, Any] = {
    "type": "object",
    "properties": {"question": {"type": "string", "description": "What to look for, in a sentence or keywords."}},
    "required": ["question"],
    "additionalProperties": False,
}


class Found:
    """The sources of an answer: all that were found for it, each once. The model cites them by their number, from 1."""

    def __init__(self, sources: Sequence[Source] = ()) -> None:
        self._numbers = {source.id: number for number, source in enumerate(sources, 1)}
        self.sources = tuple(sources)

    def add(self, sources: Sequence[Source]) -> list[int]:
        """Add those that are new; returns the number of each."""
        for source in sources:
            if source.id not in self._numbers:
                self.sources += (source,)
                self._numbers[source.id] = len(self.sources)
        return [self._numbers[source.id] for source in sources]


class SearchTool(Tool):
    """Finds passages of the documents; what it found are sources of the answer."""

    name = "search_documents"
    description = "Search the documents of this chat. Gives the passages that suit the question best, numbered."
    idempotent = True

    def __init__(
        self,
        search: Callable[[str, Sequence[str]], Awaitable[tuple[Source, ...]]],
        documents: Sequence[str],
        found: Found,
    ) -> None:
        self.parameters = _PARAMETERS
        self._search = search
        self._documents = documents
        self._found = found

    def check(self, arguments: dict[str, Any]) -> None:
        """The question is a text."""
        if not isinstance(arguments.get("question"), str) or len(arguments) != 1:
            raise ToolArgumentsInvalid("The one argument is `question`, a text.")

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> AsyncIterator[Output]:
        """Search."""
        self.check(arguments)
        sources = await self._search(arguments["question"], self._documents)
        numbered = zip(self._found.add(sources), sources, strict=True)
        passages = [f"[{number}] {source.title}\n{source.text}" for number, source in numbered]
        yield ToolResult("\n\n".join(passages) or "Nothing was found.", sources=sources)
