"""The sources that the tools of an answer find, and the numbers by which its model cites them."""

from collections.abc import Sequence

from ..vocabulary.messages import Source

__all__ = ["Found"]


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

    def number(self, source: Source) -> int:
        """The number of a source, which is added if it is new."""
        return self.add((source,))[0]
