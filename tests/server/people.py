"""A server with users: Ada and Ben, a token and a password each."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2

from runnel import Runnel
from runnel.config import Config, LimitsConfig, OIDCConfig, RunsConfig, ServerConfig
from runnel.server import create_app
from tests.server.serving import served

PASSWORD = "correct horse battery"
NAMES = ("ada", "ben")


@dataclass
class Town:
    """A server, and who may call it."""

    url: str
    app: Runnel
    tokens: dict[str, str]
    ids: dict[str, str]

    def client(self, name: str | None = None, **options: Any) -> httpx2.AsyncClient:
        """A program that calls with the token of `name`, or with none."""
        headers = dict(options.pop("headers", {}))
        if name is not None:
            headers["Authorization"] = f"Bearer {self.tokens[name]}"
        return httpx2.AsyncClient(base_url=self.url, headers=headers, timeout=30, **options)


def settings(*, limits: dict[str, Any] | None = None, oidc: OIDCConfig | None = None, **server: Any) -> Config:
    """Settings of a server for tests."""
    return Config(
        runs=RunsConfig(drain=0.05, close=0.2, model_wait=0.1),
        server=ServerConfig(**server, limits=LimitsConfig(**(limits or {}))),
        oidc=oidc,
    )


@asynccontextmanager
async def a_town(folder: Path, config: Config | None = None, names: tuple[str, ...] = NAMES) -> AsyncIterator[Town]:
    """A server on a database in `folder`, with these users."""
    app = Runnel(f"sqlite:///{folder}/runnel.db", config=config or settings())
    async with app, served(create_app(app)) as url:
        town = Town(url, app, {}, {})
        for name in names:
            town.ids[name] = (await app.users.add(name, password=PASSWORD)).id
            _, town.tokens[name] = await app.users.add_token(name)
        yield town
