"""A server as what stands behind a `Runnel`."""

import asyncio
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

import msgspec

from ..backend import WantedChat
from ..chats import keys
from ..chats.chat import Chat
from ..chats.indexing import GivenDocument
from ..errors import ConfigError, Misuse, UnknownChat
from ..models.base import Model
from ..retrieval import AddReport
from ..retrieval.documents import Upload
from ..runs.handles import Message, Run
from ..tools import ToolLike
from ..tools.offers import Offer
from ..vocabulary.chats import ChatSettings, ChatValue, Match
from ..vocabulary.messages import Status
from .chats import RemoteChat, named_model, named_tools
from .connection import Connection
from .documents import RemoteDocuments
from .models import RemoteModels
from .runs import RemoteRuns, RunAnswer, part

__all__ = ["Remote"]


class _Summary(msgspec.Struct):
    id: str
    title: str
    created_at: int
    updated_at: int
    settings: ChatSettings
    head: str | None = None
    key: str | None = None
    going: str | None = None
    match: Match | None = None

    @property
    def value(self) -> ChatValue:
        return ChatValue(
            self.id,
            self.settings,
            self.created_at,
            self.updated_at,
            self.title,
            self.head,
            self.key,
            going=self.going,
        )


class _Tools(msgspec.Struct):
    tools: list[Offer]


class _Chats(msgspec.Struct):
    chats: list[_Summary]


class _Runs(msgspec.Struct):
    runs: list[RunAnswer]


class Remote:
    """A Backend: a server at `url`, as the user whose `token` it is sees it."""

    def __init__(self, url: str, token: str | None, patience: float) -> None:
        if token is not None and not (token.isascii() and token.isprintable() and token.strip()):
            raise ConfigError("a token is printable ASCII, in one line: see `runnel users token`")
        self._connection = Connection(url, token, patience)
        self._runs = RemoteRuns(self._connection)
        self.models = RemoteModels(self._connection)
        self.documents = RemoteDocuments(self._connection)
        self._indexing: set[asyncio.Task[AddReport]] = set()

    @property
    def is_open(self) -> bool:
        """Whether it was opened, and not closed since."""
        return self._connection.is_open

    async def open(self) -> None:
        """Be ready, and see that the server is there and lets one in. Raises ServerUnreachable, Unauthenticated."""
        self._connection.open()
        try:
            await self.models.listed(patient=False)
        except BaseException:
            await self._connection.close()
            raise

    async def close(self) -> None:
        """Leave. What runs on the server goes on. Idempotent."""
        for task in self._indexing:
            task.cancel()
        await self._connection.close()

    def as_user(self, user: str) -> "Remote":
        """Who one is, is the token's to say."""
        raise Misuse("who one is on a server is said with token=")

    async def default_model(self) -> str:
        """See Runnel."""
        return await self.models.default_model()

    async def tools(self) -> Sequence[Offer]:
        """See Runnel."""
        return (await self._connection.ask(_Tools, "GET", "/api/tools")).tools

    async def chat(self, wanted: WantedChat) -> Chat:
        """See Runnel."""
        if wanted.after is not None or wanted.unlisted:
            raise Misuse("after= and unlisted= are for a database of this machine: fork a chat of the server's")
        body: dict[str, Any] = {
            "title": wanted.title,
            "if_busy": wanted.if_busy,
            "tools": named_tools(wanted.tools),
            "retrieval": wanted.retrieval,
            "steering": wanted.steering,
            "documents": await self._uploaded(wanted.documents),
        }
        given = {
            "model": None if wanted.model is None else named_model(wanted.model),
            "history": wanted.history,
            "system": wanted.system,
            "sampling": wanted.sampling,
            "limits": wanted.limits,
            "key": None if wanted.key is None else dict(wanted.key),
            "notify": wanted.notify,
            "output": None if wanted.output is None else dict(wanted.output),
        }
        body |= {name: value for name, value in given.items() if value is not None}
        once = wanted.key is None
        return self._chat(await self._connection.ask(ChatValue, "POST", "/api/chats", body, once=once))

    async def _uploaded(self, documents: Sequence[GivenDocument]) -> list[str]:
        if not documents:
            return []
        _, report = await self.index(documents)
        found = await report
        if found.failed and not found.ids:
            raise found.failed[0]
        return list(found.ids)

    def _chat(self, value: ChatValue) -> Chat:
        return RemoteChat(self._connection, value)

    async def find_chat(self, key: Mapping[str, Any]) -> Chat:
        """See Runnel."""
        found = await self._listed({"key": keys.canonical(key)})
        if not found:
            raise UnknownChat(f"there is no chat with the key {dict(key)}")
        return found[0]

    async def _listed(self, query: Mapping[str, Any]) -> list[Chat]:
        found = await self._connection.ask(_Chats, "GET", "/api/chats", query={**query, "settings": "true"})
        return [RemoteChat(self._connection, one.value, one.match) for one in found.chats]

    async def get_chat(self, id: str, model: Model | str | None, tools: Sequence[ToolLike] | None) -> Chat:
        """See Runnel."""
        chat = self._chat(await self._connection.ask(ChatValue, "GET", f"/api/chats/{part(id)}"))
        if model is not None and named_model(model) != chat.settings.model:
            await chat.change(model=model)
        if tools is not None and tuple(named_tools(tools)) != chat.settings.tools:
            await chat.change(tools=tools)
        return chat

    async def chats(self, limit: int, before: str | None, search: str | None) -> list[Chat]:
        """See Runnel."""
        return await self._listed({"limit": limit, "before": before, "search": search})

    async def count_chats(self) -> int:
        """A server is not asked that."""
        raise Misuse("how many there are is not told by a server: list them by pages")

    async def count_going(self) -> int:
        """See Runnel; no more than a page of them is counted."""
        return len(await self.runs(1000, None, None, [status for status in Status if not status.ended]))

    async def count_by_status(self) -> dict[str, int]:
        """A server tells its operator, at `/metrics`."""
        raise Misuse("how many runs there are of each status is told by a server's /metrics")

    async def run(self, id: str) -> Run:
        """See Runnel."""
        return Run(self._runs, (await self._runs.get(id)).value)

    async def runs(
        self, limit: int, before: str | None, chat: str | None, statuses: Collection[Status] | None
    ) -> list[Run]:
        """See Runnel."""
        status = None if statuses is None else ",".join(statuses)
        query = {"limit": limit, "before": before, "chat": chat, "status": status}
        found = await self._connection.ask(_Runs, "GET", "/api/runs", query=query)
        return [Run(self._runs, answer.value) for answer in found.runs]

    async def message(self, id: str) -> Message:
        """See Runnel."""
        return Message(self._runs, await self._runs.message(id))

    async def index(self, documents: Sequence[GivenDocument]) -> tuple[Run, "asyncio.Future[AddReport]"]:
        """See Runnel: files of this machine are uploaded; folders and patterns are not."""
        ids = [one for one in documents if isinstance(one, str) and one.startswith("doc_")]
        uploads = [await asyncio.to_thread(_upload, one) for one in documents if one not in ids]
        answer = await self.documents.upload(uploads, ids)
        run = Run(self._runs, answer.run.value)
        report = asyncio.ensure_future(self.documents.report(run, [*ids, *(one.id for one in answer.documents)]))
        self._indexing.add(report)
        report.add_done_callback(self._indexing.discard)
        return run, report


def _upload(document: GivenDocument) -> Upload:
    if isinstance(document, Upload):
        return document
    if isinstance(document, bytes):
        return Upload("document", document)
    path = Path(os.fspath(document)).expanduser()
    if not path.is_file():
        raise Misuse(f"{path} is no file: a server is sent files, one by one")
    return Upload(path.name, path.read_bytes())
