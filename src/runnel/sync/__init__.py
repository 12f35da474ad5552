"""Runnel without `await`: the same objects, each method of which blocks until it is done.

    from runnel.sync import Runnel

    with Runnel() as app:
        chat = app.chat(model="openai:gpt-5-mini")
        for chunk in chat.answer("What is Ragna?", stream=True):
            print(chunk, end="")

A loop in a thread of its own does the work, so this can be used from any thread, and where another loop is running.
Ctrl-C ends the waiting, never the run. The types are in `__init__.pyi`, made from the awaited classes.
"""

from collections.abc import Iterator
from types import TracebackType
from typing import TYPE_CHECKING

from .. import app as _app
from ..backend import Documents, Models
from ..chats import chat as _chat
from ..chats import scheduling as _scheduling
from ..models.registry import Registry as _Registry
from ..retrieval import Retrieval as _Retrieval
from ..runs import handles as _handles
from ..users import Users as _Users
from ..vocabulary.content import Chunk
from .mirror import Mirror, mirror, wrapped
from .portal import Portal

if TYPE_CHECKING:
    from ..chats.notifying import Notify
    from ..config import Config

__all__ = ["Chat", "Chunk", "Message", "Registry", "Retrieval", "Run", "Runnel", "Schedule", "Users"]


@mirror(_handles.Run)
class Run(Mirror):
    """`runnel.Run`, blocking."""


@mirror(_handles.Message)
class Message(Mirror):
    """`runnel.Message`, blocking."""

    def __iter__(self) -> Iterator[Chunk]:
        """The whole text in chunks, from its start, as it comes. See `Chunk.replaces`."""
        return self._portal.iterate(aiter(self._inner))


@mirror(_chat.Chat)
class Chat(Mirror):
    """`runnel.Chat`, blocking."""

    def __enter__(self) -> "Chat":
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing is undone: what was asked goes on, and the chat stays."""


@mirror(_scheduling.Schedule)
class Schedule(Mirror):
    """`runnel.Schedule`, blocking."""


@mirror(_Registry, Models)
class Registry(Mirror):
    """The models that can be named, blocking."""


@mirror(_Retrieval, Documents)
class Retrieval(Mirror):
    """The documents that were indexed, blocking."""


@mirror(_Users)
class Users(Mirror):
    """The users of a server, blocking."""


@mirror(_app.Runnel)
class Runnel(Mirror):
    """`runnel.Runnel`, blocking."""

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        config: "Config | None" = None,
        go_on: bool = True,
        notify: "Notify | None" = None,
    ) -> None:
        self._inner = _app.Runnel(url, token=token, config=config, go_on=go_on, notify=notify)
        self._portal = Portal(lambda value: wrapped(value, self._portal))

    def __enter__(self) -> "Runnel":
        if not self.is_open:
            self._portal.start()
        try:
            self._portal.call(self._inner.__aenter__)
        except BaseException:
            if not self.is_open:
                self._portal.stop()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """What leaving `with` does. Idempotent."""
        try:
            if self.is_open:
                self._portal.call(self._inner.close)
        finally:
            if not self.is_open:
                self._portal.stop()
