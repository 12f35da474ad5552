"""What models of vendors have in common: the official SDK sends the request (auth, transport, errors); the stream is
taken raw and decoded here, which is some fifty times cheaper than the SDKs' own (see `bench/upstream.py`).

Retries are for those who run the model: the errors are typed, and `retry_after` is on them.
"""

import asyncio
import contextlib
from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Iterator
from contextlib import AbstractAsyncContextManager
from typing import Any

import httpx2

from ..errors import AuthenticationFailed
from ..vocabulary.prompt import Delta, Prompt
from .connections import Connections
from .provider import Provider
from .sse import EventStreamDecoder
from .stream_reader import StreamReader
from .vendor_errors import from_sdk

__all__ = ["VendorModel"]

# After the end marker, the last bytes of a response are waited for so long (seconds), so that its connection
# can be used again.
_LAST_BYTES = 0.1


class VendorModel(ABC):
    """The model `model` of a provider. `connections` shares those of other models of the provider. Nothing is
    connected, or imported, before the first stream or `warm`."""

    def __init__(
        self,
        model: str,
        provider: Provider,
        *,
        prefill: bool,
        context_window: int | None = None,
        connections: Connections | None = None,
    ) -> None:
        self.provider = provider
        self.name = f"{provider.name}:{model}"
        self.prefill = prefill
        self.context_window = context_window or provider.context_window
        self._model = model
        self._shared = connections is not None
        self._connections = connections or Connections(provider)

    @abstractmethod
    def _request(self, client: Any, prompt: Prompt) -> AbstractAsyncContextManager[Any]:
        """The request for a stream, by the SDK's client: its raw response is `http_response` of what it opens."""

    @abstractmethod
    def _reader(self, prompt: Prompt) -> StreamReader:
        """What turns the stream's events into deltas."""

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """The deltas of the answer. Raises the `ModelError`s of the dialect; closes the vendor's socket when
        it is itself closed or cancelled."""
        client = await self._client()
        reader = self._reader(prompt)
        decoder = EventStreamDecoder()
        request = self._request(client, prompt)
        async with contextlib.AsyncExitStack() as stack:
            with self._own_errors():
                response = (await stack.enter_async_context(request)).http_response
            chunks = response.aiter_bytes()
            stack.push_async_callback(chunks.aclose)
            while not reader.over and (data := await _next(chunks, reader)):
                for delta in reader.read(decoder.feed(data)):
                    yield delta
            if reader.done:
                await _drain(chunks)
            elif rest := decoder.rest():
                for delta in reader.read_rest(rest):
                    yield delta
            for delta in reader.end():
                yield delta
            if reader.failure is not None:
                raise reader.failure

    async def warm(self) -> None:
        """Import the SDK and make the client, so that the first answer does not wait for that."""
        await self._connections.client()

    async def aclose(self) -> None:
        """Close the connections, where they are its own."""
        if not self._shared:
            await self._connections.aclose()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r})"

    @property
    def _details(self) -> dict[str, Any]:
        return {"provider": self.provider.name, "model": self._model}

    async def _client(self) -> Any:
        if self.provider.needs_key and not self.provider.key():
            raise AuthenticationFailed(
                f"{self.provider.name} needs a key: set {self.provider.key_env or 'api_key'}",
                key_env=self.provider.key_env,
                **self._details,
            )
        return await self._connections.client()

    @contextlib.contextmanager
    def _own_errors(self) -> Iterator[None]:
        try:
            yield
        except (self._connections.sdk_error, httpx2.HTTPError, httpx2.InvalidURL) as error:
            own = from_sdk(
                error,
                connect_timeout=self._connections.connect_timeout,
                key=self.provider.key(),
                **self._details,
            )
            if isinstance(own, AuthenticationFailed) and self.provider.key_env:
                own.details["key_env"] = self.provider.key_env
            raise own from None  # the SDK's own error holds the request


async def _next(chunks: AsyncGenerator[bytes, None], reader: StreamReader) -> bytes | None:
    """What the network gives next; None at the end of the stream, be it proper or not."""
    try:
        return await anext(chunks, None)
    except httpx2.HTTPError as error:
        reader.break_off(str(error) or type(error).__name__)
        return None


async def _drain(chunks: AsyncGenerator[bytes, None]) -> None:
    with contextlib.suppress(TimeoutError, httpx2.HTTPError):
        async with asyncio.timeout(_LAST_BYTES):
            async for _ in chunks:
                pass
