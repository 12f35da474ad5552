"""Whether many write a little each: then a commit that waits a moment for the others costs each of them less."""

import time

__all__ = ["GATHER_SECONDS", "Crowd"]

# How long to wait for the others, once it pays.
GATHER_SECONDS = 0.002
# So many sources are a crowd, if each writes at most so often a second on average. One that is faster waits for its
# commit before it writes again, and would only be held up.
_MANY = 16
_MOST_A_SECOND = 150
_WINDOW_SECONDS = 0.1


class Crowd:
    """Counts who writes, for a tenth of a second at a time. `patient` is what the last one showed."""

    __slots__ = ("_count", "_sources", "_until", "patient")

    def __init__(self) -> None:
        self.patient = False
        self._sources: set[int] = set()
        self._count = 0
        self._until = 0.0

    def add(self, sources: list[int]) -> None:
        """These have written now."""
        now = time.monotonic()
        if now >= self._until:
            seconds = now - self._until + _WINDOW_SECONDS
            many = len(self._sources)
            self.patient = many >= _MANY and self._count <= many * seconds * _MOST_A_SECOND
            self._sources.clear()
            self._count = 0
            self._until = now + _WINDOW_SECONDS
        self._sources.update(sources)
        self._count += len(sources)
