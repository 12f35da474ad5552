"""Where readers begin, in a run or in a chat's feed; and how a run looks to those who want its sources elsewhere."""

from collections.abc import Callable, Sequence

from ...chats.chat import Chat
from ...errors import InvalidRequest
from ...log import Cursor, Segment
from ...runs.handles import Run
from ...store import Feed
from ...vocabulary.chats import ChatChange
from ...vocabulary.messages import Source
from .frames import Frame, Sources, about_sources, frames, with_sources

__all__ = ["RunPlace", "View", "place_in", "place_in_feed"]


class View:
    """A run's frames, with its sources where they are asked for: in `sources.found`, in `run.ended`, or nowhere."""

    def __init__(self, sources: Sources = "first") -> None:
        self.sources = sources
        self.found: Sequence[Source] = ()

    def shares(self, segment: Segment) -> bool:
        """Whether these readers get what all get."""
        return self.sources == "first" or not about_sources(segment)

    def frames(self, segment: Segment, make: Callable[[Segment], Sequence[Frame]] = frames) -> Sequence[Frame]:
        """The frames of a segment, as `make` makes them for all."""
        made = segment.view(make)
        return made if self.shares(segment) else with_sources(made, self.found)


class RunPlace:
    """A cursor that finds out the run's sources when it comes to its end, for the `view`."""

    def __init__(self, cursor: Cursor, run: Run, view: View) -> None:
        self.close = cursor.close
        self._cursor = cursor
        self._run = run
        self._view = view

    @property
    def over(self) -> bool:
        """See Cursor."""
        return self._cursor.over

    @property
    def whole(self) -> bool:
        """See Cursor."""
        return self._cursor.whole

    @property
    def seq(self) -> int:
        """See Cursor."""
        return self._cursor.seq

    def take_now(self) -> None:
        """It may have to look for the sources."""

    async def take(self) -> Sequence[Segment]:
        """See Cursor."""
        taken = await self._cursor.take()
        if taken and taken[-1].ended:
            self._view.found = (await self._run.message()).sources
        return taken


async def place_in(
    run: Run, after: int, changed: Callable[[], None], view: View | None = None
) -> tuple[Cursor | RunPlace, Sequence[Segment]] | None:
    """A place in a run and what is visible after it; None where nothing will ever be, since it has ended before. Raises
    InvalidRequest where the run has not come so far, and UnknownRun."""
    cursor = await run.cursor(after)
    cursor.changed = changed
    place = RunPlace(cursor, run, view) if view is not None and view.sources == "last" else cursor
    try:
        taken = await place.take()
        if not taken and not place.over and after and after > (last := await run.last_seq()):
            raise InvalidRequest(f"run {run.id} has no event {after} yet: the last is {last}", run=run.id)
    except BaseException:
        place.close()
        raise
    if place.over and not taken:
        place.close()
        return None
    return place, taken


async def place_in_feed(chat: Chat, after: int, changed: Callable[[], None]) -> tuple[Feed, Sequence[ChatChange]]:
    """A place in a chat's feed and what is there after it. Raises InvalidRequest where it has not come so far, and
    UnknownChat."""
    feed = await chat.feed(after)
    feed.changed = changed
    try:
        taken = await feed.take()
        if not taken and not feed.over and after and after > (last := await feed.last()):
            raise InvalidRequest(f"chat {chat.id} has no change {after} yet: the last is {last}", chat=chat.id)
    except BaseException:
        feed.close()
        raise
    return feed, taken
