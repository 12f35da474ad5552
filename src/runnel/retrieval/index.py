"""What an index of chunks promises, whatever stands behind it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import msgspec

from .chunking import Chunk

__all__ = ["Hit", "Index"]


class Hit(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """A chunk that fits a question: the `position`-th of `content`. `score` is higher for better."""

    content: int
    position: int
    score: float


class Index(ABC):
    """Finds chunks by questions.

    A content is one version of a document's text, named by a number; numbers are never used again. Chunks may come in
    several portions, and are searched for only when a search names their content, so one that is only half there does
    no harm.

    Promises: `add` and `remove` are idempotent, and durable once they return. A search gives chunks of the contents it
    names and no others, each once, the best first, at most `limit`; equal scores in order of content and position. Any
    string is a question: one without words, or whose words occur nowhere, has no hits. Nothing blocks the event loop.

    Errors: LogError and its children where the storage fails.
    """

    @abstractmethod
    async def add(self, content: int, title: str, chunks: Sequence[Chunk]) -> None:
        """Take `chunks` of `content` in; those that are there already are replaced."""

    @abstractmethod
    async def remove(self, content: int, count: int) -> None:
        """Forget the chunks of `content`, whose positions are below `count`."""

    @abstractmethod
    async def search(self, question: str, contents: Sequence[int], limit: int) -> list[Hit]:
        """The chunks of `contents` that fit `question` best."""
