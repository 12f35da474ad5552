"""The contract of a `Runnel`, held by one that is over a server; and that nothing of it was forgotten there."""

import inspect
from collections.abc import AsyncIterator
from typing import Any

import pytest

from runnel import Chat, Runnel
from runnel.backend import Backend, Documents, Models
from runnel.config import Config, RunsConfig, ServerConfig
from runnel.models.scripted import Item
from runnel.remote.backend import Remote
from runnel.remote.chats import RemoteChat
from runnel.remote.documents import RemoteDocuments
from runnel.remote.models import RemoteModels
from runnel.remote.runs import RemoteRuns
from runnel.runs.backend import RunBackend
from runnel.server import create_app
from runnel.testing.app import UsersContract
from tests.remote import scripts
from tests.server.serving import served

# What a chat on a server has of `Chat` as it is: these ask for nothing, or by methods that are its own.
INHERITED = {"value", "settings", "title", "key", "created_at", "updated_at", "answer"}


class TestRemote(UsersContract):
    def model(self, *script: Item) -> Any:
        return scripts.given(*script)

    @pytest.fixture
    async def here(self) -> AsyncIterator[Runnel]:
        """The `Runnel` that is served, to anybody."""
        config = Config(runs=RunsConfig(drain=0.05, close=0.2), server=ServerConfig(models=scripts.NAMES))
        async with Runnel("sqlite://", config=config) as here:
            yield here

    @pytest.fixture
    async def url(self, here: Runnel) -> AsyncIterator[str]:
        async with served(create_app(here)) as url:
            yield url

    @pytest.fixture
    async def app(self, url: str) -> AsyncIterator[Runnel]:
        async with Runnel(url) as app:
            yield app

    @pytest.fixture
    async def ada(self, here: Runnel, url: str) -> AsyncIterator[Runnel]:
        async with Runnel(url, token=await token_of(here, "ada")) as ada:
            yield ada

    @pytest.fixture
    async def bob(self, here: Runnel, url: str) -> AsyncIterator[Runnel]:
        async with Runnel(url, token=await token_of(here, "bob")) as bob:
            yield bob


async def token_of(here: Runnel, name: str) -> str:
    await here.users.add(name)
    _, token = await here.users.add_token(name)
    return token


def public(kind: type) -> set[str]:
    return {name for name in vars(kind) if not name.startswith("_")}


def test_a_chat_on_a_server_has_all_that_a_chat_has() -> None:
    asked = public(Chat) - INHERITED
    assert asked - public(RemoteChat) == set()
    for name in asked:
        ours, theirs = inspect.signature(getattr(RemoteChat, name)), inspect.signature(getattr(Chat, name))
        assert list(ours.parameters) == list(theirs.parameters), name


@pytest.mark.parametrize(
    ("kind", "promised"),
    [(Remote, Backend), (RemoteDocuments, Documents), (RemoteModels, Models), (RemoteRuns, RunBackend)],
)
def test_what_stands_behind_has_all_that_is_asked_of_it(kind: type, promised: type) -> None:
    has = public(kind) | ({"models", "documents"} if kind is Remote else set())  # which are made with it
    assert public(promised) - has == set()
