"""The official SDKs' clients: imported at first use (0.4 s), off the event loop; one for a provider and a loop."""

import asyncio
import importlib
import importlib.util
from typing import Any
from weakref import WeakKeyDictionary

from ..errors import ModelError
from .provider import Provider

__all__ = ["Connections", "sdk_missing"]

# What each SDK calls its client, its default transport and the root of its errors.
_NAMES = {
    "openai": ("AsyncOpenAI", "DefaultAsyncHttpxClient", "OpenAIError"),
    "anthropic": ("AsyncAnthropic", "DefaultAsyncHttpxClient", "AnthropicError"),
}


def sdk_missing(provider: Provider) -> str | None:
    """What to do where the SDK of the provider's dialect is not installed; None where it is."""
    if importlib.util.find_spec(provider.dialect) is not None:
        return None
    return f"the package `{provider.dialect}` is not installed: pip install 'runnel[{provider.dialect}]'"


class Connections:
    """The connections to one provider, shared by its models. `connect_timeout` in seconds; there is no limit
    on reading: how long a model may take is for those who asked it."""

    def __init__(self, provider: Provider, *, connect_timeout: float = 10.0) -> None:
        self.provider = provider
        self.connect_timeout = connect_timeout
        # The root of the SDK's own errors, once there is a client.
        self.sdk_error: type[Exception] = Exception
        self._clients: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[str | None, Any]] = WeakKeyDictionary()

    async def client(self) -> Any:
        """The SDK's client of the running event loop; a new one where the key has changed. Raises ModelError where
        the SDK is not installed."""
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

    def _connect(self, key: str | None) -> Any:
        if missing := sdk_missing(self.provider):
            raise ModelError(f"{self.provider.name}: {missing}", provider=self.provider.name)
        importlib.import_module("anyio._backends._asyncio")  # else imported by the first connection, on the loop
        import httpx2

        sdk = importlib.import_module(self.provider.dialect)
        client_class, transport, error = [getattr(sdk, name) for name in _NAMES[self.provider.dialect]]
        self.sdk_error = error
        url = self.provider.url()
        client = client_class(
            api_key=key or "none",  # the SDKs insist on one
            # Anthropic's SDK adds the version of the API itself.
            base_url=url.removesuffix("/v1") if self.provider.dialect == "anthropic" else url,
            default_headers=dict(self.provider.headers),
            max_retries=0,
            http_client=transport(
                timeout=httpx2.Timeout(None, connect=self.connect_timeout),
                limits=httpx2.Limits(max_connections=None, max_keepalive_connections=100),
            ),
        )
        if self.provider.dialect == "anthropic":
            _ = client.messages.with_streaming_response  # the SDKs import these at first use
            return client
        if self.provider.name != "openai":  # the SDK takes them from the environment, for whatever host
            client.organization = client.project = None
        _ = client.chat.completions.with_streaming_response
        return client
