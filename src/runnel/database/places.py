"""A place: where a reader is in something that grows. It looks without waiting, and is told when another look is worth
it."""

from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol, TypeVar

from .signals import Signal

__all__ = ["Place", "all_at", "unheard"]

T_co = TypeVar("T_co", covariant=True)


class Place(Protocol[T_co]):
    """`take` gives what is there after the place, which is after that then; nothing where there is nothing yet, or it
    is `over`: nothing can follow. `changed`, set before the first `take`, is called when there may be more."""

    changed: Callable[[], None]

    @property
    def over(self) -> bool: ...
    async def take(self) -> Sequence[T_co]: ...
    def close(self) -> None: ...


def unheard() -> None:
    """What a place calls until somebody says what."""


async def all_at(place: Place[T_co]) -> AsyncIterator[T_co]:
    """All that comes at a place, until it is over; closes it then, also where its reader leaves."""
    signal = Signal()
    place.changed = signal.fire
    try:
        while not place.over:
            version = signal.version  # before the look: what comes after it fires a later one
            taken = await place.take()
            for one in taken:
                yield one
            if not taken and not place.over:
                await signal.after(version)
    finally:
        place.close()
