"""Models that speak Anthropic's Messages API: Anthropic itself, and others that took it over."""

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from ..vocabulary.prompt import Prompt
from .anthropic_prompt import generation, request_body
from .anthropic_wire import EventReader
from .connections import Connections
from .provider import BUILT_IN, Provider
from .turns import prefill_of
from .vendor import VendorModel

__all__ = ["AnthropicModel"]


class AnthropicModel(VendorModel):
    """The model `model` of a provider that speaks Anthropic's dialect.

        AnthropicModel("claude-sonnet-5-5")     # the key is in ANTHROPIC_API_KEY

    It needs the package `anthropic`: `pip install 'runnel[anthropic]'`. `prefill` is False for Anthropic's models from
    4.6 on, which do not go on from a text. `context_window` is for those who run it. `connections` shares those of
    other models of the provider. Nothing is connected, or imported, before the first stream or `warm`.
    """

    def __init__(
        self,
        model: str,
        *,
        provider: Provider | None = None,
        base_url: str | None = None,
        api_key: str | None = None,
        headers: Mapping[str, str] | None = None,
        context_window: int | None = None,
        connections: Connections | None = None,
    ) -> None:
        if provider is None:
            provider = BUILT_IN["anthropic"]
            settings = {"api_key": api_key, "headers": headers or {}}
            if base_url:
                given = {"dialect": "anthropic", "base_url": base_url, "prefill": "assistant", **settings}
                provider = Provider.of("server", given)
            elif api_key:
                provider = Provider.of("anthropic", settings)
        super().__init__(
            model,
            provider,
            prefill=provider.prefill is not None and generation(model) in ("manual", "other"),
            context_window=context_window,
            connections=connections,
        )

    def _request(self, client: Any, prompt: Prompt) -> AbstractAsyncContextManager[Any]:
        body = request_body(self._model, prompt, self.provider)
        request: AbstractAsyncContextManager[Any] = client.messages.with_streaming_response.create(
            model="",  # what is in `extra_body` goes around the SDK's slow transformation, and its warnings
            max_tokens=body["max_tokens"],
            messages=[],
            stream=True,
            extra_body=body,
        )
        return request

    def _reader(self, prompt: Prompt) -> EventReader:
        prefill = prefill_of(prompt)
        return EventReader(prefill[len(prefill.rstrip()) :], **self._details)
