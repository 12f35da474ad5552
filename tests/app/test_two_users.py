"""Two users who do whatever comes to their minds in one database: neither ever finds a thing of the other's."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from runnel import Chat, Runnel
from runnel.errors import KeyConflict, NotFound, RunnelError
from runnel.models.scripted import Scripted
from runnel.retrieval import Upload
from tests.apps import config, in_time

USERS = ("user_ada", "user_bob")
IDS = ("a", "b")  # what both call their runs and chats


class World:
    """One database with two users, and who made what."""

    def __init__(self, app: Runnel) -> None:
        self.views = [app.as_user(user) for user in USERS]
        self.owners: dict[str, dict[str, int]] = {kind: {} for kind in ("chat", "run", "message", "document")}

    def made(self, kind: str, id: str, user: int) -> None:
        assert self.owners[kind].setdefault(id, user) == user, f"{kind} {id} is of both"

    def pick(self, kind: str, number: int) -> str:
        """Something of that kind, whoever made it; or what nobody ever made."""
        ids = [*self.owners[kind], f"{'doc' if kind == 'document' else kind}_0123456789abcdef01234567"]
        return ids[number % len(ids)]

    async def see(self, user: int, kind: str, id: str, ask: Callable[[], Awaitable[Any]]) -> Any:
        """What comes of asking for a thing: whose it is gets it, if it is still there; others are told that it is not
        there."""
        try:
            found = await in_time(ask())
        except NotFound:
            return None
        except RunnelError:  # it is there, and not fit for this
            found = None
        assert self.owners[kind].get(id) == user, f"{USERS[user]} got {kind} {id}"
        return found

    async def learn(self, chat: Chat, user: int) -> None:
        """What an owner finds in a chat is theirs."""
        self.made("chat", chat.id, user)
        with contextlib.suppress(NotFound):
            for message in await chat.messages():
                self.made("message", message.id, user)
                if message.role == "assistant":
                    self.made("run", message.run.id, user)

    async def check(self) -> None:
        for user, view in enumerate(self.views):
            for kind, listed in (
                ("chat", await view.chats(1000)),
                ("run", await view.runs(1000)),
                ("document", await view.documents.list(limit=1000)),
            ):
                for one in listed:
                    self.made(kind, one.id, user)
            assert await view.count_chats() == len(await view.chats(1000))
            assert await view.documents.count() == len(await view.documents.list(limit=1000))


async def act(world: World, user: int, verb: str, one: int, other: int) -> None:
    view = world.views[user]
    chat_id, run, message = world.pick("chat", one), world.pick("run", one), world.pick("message", other)
    document = world.pick("document", other)

    async def in_chat(ask: Callable[[Chat], Awaitable[Any]], kind: str, id: str) -> Any:
        chat = await world.see(user, "chat", chat_id, lambda: view.get_chat(chat_id, model=Scripted("yes")))
        return None if chat is None else await world.see(user, kind, id, lambda: ask(chat))

    match verb:
        case "make":
            await world.learn(
                await view.chat(model=Scripted("yes"), key={"n": IDS[one % 2]} if other % 2 else None), user
            )
        case "ask":
            chat = await world.see(user, "chat", chat_id, lambda: view.get_chat(chat_id, model=Scripted("yes")))
            if chat is not None:
                with contextlib.suppress(KeyConflict):
                    answer = await in_time(chat.answer(f"{other}", id=IDS[other % 2] if other % 3 else None))
                    world.made("run", answer.run.id, user)
                    world.made("message", answer.id, user)
                await world.learn(chat, user)
        case "own id":
            with contextlib.suppress(NotFound):
                assert world.owners["run"].get((await view.run(IDS[one % 2])).id) in (user, None)
        case "keep":
            kept = await view.documents.keep(Upload(f"{one % 3}.txt", b"The lamp turns.", user=USERS[1 - user]))
            world.made("document", kept.id, user)
        case "read":
            await world.see(user, "message", message, lambda: view.message(message))
            await world.see(user, "run", run, lambda: view.run(run))
            await world.see(user, "document", document, lambda: view.documents.content(document))
        case "fork":
            fork = await in_chat(lambda chat: chat.fork(message), "message", message)
            if fork is not None:
                await world.learn(fork, user)
        case "go on":
            chat = await world.see(user, "message", message, lambda: view.chat(model=Scripted("x"), after=message))
            if chat is not None:
                await world.learn(chat, user)
        case "retry":
            retried = await in_chat(lambda chat: chat.retry(message), "message", message)
            if retried is not None:
                world.made("message", retried.id, user)
                world.made("run", retried.run.id, user)
        case "look":
            for ask in (Chat.alternatives, Chat.switch, Chat.message):
                await in_chat(lambda chat, ask=ask: ask(chat, message), "message", message)  # type: ignore[misc]
        case "after":
            with contextlib.suppress(RunnelError):
                queued = await in_chat(lambda chat: chat.start("then", after=run), "run", run)
                if queued is not None:
                    world.made("run", queued.id, user)
                    await in_time(queued.wait())
        case "stand on":
            await in_chat(lambda chat: chat.change(documents=[document]), "document", document)
        case "search":
            found = await view.documents.search("lamp", [document])
            assert not found or world.owners["document"].get(document) == user
        case "delete":
            await world.see(user, "chat", chat_id, lambda: view.delete_chat(chat_id))
            await world.see(user, "document", document, lambda: view.documents.delete(document))
        case "page":
            for page in (
                await view.chats(50, chat_id),
                await view.runs(50, run),
                await view.documents.list(document),
            ):
                assert not page or user in {
                    world.owners[kind].get(id)
                    for kind, id in (
                        ("chat", chat_id),
                        ("run", run),
                        ("document", document),
                    )
                }


VERBS = (
    *("make", "make", "ask", "ask", "keep", "read", "fork", "retry", "look", "after", "search", "delete", "page"),
    *("own id", "go on", "stand on"),
)
ACTIONS = st.tuples(st.integers(0, 1), st.sampled_from(VERBS), st.integers(0, 60), st.integers(0, 60))


@given(st.lists(ACTIONS, min_size=5, max_size=40))
@settings(max_examples=40, deadline=None)
def test_two_users_never_see_a_thing_of_each_others(actions: list[tuple[int, str, int, int]]) -> None:
    async def live() -> None:
        async with Runnel("sqlite://", config=config()) as app:
            world = World(app)
            for user, view in enumerate(world.views):
                chat = await view.chat(model=Scripted("yes"))
                await in_time(chat.answer("who is it?"))
                await world.learn(chat, user)
            for action in actions:
                await act(world, *action)
            await world.check()

    asyncio.run(live())
