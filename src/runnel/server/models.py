"""The models that callers may choose: those that are listed, and no code or file of the server's."""

import asyncio
import time
from contextlib import suppress
from dataclasses import dataclass, field

import msgspec

from ..app import Runnel
from ..errors import ConfigError, ModelUnknown
from ..models.discovery import Availability

__all__ = ["ListedModel", "Models", "OfferedModels"]

# In seconds: servers on this machine are asked for their models no more often.
_FRESH = 5.0


class ListedModel(msgspec.Struct, frozen=True, omit_defaults=True):
    """A model that may be chosen by its `name`. `label` is for people; `reason` says why it is not `usable`, and what
    to do; `default` is the one that answers a chat which names none. `pictures`: whether it takes any, where that is
    known."""

    name: str
    label: str
    usable: bool
    default: bool = False
    reason: str | None = None
    pictures: bool | None = None


class OfferedModels(msgspec.Struct, frozen=True, omit_defaults=True):
    """The models, the default first, then those that can be used. `advice` is how to get a better one, where the
    default is none that writes by itself."""

    models: tuple[ListedModel, ...]
    advice: str | None = None


@dataclass
class Models:
    """The models of one server. `settings.models` are the names that callers may choose among, where there are any;
    else they are those that this machine has."""

    runnel: Runnel
    _listed: OfferedModels | None = None
    _until: float = 0.0
    _asking: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def listed(self) -> OfferedModels:
        """What may be chosen now."""
        async with self._asking:
            if self._listed is None or time.monotonic() > self._until:
                self._listed = await self._look()
                self._until = time.monotonic() + _FRESH
            return self._listed

    async def check(self, name: str | None) -> str:
        """`name`, where a caller may choose it; the default's where it is None. Raises ModelUnknown, saying why not."""
        listed = await self.listed()
        if name is None:
            return listed.models[0].name
        if any(model.name == name for model in listed.models if model.usable):
            return name
        with suppress(ConfigError):
            self.runnel.models.resolve(name, allow_modules=False)  # says what is wrong with what names nothing
        reason = next((model.reason for model in listed.models if model.name == name), None)
        raise ModelUnknown(
            f"the model {name!r} is not one of those that this server offers: "
            + (reason or "GET /api/models lists them; its settings say which (`server.models`)"),
            model=name,
        )

    async def _look(self) -> OfferedModels:
        offered = self.runnel.config.server.models
        there = {one.name: one for one in await self.runnel.models.available()}
        default = self.runnel.config.model or (offered[0] if offered else await self.runnel.default_model())
        names = [default, *(offered or there)]
        found = [there.get(name, Availability(name, True)) for name in dict.fromkeys(names)]
        models = [
            ListedModel(one.name, _label(one.name), one.usable, one.name == default, one.reason, one.pictures)
            for one in found
        ]
        return OfferedModels(tuple(models), _advice(default, there))


# What providers are called by people.
_PROVIDERS = {
    "openai": "OpenAI",
    "anthropic": "Anthropic",
    "openrouter": "OpenRouter",
    "ollama": "Ollama",
    "llamacpp": "llama.cpp",
    "vllm": "vLLM",
    "lmstudio": "LM Studio",
}


def _label(name: str) -> str:
    if name == "excerpts":
        return "Quotes from your documents"
    labels = []
    for one in name.split(","):
        provider, _, model = one.strip().partition(":")
        provider = _PROVIDERS.get(provider, provider)
        labels.append(f"{model} ({provider})" if model else provider)
    return ", else ".join(labels)


def _advice(default: str, there: dict[str, Availability]) -> str | None:
    if default != "excerpts":
        return None
    ways = "; ".join(f"{one.name}: {one.reason}" for one in there.values() if one.reason)
    return f"Nothing here writes answers of its own: `excerpts` quotes the documents. For a model that does, {ways}."
