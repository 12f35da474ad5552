"""The built page on a real server, whose model is a vendor that says what a test wants."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from filelock import FileLock
from playwright.async_api import Browser

from runnel.testing.upstream import Answer, Upstream
from tests.house import ROOT
from tests.server.processes import Serving, serving

from .browser import Visitor, chromium, visiting


class Talk:
    """What the model says: each of `answers` once, and the last from then on."""

    def __init__(self) -> None:
        self.answers = [Answer()]

    @property
    def answer(self) -> Answer:
        return self.answers[-1]

    @answer.setter
    def answer(self, answer: Answer) -> None:
        self.answers = [answer]

    def next(self) -> Answer:
        """What it says now."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@dataclass
class Place:
    """What the tests of a module share: a server, what its model says, and a browser."""

    server: Serving
    talk: Talk
    upstream: Upstream
    browser: Browser


@pytest.fixture(scope="session")
def built() -> None:
    """The page is built from its sources, once."""
    missing = [name for name in ("chromium", "node", "npm") if shutil.which(name) is None]
    if missing:
        why = f"{', '.join(missing)} not installed: the page is not tried in a browser"
        if os.environ.get("CI"):
            pytest.fail(why)
        pytest.skip(why)
    with FileLock(Path(tempfile.gettempdir()) / "runnel-page.lock"):
        command = [sys.executable, str(ROOT / "frontend" / "page.py"), "build"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stdout + made.stderr


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
async def server(built: None, talk: Talk, tmp_path: Path) -> AsyncIterator[Serving]:
    async with Upstream(lambda _: talk.next()) as upstream, serving(tmp_path / "server", upstream) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def place(
    built: None, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Place]:
    """A server for all tests of the module, with the tools of `toolbox.py`, as its `SETTINGS` say."""
    folder = tmp_path_factory.mktemp("place")
    shutil.copy(Path(__file__).with_name("toolbox.py"), folder)
    talk = Talk()
    async with Upstream(lambda _: talk.next()) as upstream, chromium() as browser:
        provider = {"base_url": upstream.url, "prefill": "continue", "key_env": "VENDOR_KEY"}
        variables = {"RUNNEL_PROVIDERS": msgspec.json.encode({"vendor": provider}).decode()}
        async with serving(folder, upstream, **variables, **getattr(request.module, "SETTINGS", {})) as server:
            yield Place(server, talk, upstream, browser)


@pytest_asyncio.fixture(loop_scope="module")
async def guest(place: Place) -> AsyncIterator[Visitor]:
    """A visitor of the shared server."""
    async with visiting(place.browser, place.server.url) as visitor:
        yield visitor


@pytest.fixture
async def browser(built: None) -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def visitor(browser: Browser, server: Serving) -> AsyncIterator[Visitor]:
    """A visitor of the test's own server."""
    async with visiting(browser, server.url) as visitor:
        yield visitor
