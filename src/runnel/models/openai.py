"""Models that speak OpenAI's chat completions: OpenAI, vLLM, llama.cpp, Ollama, LM Studio, OpenRouter and
others."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from ..vocabulary.prompt import Prompt
from .connections import Connections
from .openai_prompt import request_body
from .openai_wire import ChunkReader
from .provider import BUILT_IN, PrefillField, Provider
from .vendor import VendorModel

__all__ = ["OpenAIModel"]


class OpenAIModel(VendorModel):
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
        super().__init__(
            model,
            provider,
            prefill=provider.prefill is not None,
            context_window=context_window,
            connections=connections,
        )

    def _request(self, client: Any, prompt: Prompt) -> AbstractAsyncContextManager[Any]:
        request: AbstractAsyncContextManager[Any] = client.chat.completions.with_streaming_response.create(
            model=self._model,
            messages=[],  # what is in `extra_body` goes around the SDK's slow transformation of types
            stream=True,
            extra_body=request_body(self._model, prompt, self.provider),
        )
        return request

    def _reader(self, prompt: Prompt) -> ChunkReader:
        return ChunkReader(**self._details)
