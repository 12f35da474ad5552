"""Models by name: `provider:model`, a provider alone (`excerpts`), `module:attribute`, or several of these with commas
between them, of which each stands in for the one before."""

import difflib
import importlib
import importlib.util
import inspect
import sys
from collections.abc import Callable, Mapping
from typing import Any

from ..errors import ModelUnknown
from .base import Model
from .connections import Connections
from .discovery import Availability, discover, first_usable
from .fallback import Fallback
from .provider import BUILT_IN, Provider

__all__ = ["Registry"]

# The providers that need no server, each with what its model is made from: the text after the colon.
_OWN = ("excerpts", "scripted", "recorded")


class Registry:
    """Finds models by name, and the models that there are.

    `providers` are those that a configuration adds or changes, by name: each a `Provider` or the mapping of
    its settings. `connect_timeout` in seconds. With `cwd_modules`, `module:attribute` finds modules in the
    working directory too, as a command line does. Raises ConfigError for settings that make no sense.
    """

    def __init__(
        self,
        providers: Mapping[str, Provider | Mapping[str, Any]] | None = None,
        *,
        connect_timeout: float = 10.0,
        cwd_modules: bool = False,
    ) -> None:
        self.providers = {
            name: given if isinstance(given, Provider) else Provider.of(name, given)
            for name, given in (providers or {}).items()
        }
        self.providers |= {name: known for name, known in BUILT_IN.items() if name not in self.providers}
        self._connect_timeout = connect_timeout
        self._cwd_modules = cwd_modules
        self._connections: dict[str, Connections] = {}

    def resolve(self, name: str, *, allow_modules: bool = True) -> Model:
        """The model called `name`.

        `openai:gpt-5-mini, ollama:llama3.2` is a `Fallback` of the two.

        Raises ModelUnknown, with what to do, where there is none; `allow_modules=False` refuses `module:attribute`
        and files (what a stranger asks for over a network must import and open nothing).
        """
        if len(names := self._names(name)) > 1:
            return Fallback([self.resolve(each, allow_modules=allow_modules) for each in names])
        provider, _, rest = name.partition(":")
        if provider == "recorded" and not allow_modules:
            raise _refused(name)
        if provider in _OWN:
            return _own(provider, rest)
        if provider in self.providers:
            return self._remote(self.providers[provider], rest)
        return self._imported(name, allow_modules)

    async def available(self) -> list[Availability]:
        """The models that there are, the likeliest choice first, and for each provider without one the
        reason."""
        return await discover(self.providers)

    async def default_model(self) -> str:
        """The name of the first model that can be used: one of the configuration, one that a key is there
        for, one of a server on this machine, or `excerpts`, which needs none of these."""
        return await first_usable(self.providers)

    async def aclose(self) -> None:
        """Close the connections of all models that were found here."""
        for connections in self._connections.values():
            await connections.aclose()

    def _names(self, chain: str) -> list[str]:
        """The names in a chain of them. What `scripted` is to say may have commas of its own."""
        names: list[str] = []
        for piece in chain.split(","):
            provider = piece.strip().partition(":")[0]
            says = bool(names) and names[-1].startswith(("scripted:", "recorded:"))
            if says and provider not in self.providers and provider not in _OWN:
                names[-1] += f",{piece}"
            else:
                names.append(piece.strip())
        return names if len(names) > 1 else [chain]

    def _remote(self, provider: Provider, model: str) -> Model:
        model = model or provider.default_model or ""
        if not model:
            raise ModelUnknown(
                f"{provider.name!r} names a provider but none of its models: write `{provider.name}:<model>`;"
                " `runnel models` lists what there is",
                model=provider.name,
            )
        connections = self._connections.get(provider.name)
        if connections is None:
            connections = Connections(provider, connect_timeout=self._connect_timeout)
            self._connections[provider.name] = connections
        if provider.dialect == "anthropic":
            from .anthropic import AnthropicModel  # the HTTP client under these takes a while to import

            return AnthropicModel(model, provider=provider, connections=connections)
        from .openai import OpenAIModel

        return OpenAIModel(model, provider=provider, connections=connections)

    def _imported(self, name: str, allow_modules: bool) -> Model:
        module, colon, attribute = name.partition(":")
        likely = _looks_like_module(module) and attribute.replace(".", "").isidentifier()
        if not colon or not likely or self._meant(module):
            raise self._unknown(name)
        if not allow_modules:
            raise _refused(name)
        if self._cwd_modules and "" not in sys.path:
            sys.path.insert(0, "")
        try:
            found: Any = importlib.import_module(module)
        except ModuleNotFoundError as error:
            if error.name is not None and not f"{module}.".startswith(f"{error.name}."):
                raise  # the module is there; what it imports is not
            raise self._unknown(name) from None
        for part in attribute.split("."):
            try:
                found = getattr(found, part)
            except AttributeError:
                raise ModelUnknown(f"the module {module!r} has no {attribute!r}", model=name) from None
        return _as_model(found, name)

    def _meant(self, provider: str) -> bool:
        """Whether a name is a provider's, misspelt."""
        return bool(difflib.get_close_matches(provider, [*self.providers, *_OWN], 1, 0.8)) and not (
            importlib.util.find_spec(provider) if "." not in provider else None
        )

    def _unknown(self, name: str) -> ModelUnknown:
        provider, colon, rest = name.partition(":")
        names = sorted([*self.providers, *_OWN])
        close = difflib.get_close_matches(provider, names, 1, 0.6)
        if close:
            advice = f"did you mean `{close[0]}{colon}{rest}`?"
        elif colon:
            advice = f"`{provider}` is neither a provider ({', '.join(names)}) nor a module that can be imported"
        else:
            advice = "write `provider:model`, such as `openai:gpt-5-mini` or `ollama:llama3.2`"
        return ModelUnknown(f"no model is called {name!r}: {advice}", model=name)


def _own(provider: str, rest: str) -> Model:
    if provider == "scripted":
        from .scripted import Scripted

        return Scripted.named(rest)
    if provider == "recorded":
        from .recorded import Recorded

        return Recorded.named(rest)
    from .excerpts import Excerpts

    return Excerpts()


def _refused(name: str) -> ModelUnknown:
    return ModelUnknown(
        f"{name!r} names something of the server's own; here models are chosen by `provider:model` only", model=name
    )


def _looks_like_module(name: str) -> bool:
    return all(part.isidentifier() for part in name.split("."))


def _as_model(found: Any, name: str) -> Model:
    """A model from an object, or from a class or a factory that takes no arguments."""
    if inspect.isclass(found) or (callable(found) and not hasattr(found, "stream")):
        make: Callable[[], Any] = found
        try:
            inspect.signature(make).bind()
        except TypeError as error:
            raise ModelUnknown(f"{name!r} cannot be made without arguments: {error}", model=name) from None
        found = make()
    if not hasattr(found, "stream") or not isinstance(getattr(found, "name", None), str):
        raise ModelUnknown(
            f"{name!r} is no model: a model has a `name` and `stream(prompt)`; this is a {type(found).__name__}",
            model=name,
        )
    model: Model = found
    return model
