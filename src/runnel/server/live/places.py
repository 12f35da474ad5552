"""What one socket follows: a place in a run or in a chat's feed, and the messages that it makes of what it takes."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import msgspec

from ...chats.chat import Chat
from ...errors import RunnelError, UnknownChat, UnknownRun
from ...log import Segment
from ...runs.handles import Run
from ...vocabulary.chats import ChatChange
from ..problems import problem
from ..streaming.frames import Sources
from ..streaming.places import View, place_in, place_in_feed
from ..streaming.responses import Opened, Place

__all__ = ["Followed", "FollowedChat", "FollowedRun"]


class Followed:
    """A place, first after `after`, and what was taken there. `about` is what all its messages begin with. `ready` is
    called with it when there is more; it is in the socket's queue once."""

    def __init__(self, kind: str, id: str, after: int, ready: "Callable[[Followed], None]") -> None:
        self.key = (kind, id)
        self.about = b'{"%b":%b,' % (kind.encode(), msgspec.json.encode(id))
        self.queued = True  # until it is opened
        self.after = after
        self.place: Place[Any] | None = None
        self._first: Sequence[Any] = ()
        self._ready = ready

    async def open(self) -> bool:
        """Find the place; returns whether anything will ever come. Raises RunnelError."""
        opened = await self._open()
        if opened is None:
            return False
        self.place, self._first = opened
        return True

    async def take(self) -> list[bytes]:
        """The messages for what is visible now."""
        assert self.place is not None
        taken, self._first = self._first or await self.place.take(), ()
        return [message for one in taken for message in self._messages(one)]

    def changed(self) -> None:
        """There may be more."""
        if not self.queued:
            self.queued = True
            self._ready(self)

    def close(self) -> None:
        """Follow no more. Idempotent."""
        self.queued = True
        if self.place is not None:
            self.place.close()

    @property
    def over(self) -> bool:
        """See Place."""
        return self.place is None or self.place.over

    @property
    def whole(self) -> bool:
        """See Place."""
        return self.place is not None and self.place.whole

    def problem(self, error: RunnelError) -> bytes:
        """The message that nothing more comes, and why."""
        return b'%b"problem":%b}' % (self.about, msgspec.json.encode(problem(error)))

    def gone(self) -> RunnelError:
        """That what was followed has been deleted."""
        raise NotImplementedError

    async def _open(self) -> Opened[Any]:
        raise NotImplementedError

    def _messages(self, taken: Any) -> Iterable[bytes]:
        raise NotImplementedError


class FollowedRun(Followed):
    """A run that one socket follows."""

    def __init__(self, run: Run, after: int, sources: Sources, ready: Callable[[Followed], None]) -> None:
        super().__init__("run", run.id, after, ready)
        self._run = run
        self._view = View(sources)

    def gone(self) -> RunnelError:
        """See Followed."""
        return UnknownRun(f"run {self._run.id} has been deleted", run=self._run.id)

    async def _open(self) -> Opened[Segment]:
        return await place_in(self._run, self.after, self.changed, self._view)

    def _messages(self, taken: Segment) -> Iterable[bytes]:
        return [self.about + frame.line[1:] for frame in self._view.frames(taken)]


class FollowedChat(Followed):
    """A chat's feed that one socket follows."""

    def __init__(self, chat: Chat, after: int, ready: Callable[[Followed], None]) -> None:
        super().__init__("chat", chat.id, after, ready)
        self._chat = chat

    def gone(self) -> RunnelError:
        """See Followed."""
        return UnknownChat(f"chat {self._chat.id} has been deleted", chat=self._chat.id)

    async def _open(self) -> Opened[ChatChange]:
        return await place_in_feed(self._chat, self.after, self.changed)

    def _messages(self, taken: ChatChange) -> Iterable[bytes]:
        return [b'%b"change":%b}' % (self.about, msgspec.json.encode(taken))]
