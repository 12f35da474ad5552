"""Which models there are: servers on this machine are asked, keys are looked for. No key is ever shown."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from .connections import sdk_missing
from .provider import Provider

if TYPE_CHECKING:
    import httpx2

__all__ = ["Availability", "discover", "first_usable"]

_PROBE = 0.3  # seconds: a server on this machine answers within a few milliseconds


class Availability(msgspec.Struct, frozen=True):
    """A model by the name that resolves to it, and whether it can be used; `reason` says why not, and what to
    do. `pictures`: whether it takes any, where that is known."""

    name: str
    usable: bool
    reason: str | None = None
    pictures: bool | None = None


class _Listed(msgspec.Struct):
    id: str
    architecture: Any = None


class _List(msgspec.Struct):
    """What servers answer to `/v1/models`; but for `data`, each what it likes."""

    data: list[_Listed] = []
    models: Any = None


async def discover(providers: Mapping[str, Provider], *, timeout: float = _PROBE) -> list[Availability]:
    """What there is, in the order of the providers: models of servers that are running, and of providers
    whose key is set; then `excerpts`, which is always there; then what cannot be used. Takes `timeout`
    seconds at most.
    """
    import httpx2

    # What checks certificates takes long to make, and servers on this machine have none, as a rule.
    verify = any(_is_asked(one) and one.url().startswith("https:") for one in providers.values())
    async with httpx2.AsyncClient(timeout=timeout, trust_env=False, verify=verify) as client:
        found = await asyncio.gather(
            *[
                _probe(provider, client, timeout) if _is_asked(provider) else _alone(_assumed(provider))
                for provider in providers.values()
            ]
        )
    everything = [one for each in found for one in each]
    usable = [one for one in everything if one.usable]
    return [*usable, Availability("excerpts", True, pictures=False), *[one for one in everything if not one.usable]]


async def first_usable(providers: Mapping[str, Provider]) -> str:
    """The name of the first model of `discover`, without asking any server where a provider before them is usable."""
    for provider in providers.values():
        if _is_asked(provider):
            return next(each.name for each in await discover(providers) if each.usable)
        if (found := _assumed(provider)).usable:
            return found.name
    return "excerpts"


def _is_asked(provider: Provider) -> bool:
    """Whether the provider itself is asked for its models: those far away are taken at their word."""
    return provider.local or not (provider.needs_key or provider.default_model)


async def _alone(availability: Availability) -> list[Availability]:
    return [availability]


def _assumed(provider: Provider) -> Availability:
    name = f"{provider.name}:{provider.default_model}" if provider.default_model else provider.name
    if missing := sdk_missing(provider):
        return Availability(name, False, missing)
    if provider.key() or not provider.needs_key:
        return Availability(name, True)
    return Availability(name, False, f"no key: set {provider.key_env or 'api_key'}")


async def _probe(provider: Provider, client: "httpx2.AsyncClient", timeout: float) -> list[Availability]:
    import httpx2

    if missing := sdk_missing(provider):
        return [Availability(provider.name, False, missing)]
    url = provider.url()
    key = provider.key()
    headers = {**provider.headers, **({"Authorization": f"Bearer {key}"} if key else {})}
    if provider.dialect == "anthropic":
        url = f"{url.removesuffix('/v1')}/v1"
        headers |= {"anthropic-version": "2023-06-01"}
    try:
        async with asyncio.timeout(timeout):
            response = await client.get(f"{url}/models", headers=headers)
        response.raise_for_status()
        answer = msgspec.json.decode(response.content, type=_List)
    except (httpx2.ConnectError, httpx2.ConnectTimeout, TimeoutError):
        return [Availability(provider.name, False, f"nothing answers at {url}")]
    except httpx2.HTTPStatusError as error:
        status = error.response.status_code
        return [Availability(provider.name, False, f"{url} answers with status {status}")]
    except (httpx2.HTTPError, httpx2.InvalidURL, msgspec.MsgspecError):
        return [Availability(provider.name, False, f"what answers at {url} is no server of models")]
    if not answer.data:
        return [Availability(provider.name, False, f"the server at {url} has no models yet")]
    return [
        Availability(f"{provider.name}:{model.id}", True, pictures=_takes_pictures(model, answer.models))
        for model in answer.data
        if "embed" not in model.id
    ]


def _takes_pictures(model: _Listed, beside: Any) -> bool | None:
    """Whether a model takes pictures, as far as its server says so: some tell what goes in, as OpenRouter; llama.cpp
    says `multimodal` of one that takes more than text, be it pictures or sound."""
    match model.architecture:
        case {"input_modalities": [*kinds]}:
            return "image" in kinds
    for one in beside if isinstance(beside, list) else ():
        match one:
            case {"model": name, "capabilities": [*can]} if name == model.id and "completion" in can:
                return None if "multimodal" in can else False
    return None
