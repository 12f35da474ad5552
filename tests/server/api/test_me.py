"""Who calls."""

from pathlib import Path

from runnel import Runnel
from runnel.server import create_app
from tests.apps import config
from tests.server.people import a_town
from tests.server.serving import client_of


async def test_a_server_without_users_knows_nobody() -> None:
    async with client_of(create_app(Runnel("sqlite://", config=config()))) as client:
        assert (await client.get("/api/me")).json() == {}


async def test_each_user_is_told_who_they_are(tmp_path: Path) -> None:
    async with a_town(tmp_path) as town:
        for name in ("ada", "ben"):
            async with town.client(name) as client:
                assert (await client.get("/api/me")).json() == {"user": town.ids[name], "name": name}
        async with town.client() as stranger:
            assert (await stranger.get("/api/me")).status_code == 401
