"""All that an open `Runnel` has: the rooms, put together."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .chats.answering import Answering
from .chats.chat import Chat
from .chats.deleting import Deleting
from .chats.indexing import Indexing
from .chats.models import GivenModels
from .chats.notifying import Notifier, Notify, checked
from .chats.reading import Reading
from .chats.rooms import ChatRooms
from .chats.scheduling import Scheduler
from .chats.tools import GivenTools
from .database import Database, Owner, Synchronous
from .log import EventLog, MemoryLog, Observer, SQLiteLog
from .log.sqlite import MIGRATIONS as LOG_MIGRATIONS
from .models.base import Model
from .models.registry import Registry
from .retrieval import MIGRATIONS as RETRIEVAL_MIGRATIONS
from .retrieval import Retrieval
from .runs.deaths import Deaths
from .runs.runner import Runner
from .runs.settings import RunSettings
from .runs.tracing import Origin, asked_in
from .store import CALLABLE, Chats, Quotas, Runs, ScheduleValue, SearchIndex, adopt
from .store import MIGRATIONS as STORE_MIGRATIONS
from .tools import ToolLike
from .users import MIGRATIONS as USERS_MIGRATIONS
from .users import Users
from .vocabulary.chats import ChatValue

if TYPE_CHECKING:  # pydantic takes a tenth of a second to import
    from .config import Config
    from .tools.mcp import MCPServer

__all__ = ["Rooms", "open_rooms"]


class Rooms:
    """All that an open `Runnel` has."""

    def __init__(
        self,
        config: "Config",
        database: Database,
        owner: Owner,
        notify: Notify | None,
        observers: tuple[Observer, ...] = (),
        origin: Origin | None = None,
    ) -> None:
        self.config = config
        self.closing = False
        secret = config.notify.secret
        self.secret = None if secret is None else secret.get_secret_value()
        url = notify if isinstance(notify, str) else config.notify.url
        call = None if isinstance(notify, str) else notify
        told = [*([checked(url, self.secret)] if url else []), *([CALLABLE] if call else [])]
        self.database = database
        self.owner = owner
        self.users = Users(database)
        log: EventLog = MemoryLog() if database.in_memory else SQLiteLog(database)
        runs = config.runs
        settings = RunSettings(
            first_token=runs.first_token,
            between_tokens=runs.between_tokens,
            retries=runs.retries,
            close=runs.close,
            drain=runs.drain,
            model_wait=runs.model_wait,
            tracebacks=runs.tracebacks,
        )
        limits = config.server.limits
        quotas = Quotas(limits.chats, limits.runs)
        self.store, stored_runs = Chats(database, quotas=quotas), Runs(database, told, quotas=quotas)
        self.search_index = SearchIndex(database)
        log.observers = observers
        self.runner = Runner(database, log, stored_runs, self.store, owner, settings)
        self.runner.origin = origin
        self.deaths = Deaths(owner, stored_runs, self.runner.recover)
        self.notifier = Notifier(database, self.runner, owner, call, self.secret, config.notify.timeout)
        self.registry = Registry(
            {name: _plain(provider) for name, provider in config.providers.items()}, connect_timeout=runs.connect
        )
        self.given = GivenModels(self.registry.resolve)
        self.retrieval = Retrieval(
            database,
            max_bytes=config.documents.max_bytes,
            budget_tokens=config.documents.budget_tokens,
            most=limits.documents,
        )
        self.indexing = Indexing(self.runner, self.retrieval)
        self.tools = GivenTools(_servers(config), config.tools)
        answering = Answering(
            database,
            self.runner,
            self.store,
            self.given,
            self.tools,
            Reading(self.runner, self.retrieval),
            lambda user: self.retrieval.as_user(user).search,
        )
        self.runner.kinds = {"answer": answering.body, "index": self.indexing.body}
        self.scheduler = Scheduler(database, self.runner, self._ask, config.time_zone)
        self.deleting = Deleting(database, self.runner)
        self.chats = ChatRooms(
            self.runner,
            self.store,
            stored_runs,
            self.retrieval,
            self.given,
            self.tools,
            self.scheduler,
            self.deleting,
        )

    def give(self, chat: ChatValue, model: Model | str | None, tools: Sequence[ToolLike]) -> None:
        """Take the objects that the settings of a chat refer to."""
        if isinstance(model, Model) and GivenModels.reference(model) == chat.settings.model:
            self.given.give(chat.id, model)
        self.tools.give(chat.id, tools)

    async def adopt(self, user: str) -> tuple[int, int]:
        """Hand what is nobody's to a user; returns how many chats and documents."""
        return await adopt(self.database, user), await self.retrieval.adopt(user)

    async def _ask(self, schedule: ScheduleValue, run: str) -> None:
        chat = Chat(self.chats, await self.store.get(schedule.chat))
        with asked_in(schedule.trace):
            await chat.start(schedule.question, media=schedule.media, if_busy="enqueue", id=run)

    async def drain(self) -> None:
        """Start nothing more, wait for the runs that are going, then interrupt them."""
        await self.scheduler.close()
        await self.deaths.close()
        await self.runner.close()

    async def close(self) -> None:
        await self.deleting.close()
        await self.search_index.close()
        await self.drain()
        await self.tools.close()
        await self.notifier.close()
        await self.registry.aclose()
        await self.retrieval.close()
        await self.database.close()
        self.owner.release()


async def open_rooms(
    path: Path | None,
    config: "Config",
    go_on: bool,
    notify: Notify | None,
    observers: tuple[Observer, ...] = (),
    origin: Origin | None = None,
) -> Rooms:
    """Open the database at `path`, or one in memory, and settle what a process that died has left."""
    database = Database(path, Synchronous(config.synchronous))
    await database.open(LOG_MIGRATIONS, STORE_MIGRATIONS, RETRIEVAL_MIGRATIONS, USERS_MIGRATIONS)
    owner = Owner(None if path is None else str(path))
    try:
        owner.hold()
        rooms = Rooms(config, database, owner, notify, observers, origin)
        await rooms.runner.recover(go_on)
        if go_on:
            await rooms.deleting.finish()
            rooms.search_index.start()
            rooms.scheduler.start()
            rooms.notifier.start()
            if path is not None:  # else nobody else is there
                rooms.deaths.start()
    except BaseException:
        owner.release()
        await database.close()
        raise
    return rooms


def _servers(config: "Config") -> "dict[str, MCPServer]":
    """The servers of tools that the settings name, by the references of their tools."""
    if not config.mcp:
        return {}
    from .tools.mcp import MCPServer

    found = []
    for name, one in config.mcp.items():
        settings = one.model_dump(exclude={"command", "env", "headers"})
        env = {key: value.get_secret_value() for key, value in one.env.items()}
        headers = {key: value.get_secret_value() for key, value in one.headers.items()}
        found.append(MCPServer(one.command, name=name, env=env, headers=headers, **settings))
    return {server.reference: server for server in found}


def _plain(provider: Any) -> dict[str, Any]:
    """A provider's settings as the registry takes them, its keys in plain text."""
    settings: dict[str, Any] = provider.model_dump(exclude_none=True, exclude_unset=True)
    if provider.api_key is not None:
        settings["api_key"] = provider.api_key.get_secret_value()
    if provider.headers:
        settings["headers"] = {name: value.get_secret_value() for name, value in provider.headers.items()}
    return settings
