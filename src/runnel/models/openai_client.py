"""The official SDK's clients: imported at first use (0.4 s), off the event loop; one for a provider and a
loop."""

import asyncio
import importlib
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from .provider import Provider

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["Connections"]


class Connections:
    """The connections to one provider, shared by its models. `connect_timeout` in seconds; there is no limit
    on reading: how long a model may take is for those who asked it."""

    def __init__(self, provider: Provider, *, connect_timeout: float = 10.0) -> None:
        self.provider = provider
        self.connect_timeout = connect_timeout
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[str | None, AsyncOpenAI]] = (
            WeakKeyDictionary()
        )

    async def client(self) -> "AsyncOpenAI":
        """The client of the running event loop; a new one where the key has changed."""
        loop = asyncio.get_running_loop()
        key = self.provider.key()
        held = self._clients.get(loop)
        if held is not None and held[0] == key:
            return held[1]
        client = await asyncio.to_thread(self._connect, key)
        held = self._clients.setdefault(loop, (key, client))  # another task may have been here meanwhile
        if held[0] != key:
            held = self._clients[loop] = (key, client)
        return held[1]

    async def aclose(self) -> None:
        """Close the client of the running loop, and forget those of loops that are gone."""
        held = self._clients.pop(asyncio.get_running_loop(), None)
        self._clients.clear()
        if held is not None:
            await held[1].close()

    def _connect(self, key: str | None) -> "AsyncOpenAI":
        importlib.import_module("anyio._backends._asyncio")  # else imported by the first connection, on the loop
        import httpx2
        from openai import AsyncOpenAI, DefaultAsyncHttpxClient

        client = AsyncOpenAI(
            api_key=key or "none",  # the SDK insists on one
            base_url=self.provider.url(),
            default_headers=dict(self.provider.headers),
            max_retries=0,
            http_client=DefaultAsyncHttpxClient(
                timeout=httpx2.Timeout(None, connect=self.connect_timeout),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
            ),
        )
        if self.provider.name != "openai":  # the SDK takes them from the environment, for whatever host
            client.organization = client.project = None
        _ = client.chat.completions.with_streaming_response  # the SDK imports these at first use
        return client
