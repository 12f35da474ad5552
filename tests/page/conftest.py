"""The built page on a real server, whose model is a vendor that says what a test wants."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from filelock import FileLock
from playwright.async_api import Browser

from runnel.testing.upstream import Answer, Upstream
from tests.house import ROOT
from tests.server.processes import Serving, serving

from .browser import Visitor, chromium


class Talk:
    """What the model says next."""

    answer = Answer()


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
    async with Upstream(lambda _: talk.answer) as upstream, serving(tmp_path / "server", upstream) as server:
        yield server


@pytest.fixture
async def browser(built: None) -> AsyncIterator[Browser]:
    async with chromium() as browser:
        yield browser


@pytest.fixture
async def visitor(browser: Browser, server: Serving) -> AsyncIterator[Visitor]:
    """Fails the test if anything went wrong in a tab."""
    context = await browser.new_context()
    visitor = Visitor(context, server.url)
    yield visitor
    await context.close()
    assert visitor.wrong == []
