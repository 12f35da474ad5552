"""Models are found by name, and those that are there are found without one."""

import asyncio
import sys
from pathlib import Path

import pytest

from runnel.errors import ConfigError, ModelUnknown
from runnel.models.anthropic import AnthropicModel
from runnel.models.base import Model
from runnel.models.discovery import Availability, discover, first_usable
from runnel.models.openai import OpenAIModel
from runnel.models.provider import BUILT_IN, Provider
from runnel.models.registry import Registry
from runnel.testing.models import read, text_of
from runnel.testing.upstream import Upstream

KEY = "sk-very-secret-key"


@pytest.mark.parametrize("name", [*BUILT_IN, "mine"])
def test_a_provider_and_its_model_make_a_name(name: str) -> None:
    model = Registry({"mine": {"base_url": "http://127.0.0.1:9/v1"}}).resolve(f"{name}:llama3:8b")
    assert isinstance(model, AnthropicModel if name == "anthropic" else OpenAIModel)
    assert model.name == f"{name}:llama3:8b"


@pytest.mark.parametrize("name", ["excerpts", "scripted", "scripted:Hi there", "runnel.models.excerpts:Excerpts"])
async def test_models_that_need_no_server_have_names_too(name: str) -> None:
    model = Registry().resolve(name)
    assert isinstance(model, Model)
    assert text_of(await read(model))


def test_a_provider_alone_is_its_default_model() -> None:
    assert Registry().resolve("openai").name == "openai:gpt-5-mini"
    assert Registry({"mine": {"default_model": "m"}}).resolve("mine").name == "mine:m"
    with pytest.raises(ModelUnknown, match="ollama:<model>"):
        Registry().resolve("ollama")


@pytest.mark.parametrize(
    ("name", "advice"),
    [
        ("opneai:gpt-5", "did you mean `openai:gpt-5`"),
        ("excerpt", "did you mean `excerpts`"),
        ("gpt-5", "provider:model"),
        ("no_such_module:model", "neither a provider"),
        ("json:nothing", "no 'nothing'"),
        ("json:decoder.nothing", "no 'decoder.nothing'"),
        ("json:loads", "without arguments"),
        ("sys:path", "is no model"),
        ("", "provider:model"),
        (":x", "neither a provider"),
        ("recorded:/no/such/file", "no recording"),
    ],
)
def test_a_name_that_nobody_has_says_what_to_do(name: str, advice: str) -> None:
    with pytest.raises(ModelUnknown, match=advice):
        Registry().resolve(name)


@pytest.mark.parametrize("name", ["runnel.models.excerpts:Excerpts", "json:loads", "recorded:/etc/passwd"])
def test_strangers_can_name_neither_modules_nor_files(name: str) -> None:
    with pytest.raises(ModelUnknown, match="`provider:model` only"):
        Registry().resolve(name, allow_modules=False)


def test_a_module_of_the_working_directory_is_found_for_a_command_line_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "own_model_here.py").write_text("from runnel.models.excerpts import Excerpts\nmodel = Excerpts()\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [each for each in sys.path if each])
    with pytest.raises(ModelUnknown):
        Registry().resolve("own_model_here:model")
    assert Registry(cwd_modules=True).resolve("own_model_here:model").name == "excerpts"
    sys.modules.pop("own_model_here")


def test_a_module_that_fails_to_import_what_it_needs_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "broken_model_here.py").write_text("import no_such_module_at_all\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(ModuleNotFoundError, match="no_such_module_at_all"):
        Registry().resolve("broken_model_here:model")


def test_a_provider_may_be_changed_in_part() -> None:
    provider = Provider.of("vllm", {"base_url": "http://gpu:8000/v1/", "api_key": KEY})
    assert (provider.url(), provider.prefill, provider.key()) == ("http://gpu:8000/v1", "continue", KEY)
    assert KEY not in repr(provider)


@pytest.mark.parametrize("settings", [{"speed": 1}, {"prefill": "maybe"}, {"dialect": "latin"}])
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object]) -> None:
    with pytest.raises(ConfigError, match="mine"):
        Registry({"mine": settings})


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("0.0.0.0", "http://127.0.0.1:11434/v1"),
        ("gpu", "http://gpu:11434/v1"),
        ("gpu:8000", "http://gpu:8000/v1"),
        ("http://gpu:8000", "http://gpu:8000/v1"),
        ("https://gpu/v1/", "https://gpu/v1"),
    ],
)
def test_ollama_is_where_its_own_variable_says(host: str, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLLAMA_HOST", host)
    assert BUILT_IN["ollama"].url() == url


async def test_all_that_is_there_is_found_and_what_is_not_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("THERE_KEY", KEY)
    monkeypatch.delenv("AWAY_KEY", raising=False)
    async with Upstream(models=("llama", "qwen", "embedder")) as upstream, Upstream(key="other") as closed:
        given = (
            Provider(name="away", key_env="AWAY_KEY", needs_key=True, default_model="big"),
            Provider(name="server", base_url=upstream.url, local=True),
            Provider(name="there", key_env="THERE_KEY", needs_key=True, default_model="big"),
            Provider(name="down", base_url="http://127.0.0.1:9/v1", local=True),
            Provider(name="closed", base_url=closed.url, api_key=KEY),
        )
        found = await discover({provider.name: provider for provider in given})
        assert [each.name for each in found if each.usable] == ["server:llama", "server:qwen", "there:big", "excerpts"]
        reasons = {each.name: each.reason for each in found if not each.usable}
        assert reasons == {
            "away:big": "no key: set AWAY_KEY",
            "down": "nothing answers at http://127.0.0.1:9/v1",
            "closed": f"{closed.url} answers with status 401",
        }
        assert KEY not in str(found)
        assert await first_usable({provider.name: provider for provider in given}) == "server:llama"


@pytest.mark.parametrize(
    ("listed", "beside", "pictures"),
    [
        ({}, {}, None),
        ({"architecture": {"input_modalities": ["text", "image"]}}, {}, True),
        ({"architecture": {"input_modalities": ["text"]}}, {}, False),
        ({"architecture": "Qwen3ForCausalLM"}, {}, None),
        ({}, {"models": [{"model": "any", "capabilities": ["completion"]}]}, False),
        ({}, {"models": [{"model": "any", "capabilities": ["completion", "multimodal"]}]}, None),
        ({}, {"models": [{"model": "other", "capabilities": ["completion"]}]}, None),
        ({}, {"models": "any"}, None),
    ],
)
async def test_whether_a_model_takes_pictures_is_known_where_its_server_says_so(
    listed: dict[str, object], beside: dict[str, object], pictures: bool | None
) -> None:
    async with Upstream(listing={"data": [{"id": "any", **listed}], **beside}) as upstream:
        (found, _) = await discover({"server": Provider(name="server", base_url=upstream.url, local=True)})
    assert found == Availability("server:any", True, pictures=pictures)


async def test_a_server_that_does_not_answer_is_not_waited_for() -> None:
    left = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(say_nothing, "127.0.0.1", 0) as server:
        url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        found = await discover({"mute": Provider(name="mute", base_url=url, local=True)}, timeout=0.05)
        await left.wait()
    assert found == [
        Availability("excerpts", True, pictures=False),
        Availability("mute", False, f"nothing answers at {url}"),
    ]


async def test_without_anything_else_there_are_excerpts() -> None:
    assert await first_usable({}) == "excerpts"
    assert await first_usable({"away": Provider(name="away", needs_key=True)}) == "excerpts"


async def test_a_key_that_is_set_asks_no_server() -> None:
    provider = Provider(name="there", api_key=KEY, needs_key=True, default_model="big")
    assert await first_usable({"there": provider, "down": BUILT_IN["vllm"]}) == "there:big"


async def test_models_of_a_provider_share_its_connections() -> None:
    async with Upstream() as upstream:
        registry = Registry({"mine": {"base_url": upstream.url}})
        for name in ("mine:a", "mine:b"):
            await read(registry.resolve(name))
        assert upstream.connections == 1
        await registry.aclose()
