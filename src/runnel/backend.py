"""What may stand behind a `Runnel`: a database of this machine, or a server. The object itself only asks.

So a program sees the same objects wherever its runs are made; `runnel.testing.app` holds each kind to that.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from .chats.chat import Chat
from .chats.indexing import GivenDocument
from .models.base import Model
from .models.discovery import Availability
from .retrieval import AddReport
from .retrieval.documents import Upload, several
from .retrieval.library import Document
from .retrieval.retrieval import DocumentLike
from .runs.handles import Message, Run
from .tools import ToolLike
from .tools.offers import Offer
from .vocabulary.chats import IfBusy, Limits, Retrieving, Steering
from .vocabulary.events import StatusLine
from .vocabulary.messages import Source, Status
from .vocabulary.prompt import Sampling

__all__ = ["Backend", "Documents", "Models", "WantedChat"]


@dataclass(frozen=True, kw_only=True)
class WantedChat:
    """What a chat is to be; see `Runnel.chat`."""

    model: Model | str | None
    documents: Sequence[GivenDocument]
    history: bool | int | None
    system: str | None
    sampling: Sampling | None
    if_busy: IfBusy
    title: str
    tools: Sequence[ToolLike]
    limits: Limits | None
    retrieval: Retrieving
    steering: Steering
    key: Mapping[str, Any] | None
    notify: str | None
    output: Mapping[str, Any] | None
    after: str | None
    unlisted: bool

    def __post_init__(self) -> None:
        several("documents", self.documents)
        several("tools", self.tools)


class Models(Protocol):
    """The models that can be named; see `runnel.models.registry.Registry`."""

    def resolve(self, name: str, *, allow_modules: bool = True) -> Model: ...
    async def available(self) -> list[Availability]: ...
    async def default_model(self) -> str: ...


class Documents(Protocol):
    """Documents and their texts; see `runnel.retrieval.Retrieval`."""

    max_bytes: int

    async def keep(self, upload: Upload) -> Document: ...
    async def add(
        self, documents: Sequence[DocumentLike], progress: Callable[[StatusLine], None] | None = None
    ) -> AddReport: ...
    async def search(self, question: str, documents: Sequence[str], limit: int | None = None) -> tuple[Source, ...]: ...
    async def check(self, ids: Sequence[str]) -> None: ...
    async def count(self) -> int: ...
    async def get(self, id: str) -> Document: ...
    async def text(self, id: str) -> str: ...
    async def passage(self, id: str, start: int, end: int) -> str: ...
    async def pages(self, id: str, start: int, end: int) -> Sequence[tuple[int, int]]: ...
    async def content(self, id: str) -> bytes: ...
    async def delete(self, id: str) -> None: ...
    async def remove_missing(self) -> Sequence[Document]: ...

    async def list(self, after: str | None = None, limit: int = 100) -> Sequence[Document]: ...


class Backend(Protocol):
    """Does what a `Runnel` is asked, whose methods of the same names say what that is."""

    @property
    def models(self) -> Models: ...
    @property
    def documents(self) -> Documents: ...
    async def default_model(self) -> str: ...
    async def tools(self) -> Sequence[Offer]: ...
    async def chat(self, wanted: WantedChat) -> Chat: ...
    async def find_chat(self, key: Mapping[str, Any]) -> Chat: ...
    async def get_chat(self, id: str, model: Model | str | None, tools: Sequence[ToolLike] | None) -> Chat: ...
    async def chats(self, limit: int, before: str | None, search: str | None) -> list[Chat]: ...
    async def count_chats(self) -> int: ...
    async def run(self, id: str) -> Run: ...
    async def runs(
        self, limit: int, before: str | None, chat: str | None, statuses: Collection[Status] | None
    ) -> list[Run]: ...
    async def count_going(self) -> int: ...
    async def count_by_status(self) -> dict[str, int]: ...
    async def message(self, id: str) -> Message: ...
    async def index(self, documents: Sequence[GivenDocument]) -> tuple[Run, "asyncio.Future[AddReport]"]: ...
    def as_user(self, user: str) -> "Backend": ...
