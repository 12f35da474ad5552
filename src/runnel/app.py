"""`Runnel`: the one object that everything is asked of."""

import asyncio
from collections.abc import Callable, Collection, Coroutine, Generator, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from .backend import Backend, Documents, Models, WantedChat
from .chats.chat import Chat
from .chats.indexing import GivenDocument
from .chats.notifying import Notify
from .embedded import Embedded
from .errors import Closed, ConfigError, Misuse
from .log import Observer
from .models.base import Model
from .retrieval import AddReport
from .rooms import Rooms, open_rooms
from .runs.handles import Message, Run
from .runs.tracing import Origin
from .tools import ToolLike
from .tools.offers import Offer
from .users import Users
from .vocabulary.chats import IfBusy, Limits, Retrieving, Steering
from .vocabulary.messages import Status
from .vocabulary.prompt import Sampling

if TYPE_CHECKING:  # pydantic takes a tenth of a second to import, a client of HTTP another
    from .config import Config
    from .remote import Remote

__all__ = ["Runnel"]


class Runnel:
    """Runs, chats and documents in one database, or on a server.

    `url`: nothing is a SQLite file in the user's data directory; `sqlite:///path` one at `path`; `sqlite://` a database
    in memory, gone when it is closed; `http://…` or `https://…` a server (`runnel serve`), where `token` says whose
    chats, runs and documents these are, and `patience` how many seconds a server that is away, because it restarts, is
    waited for: models and tools are then named, not given as objects. The rest is for a database. `config` are settings
    other than those of the file and the environment. Without `go_on`, queued and waiting runs that a dead process has
    left are not begun again here: for a program that lists. `notify` is told when a run ends, or waits for a person: a
    URL, or a function (a coroutine's too) of a Notice.

    Use it as `async with Runnel() as app`. Entering opens the database and settles what a process that died has left;
    leaving waits for runs that are going (`runs.drain`, 5 seconds as a rule), then interrupts them with their partials
    kept. Raises LogError where the database cannot be used, ConfigError where a setting or `url` is wrong.
    """

    def __init__(
        self,
        url: str | None = None,
        *,
        token: str | None = None,
        config: "Config | None" = None,
        go_on: bool = True,
        notify: Notify | None = None,
        patience: float = 30.0,
    ) -> None:
        self._server: Remote | None = None
        if url is not None and url.startswith(("http://", "https://")):
            from . import remote

            self._server = remote.Remote(url, token, patience)
        elif token is not None:
            raise ConfigError("a token is for a server: write its URL, http://… or https://…")
        self._path = None if self._server is not None else _path(url)
        self._notify = notify
        self._go_on = go_on
        self._config = config
        self._observers: tuple[Observer, ...] = ()
        self._origin: Origin | None = None
        self._rooms: Rooms | None = None
        self._whole: Runnel | None = None
        self._user: str | None = None

    def as_user(self, user: str) -> "Runnel":
        """This `Runnel` as it is for one user: what is made with it is theirs, and another's chats, runs, messages and
        documents are not there, by whatever id they are asked for.

        `user` is the caller's own id of them. A key of a chat and an own id of a run are the user's own: two users may
        use the same one. It costs nothing to make, and stands on this `Runnel`: entering or closing it is Misuse, and
        so is to ask it for another user.
        """
        if self._server is not None:
            raise Misuse("who one is on a server is said with token=")
        if self._user is not None:
            raise Misuse(f"this is Runnel as user {self._user} sees it: ask the whole one for another user")
        if not user:
            raise Misuse("a user's id must not be empty")
        view = object.__new__(Runnel)
        view._whole, view._user, view._server = self, user, None
        return view

    @property
    def user(self) -> str | None:
        """Whose view this is; None for the whole."""
        return self._user

    async def __aenter__(self) -> "Runnel":
        self._refuse_view()
        if self.is_open:
            raise Closed("this Runnel is open already")
        if self._server is None:
            about = self._observers, self._origin
            self._rooms = await open_rooms(self._path, self.config, self._go_on, self._notify, *about)
        else:
            await self._server.open()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """What leaving `async with` does. Idempotent."""
        self._refuse_view()
        if self._server is not None:
            await self._server.close()
        rooms = self._rooms
        if rooms is None or rooms.closing:
            return
        rooms.closing = True  # whoever is told of the last runs may still look at them
        try:
            await rooms.close()
        finally:
            self._rooms = None

    async def drain(self) -> None:
        """The first half of closing: no run can be started any more, those that are going are waited for, then
        interrupted. What they made can still be looked at. Idempotent."""
        self._refuse_view()
        if self._rooms is not None:
            await self._rooms.drain()

    async def check(self) -> None:
        """Raises LogError where nothing can be written to the database: a full disk, another program's lock."""
        await self._open.database.check()

    def observe(self, observer: Observer, origin: Origin | None = None) -> None:
        """Have `observer` told of what this process writes in the logs of runs; see `runnel.log.Observer`. Said before
        opening, it is told of what opening writes too: the ends of runs that a process that died has left. `origin`
        says in which trace a run is asked for; the run's value has it."""
        self._refuse_view()
        self._observers = (*self._observers, observer)
        self._origin = origin or self._origin
        if self._rooms is not None:
            self._rooms.runner.log.observers = self._observers
            self._rooms.runner.origin = self._origin

    def hide_tracebacks(self) -> None:
        """Have where a model's or a tool's own code failed written to this process's log, with the run's id, and not
        into the run, unless the setting `runs.tracebacks` is given: for what shows runs to people who are not to know
        how this machine is laid out. It holds once this is opened."""
        self._refuse_view()
        runs = self.config.runs
        if "tracebacks" not in runs.model_fields_set:
            hidden = runs.model_copy(update={"tracebacks": False})
            self._config = self.config.model_copy(update={"runs": hidden})

    @property
    def is_open(self) -> bool:
        """Whether it has been entered, and not closed since."""
        if self._server is not None:
            return self._server.is_open
        return (self._whole or self)._rooms is not None

    @property
    def is_remote(self) -> bool:
        """Whether a server stands behind it: models and tools are then the server's, and named."""
        return self._server is not None

    def _refuse_view(self) -> None:
        if self._whole is not None:
            raise Misuse("this is Runnel as one user sees it: ask the whole one that it was made of")

    @property
    def _open(self) -> Rooms:
        if self._server is not None:
            raise Misuse("this is for a database of this machine, not for a server")
        rooms = (self._whole or self)._rooms
        if rooms is None:
            raise Closed("this Runnel is not open: use it as `async with Runnel() as app`")
        return rooms

    @property
    def _behind(self) -> Backend:
        """What does what this is asked, for whom it is."""
        if self._server is not None:
            return self._server
        rooms = self._open
        return Embedded(rooms, rooms.chats if self._user is None else rooms.chats.as_user(self._user))

    @property
    def config(self) -> "Config":
        """The settings that hold here. Raises ConfigError."""
        whole = self._whole or self
        if whole._config is None:
            from .config import load

            whole._config = load()
        return whole._config

    @property
    def users(self) -> Users:
        """The users of a server on this database. What belongs to one of them, `as_user` with their id sees."""
        self._refuse_view()
        return self._open.users

    async def adopt(self, user: str) -> tuple[int, int]:
        """Chats, runs and documents that are nobody's, since they were made before there were users, are this user's
        (by id) from now on; returns how many chats and how many documents."""
        self._refuse_view()
        return await self._open.adopt(user)

    @property
    def models(self) -> Models:
        """The models that can be named here."""
        return self._behind.models

    @property
    def documents(self) -> Documents:
        """The documents that were indexed, and their passages."""
        return self._behind.documents

    def chat(
        self,
        *,
        model: Model | str | None = None,
        documents: Sequence[GivenDocument] = (),
        history: bool | int | None = None,
        system: str | None = None,
        sampling: Sampling | None = None,
        if_busy: IfBusy = "reject",
        title: str = "",
        tools: Sequence[ToolLike] = (),
        limits: Limits | None = None,
        retrieval: Retrieving = "always",
        steering: Steering = "next_step",
        key: Mapping[str, Any] | None = None,
        notify: str | None = None,
        output: Mapping[str, Any] | None = None,
        after: str | None = None,
        unlisted: bool = False,
    ) -> "Opening":
        """A new chat: `await` it, or use it with `async with`.

        `model`: a name (`provider:model`, `module:attribute`) or an object; the configured one, or the first that can
        be used, where there is none. `documents`: paths, folders, globs, bytes, or ids of documents that were indexed.
        `history`: whether the model gets what was said before, or how many turns of it. `tools`: functions, tools,
        toolboxes, or references (`module:name`) to them; `retrieval="tool"` has the model search the documents itself.
        `limits`: what one answer may take. `steering`: whether what the user says while an answer goes on waits for
        the next step, or interrupts the text. `key`: the caller's own, such as `{"channel": "C1", "thread": 17}`: the
        chat that has it already is opened, as it is, and made with these settings only where there is none. `notify`: a
        URL that is told when a run of this chat ends, or waits for a person. `output`: a JSON schema that the answers
        are to follow, for models that can hold to one. `after`: the id of a message that its branch goes on from, of
        whichever chat: it shares all that came before. `unlisted`: it is there for who has its id, and in no list.

        Raises ModelUnknown; UnknownMessage; DocumentError where none of the documents can be used. One that cannot,
        among others that can, is named in a warning, and in the indexing run's events.
        """

        wanted = WantedChat(
            model=model,
            documents=documents,
            history=history,
            system=system,
            sampling=sampling,
            if_busy=if_busy,
            title=title,
            tools=tools,
            limits=limits,
            retrieval=retrieval,
            steering=steering,
            key=key,
            notify=notify,
            output=output,
            after=after,
            unlisted=unlisted,
        )
        return Opening(self, lambda: self._behind.chat(wanted))

    async def default_model(self) -> str:
        """The name of the model that answers a chat which names none."""
        return await self._behind.default_model()

    async def tools(self) -> Sequence[Offer]:
        """The tools that the settings name (`tools`): what a chat may be given by name."""
        return await self._behind.tools()

    async def find_chat(self, key: Mapping[str, Any]) -> Chat:
        """The chat that was made with this key. Raises UnknownChat where there is none."""
        return await self._behind.find_chat(key)

    async def get_chat(
        self, id: str, *, model: Model | str | None = None, tools: Sequence[ToolLike] | None = None
    ) -> Chat:
        """The chat with that id. `model` and `tools` change its own, or give the objects that its settings refer to.
        Raises UnknownChat, ModelUnknown, ToolUnknown."""
        return await self._behind.get_chat(id, model, tools)

    async def chats(self, limit: int = 50, before: str | None = None, *, search: str | None = None) -> list[Chat]:
        """Chats by their last use, the latest first. `before`: the id of the last one of a page, for the next;
        `search`: words that all must be in the title, or in what was said; chats whose titles have them come first,
        and each says where it has them (`Chat.match`). Nothing in it is syntax."""
        return await self._behind.chats(limit, before, search)

    async def delete_chat(self, id: str) -> None:
        """Delete a chat; see `Chat.delete`. Raises UnknownChat."""
        await (await self.get_chat(id)).delete()

    async def run(self, id: str) -> Run:
        """The run with that id, whichever process makes it. Raises UnknownRun."""
        return await self._behind.run(id)

    async def runs(
        self,
        limit: int = 50,
        before: str | None = None,
        *,
        chat: str | None = None,
        statuses: Collection[str] | None = None,
    ) -> list[Run]:
        """The newest runs first, each with its `value`: of the chat with an id, in one of `statuses`. `before`: the id
        of the last one of a page, for the next."""
        try:
            wanted = None if statuses is None else [Status(status) for status in statuses]
        except ValueError as error:
            raise Misuse(f"{error}: name one of {', '.join(Status)}") from error
        return await self._behind.runs(limit, before, chat, wanted)

    async def count_chats(self) -> int:
        """How many chats there are."""
        return await self._behind.count_chats()

    async def count_going(self) -> int:
        """How many runs have not ended."""
        return await self._behind.count_going()

    async def count_by_status(self) -> dict[str, int]:
        """How many runs there are of each status, ended ones too; statuses without any are left out."""
        return await self._behind.count_by_status()

    async def message(self, id: str) -> Message:
        """The message with that id, as it now stands. Raises UnknownMessage."""
        return await self._behind.message(id)

    async def index(self, documents: Sequence[GivenDocument]) -> tuple[Run, "asyncio.Future[AddReport]"]:
        """Begin to index documents: the run, whose status lines tell how far it is, and the report to come."""
        return await self._behind.index(documents)


class Opening:
    """A chat that is being opened: `await` it, or use it with `async with`.

    `async with Runnel().chat(…) as chat` opens the `Runnel` too, and closes it at the end.
    """

    def __init__(self, app: Runnel, open_chat: Callable[[], Coroutine[Any, Any, Chat]]) -> None:
        self._app = app
        self._open_chat = open_chat
        self._closes = False

    def __await__(self) -> Generator[Any, None, Chat]:
        return self._open_chat().__await__()

    async def __aenter__(self) -> Chat:
        if not self._app.is_open:
            await self._app.__aenter__()
            self._closes = True
        try:
            return await self._open_chat()
        except BaseException:
            await self.__aexit__()
            raise

    async def __aexit__(self, *_: object) -> None:
        """What was asked goes on, and the chat stays; unless the `Runnel` was opened for this chat alone."""
        if self._closes:
            self._closes = False
            await self._app.close()


def _path(url: str | None) -> Path | None:
    """The database's file; None for one in memory. Raises ConfigError for a URL that names neither."""
    if url is None:
        from .config import data_directory

        return (data_directory() / "runnel.db").absolute()
    if url == "sqlite://":
        return None
    if url.startswith("sqlite:///") and len(url) > len("sqlite:///"):
        return Path(url.removeprefix("sqlite:///")).expanduser().absolute()  # the program may go elsewhere
    raise ConfigError(
        f"{url!r} names no database: write sqlite:///path/to/file.db, sqlite:// for one in memory, or"
        " http://… for a server"
    )
