"""What is known of a provider: where it is, which dialect it speaks, where its key comes from, what it can
do.

Keys are read from the environment at each use, and show in no `repr`, error or log.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal, TypeAlias, get_args

from ..errors import ConfigError

__all__ = ["BUILT_IN", "DIALECTS", "PrefillField", "Provider"]

DIALECTS = ("openai", "anthropic")

# How a provider is told to go on from a text: a last assistant message is enough (`assistant`: llama.cpp,
# Ollama, OpenRouter for most of its models); vLLM's two switches beside it (`continue`); or a mark on it
# (`prefix`: Mistral, DeepSeek).
PrefillField: TypeAlias = Literal["assistant", "continue", "prefix"]


@dataclass(frozen=True, kw_only=True)
class Provider:
    """A provider of models.

    `url_env` and `key_env` name environment variables that give the base URL and the key where `base_url` and
    `api_key` do not. `needs_key`: it answers nothing without one. `local`: a server on one's own machine,
    looked for by probing. `prefill`: how it goes on from a text, None where it does not. `max_tokens`: the
    request's member that limits an answer. `stream_usage`: whether it takes `stream_options.include_usage`. In
    Anthropic's dialect, `output_tokens` limits answers for which no `max_tokens` is set, since some limit must be
    given, and `cache` marks what of a prompt its cache is to keep.
    """

    name: str
    dialect: str = "openai"
    base_url: str | None = None
    url_env: str | None = None
    api_key: str | None = field(default=None, repr=False)
    key_env: str | None = None
    needs_key: bool = False
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    prefill: PrefillField | None = None
    context_window: int | None = None
    local: bool = False
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    stream_usage: bool = True
    output_tokens: int = 16_384
    cache: bool = True
    default_model: str | None = None

    def key(self) -> str | None:
        """The key, if there is one now."""
        return self.api_key or (os.environ.get(self.key_env) if self.key_env else None) or None

    def url(self) -> str:
        """The base URL, without a slash at its end. Raises ConfigError where none is known."""
        given = os.environ.get(self.url_env) if self.url_env else None
        url = given or self.base_url
        if not url:
            raise ConfigError(f"the provider {self.name!r} has no base_url")
        return (_server_url(url) if self.local else url).rstrip("/")

    @classmethod
    def of(cls, name: str, settings: Mapping[str, Any]) -> "Provider":
        """The provider that `settings` describe, on top of the built-in one of that name.

        Raises ConfigError for a setting that it does not know, or a dialect or a prefill that there is not.
        """
        known = {field.name for field in fields(cls)} - {"name"}
        unknown = sorted(set(settings) - known)
        if unknown:
            raise ConfigError(
                f"the provider {name!r} has no setting {unknown[0]!r}; there are: {', '.join(sorted(known))}"
            )
        if settings.get("prefill") not in (None, *get_args(PrefillField)):
            raise ConfigError(
                f"the provider {name!r} has prefill={settings['prefill']!r}; it can be one of"
                f" {', '.join(get_args(PrefillField))}"
            )
        base = BUILT_IN.get(name)
        inherited = {} if base is None else {each: getattr(base, each) for each in known}
        if "base_url" in settings:  # what is written down goes before the environment
            inherited["url_env"] = None
        provider = cls(name=name, **{**inherited, **settings})
        if provider.dialect not in DIALECTS:
            raise ConfigError(
                f"the provider {name!r} has the dialect {provider.dialect!r}; there are: {', '.join(DIALECTS)}"
            )
        return provider


def _server_url(url: str) -> str:
    """A full base URL from what the variables of local servers hold: `0.0.0.0`, `host:11434`,
    `http://host/v1`."""
    scheme, mark, rest = url.rpartition("://")
    host, slash, path = rest.partition("/")
    if not mark and ":" not in host:
        host += ":11434"
    host = host.replace("0.0.0.0", "127.0.0.1")
    return f"{scheme or 'http'}://{host}/{path if slash and path else 'v1'}"


BUILT_IN: dict[str, Provider] = {
    provider.name: provider
    for provider in (
        Provider(
            name="openai",
            base_url="https://api.openai.com/v1",
            url_env="OPENAI_BASE_URL",
            key_env="OPENAI_API_KEY",
            needs_key=True,
            max_tokens="max_completion_tokens",
            default_model="gpt-5-mini",
        ),
        Provider(
            name="anthropic",
            dialect="anthropic",
            base_url="https://api.anthropic.com",
            url_env="ANTHROPIC_BASE_URL",
            key_env="ANTHROPIC_API_KEY",
            needs_key=True,
            prefill="assistant",
            default_model="claude-sonnet-5-5",
        ),
        Provider(
            name="openrouter",
            base_url="https://openrouter.ai/api/v1",
            key_env="OPENROUTER_API_KEY",
            needs_key=True,
            prefill="assistant",
            default_model="openrouter/auto",
        ),
        Provider(
            name="ollama",
            base_url="http://127.0.0.1:11434/v1",
            url_env="OLLAMA_HOST",
            local=True,
            prefill="assistant",
        ),
        Provider(name="llamacpp", base_url="http://127.0.0.1:8080/v1", local=True, prefill="assistant"),
        Provider(name="vllm", base_url="http://127.0.0.1:8000/v1", local=True, prefill="continue"),
        Provider(name="lmstudio", base_url="http://127.0.0.1:1234/v1", local=True),
    )
}
