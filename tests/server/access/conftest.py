"""A town of users, whose server looks at what is changed of them at once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runnel.users import directory
from tests.server.people import Town, a_town


@pytest.fixture(autouse=True)
def looks_always(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directory, "LOOK_SECONDS", 0.0)


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with a_town(tmp_path) as town:
        yield town
