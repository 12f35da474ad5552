"""`Runnel` over a database of this machine, as all of it is seen, or what is one user's."""

import asyncio
import warnings
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from .backend import WantedChat
from .chats import keys
from .chats.chat import Chat
from .chats.indexing import GivenDocument
from .chats.models import GivenModels
from .chats.notifying import checked
from .chats.rooms import ChatRooms
from .errors import UnknownChat
from .ids import new_id
from .models.base import Model
from .models.registry import Registry
from .retrieval import AddReport, Retrieval
from .rooms import Rooms
from .runs.handles import Message, Run
from .store import RunRow, now_ms
from .tools import ToolLike
from .tools.offers import Offer
from .vocabulary.chats import ChatSettings, ChatValue, Limits
from .vocabulary.messages import Status
from .vocabulary.prompt import Sampling

__all__ = ["Embedded"]


@dataclass(frozen=True)
class Embedded:
    """A Backend. `seen` are the chats, runs and documents that are there for whom this is: what is named by an id is
    looked for there."""

    rooms: Rooms
    seen: ChatRooms

    def as_user(self, user: str) -> "Embedded":
        return Embedded(self.rooms, self.rooms.chats.as_user(user))

    @property
    def models(self) -> Registry:
        return self.rooms.registry

    @property
    def documents(self) -> Retrieval:
        return self.seen.documents

    async def default_model(self) -> str:
        return self.rooms.config.model or await self.rooms.registry.default_model()

    async def tools(self) -> Sequence[Offer]:
        return await self.rooms.tools.offers.all()

    async def chat(self, wanted: WantedChat) -> Chat:
        rooms, seen = self.rooms, self.seen
        named = None if wanted.key is None else keys.canonical(wanted.key)
        head = None if wanted.after is None else (await seen.chats.message(wanted.after)).id
        found = None if named is None else await seen.chats.by_key(named)
        if found is not None:
            rooms.give(found, wanted.model, wanted.tools)
            return Chat(seen, found)
        config = rooms.config
        reference = GivenModels.reference(wanted.model or await self.default_model())
        if not isinstance(wanted.model, Model):
            rooms.registry.resolve(reference)
        settings = ChatSettings(
            reference,
            wanted.system if wanted.system is not None else config.system,
            config.history if wanted.history is None else wanted.history,
            await self._ids(wanted.documents),
            wanted.sampling or Sampling(),
            wanted.if_busy,
            limits=wanted.limits or Limits(),
            retrieval=wanted.retrieval,
            steering=wanted.steering,
            output=None if wanted.output is None else dict(wanted.output),
            notify=None if wanted.notify is None else checked(wanted.notify, rooms.secret),
        )
        now = now_ms()
        id = new_id("chat")
        settings = msgspec.structs.replace(settings, tools=rooms.tools.give(id, wanted.tools))
        new = ChatValue(id, settings, now, now, wanted.title, head, named, seen.user, unlisted=wanted.unlisted)
        value = await seen.chats.add(new)
        rooms.give(value, wanted.model, wanted.tools)
        return Chat(seen, value)

    async def _ids(self, documents: Sequence[GivenDocument]) -> tuple[str, ...]:
        if not documents:
            return ()
        _, report = await self.index(documents)
        found = await report
        if found.failed and not found.ids:
            raise found.failed[0]
        for failure in found.failed:
            warnings.warn(f"not indexed: {failure}", stacklevel=5)
        return tuple(found.ids)

    async def find_chat(self, key: Mapping[str, Any]) -> Chat:
        found = await self.seen.chats.by_key(keys.canonical(key))
        if found is None:
            raise UnknownChat(f"there is no chat with the key {dict(key)}")
        return Chat(self.seen, found)

    async def get_chat(self, id: str, model: Model | str | None, tools: Sequence[ToolLike] | None) -> Chat:
        rooms = self.rooms
        chat = Chat(self.seen, await self.seen.chats.get(id))
        if tools is not None and rooms.tools.give(id, tools) != chat.settings.tools:
            await chat.change(tools=tools)
        if model is None:
            return chat
        if isinstance(model, str):
            rooms.registry.resolve(model)
        else:
            rooms.given.give(id, model)
        if GivenModels.reference(model) != chat.settings.model:
            await chat.change(model=model)
        return chat

    async def chats(self, limit: int, before: str | None, search: str | None) -> list[Chat]:
        found = await self.seen.chats.search(search or "", limit, before)
        return [Chat(self.seen, value, match) for value, match in found]

    async def count_chats(self) -> int:
        return await self.seen.chats.count()

    async def run(self, id: str) -> Run:
        return self._run(await self.seen.runs.get(id))

    async def runs(
        self, limit: int, before: str | None, chat: str | None, statuses: Collection[Status] | None
    ) -> list[Run]:
        return [self._run(row) for row in await self.seen.runs.newest(limit, before, chat, statuses)]

    async def count_going(self) -> int:
        return await self.seen.runs.count_going()

    async def count_by_status(self) -> dict[str, int]:
        return await self.seen.runs.count_by_status()

    def _run(self, row: RunRow) -> Run:
        return Run(self.rooms.runner, row.value)

    async def message(self, id: str) -> Message:
        runner = self.rooms.runner
        return Message(runner, await runner.current(await self.seen.chats.message(id)))

    async def index(self, documents: Sequence[GivenDocument]) -> tuple[Run, "asyncio.Future[AddReport]"]:
        return await self.rooms.indexing.start(documents, self.seen.user)
