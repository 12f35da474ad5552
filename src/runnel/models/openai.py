"""Models that speak OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama, LM Studio, OpenRouter and
others.

The official SDK sends the request (auth, transport, errors); the stream is taken raw and decoded here, which
is some fifty times cheaper than the SDK's own (see `bench/upstream.py`). Retries are for those who run the
model: the errors are typed, and `retry_after` is on them.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import httpx2

from ..errors import AuthenticationFailed
from ..vocabulary.prompt import Delta, Prompt
from .openai_client import Connections
from .openai_errors import from_sdk
from .openai_prompt import request_body
from .openai_wire import ChunkReader
from .provider import BUILT_IN, PrefillField, Provider
from .sse import EventStreamDecoder

if TYPE_CHECKING:
    from openai import AsyncOpenAI

__all__ = ["OpenAIModel"]

# After the end marker, the last bytes of a response are waited for so long (seconds), so that its connection
# can be used again.
_LAST_BYTES = 0.1


class OpenAIModel:
    """The model `model` of a provider that speaks OpenAI's dialect.

        OpenAIModel("gpt-5-mini")                                             # the key is in OPENAI_API_KEY
        OpenAIModel("qwen3", base_url="http://gpu:8000/v1", prefill="continue")  # a vLLM of one's own

    `context_window` is for those who run it. `connections` shares those of other models of the
    provider. Nothing is connected, or imported, before the first stream or `warm`.
    """

    def __init__(
        self,
        model: str,
        *,
        provider: Provider | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        prefill: PrefillField | None = None,
        context_window: int | None = None,
        connections: Connections | None = None,
    ) -> None:
        if provider is None:
            provider = BUILT_IN["openai"]
            if base_url:
                settings = {"base_url": base_url, "api_key": api_key, "headers": headers or {}, "prefill": prefill}
                provider = Provider.of("server", settings)
            elif api_key:
                provider = Provider.of("openai", {"api_key": api_key, "headers": headers or {}})
        self.provider = provider
        self.name = f"{provider.name}:{model}"
        self.prefill = provider.prefill is not None
        self.context_window = context_window or provider.context_window
        self._model = model
        self._shared = connections is not None
        self._connections = connections or Connections(provider)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """The deltas of the answer. Raises the `ModelError`s of the dialect; closes the vendor's socket when
        it is itself closed or cancelled."""
        client = await self._client()
        reader = ChunkReader(**self._details)
        decoder = EventStreamDecoder()
        request = client.chat.completions.with_streaming_response.create(
            model=self._model,
            messages=[],  # what is in `extra_body` goes around the SDK's slow transformation of types
            stream=True,
            extra_body=request_body(self._model, prompt, self.provider),
        )
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
        return f"OpenAIModel({self.name!r})"

    @property
    def _details(self) -> dict[str, Any]:
        return {"provider": self.provider.name, "model": self._model}

    async def _client(self) -> "AsyncOpenAI":
        if self.provider.needs_key and not self.provider.key():
            raise AuthenticationFailed(
                f"{self.provider.name} needs a key: set {self.provider.key_env or 'api_key'}", **self._details
            )
        return await self._connections.client()

    @contextlib.contextmanager
    def _own_errors(self) -> Iterator[None]:
        from openai import OpenAIError

        try:
            yield
        except (OpenAIError, httpx2.HTTPError, httpx2.InvalidURL) as error:
            raise from_sdk(
                error,
                connect_timeout=self._connections.connect_timeout,
                key=self.provider.key(),
                **self._details,
            ) from None  # the SDK's own error holds the request


async def _next(chunks: AsyncGenerator[bytes, None], reader: ChunkReader) -> bytes | None:
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
