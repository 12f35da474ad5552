"""Settings: which wins, which is wrong, and that no key is ever shown."""

import logging
from dataclasses import fields
from pathlib import Path
from typing import get_args

import pytest

from runnel import Runnel
from runnel.config import Config, ProviderConfig, load, settings
from runnel.errors import ConfigError, ConnectionFailed
from runnel.models.provider import DIALECTS, Provider
from tests.cli.processes import Place

KEY = "sk-a-key-that-nobody-may-see-0123456789"


@pytest.fixture(autouse=True)
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of settings, which is empty at first; nothing of the environment."""
    path = tmp_path / "runnel.toml"
    path.touch()
    monkeypatch.setenv("RUNNEL_CONFIG", str(path))
    for name in ("RUNNEL_MODEL", "RUNNEL_SYSTEM", "RUNNEL_HISTORY"):
        monkeypatch.delenv(name, raising=False)
    return path


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert load().runs.retries == 2
    file.write_text('model = "scripted:file"\nsystem = "Be kind."\n[runs]\nretries = 5\n')
    assert (load().model, load().runs.retries) == ("scripted:file", 5)
    monkeypatch.setenv("RUNNEL_MODEL", "scripted:environment")
    monkeypatch.setenv("RUNNEL_RUNS__RETRIES", "7")
    assert (load().model, load().system, load().runs.retries) == ("scripted:environment", "Be kind.", 7)
    origins = {setting.name: setting.origin for setting in settings(load())}
    assert origins["model"] == "RUNNEL_MODEL"
    assert origins["runs.retries"] == "RUNNEL_RUNS__RETRIES"
    assert origins["system"] == str(file)
    assert origins["runs.connect"] == "default"


def test_an_option_wins_over_all(place: Place, file: Path) -> None:
    place.write("runnel.toml", 'model = "scripted:file"\n')
    assert place.run("ask", "hi").stdout == "file\n"
    place.variables["RUNNEL_MODEL"] = "scripted:environment"
    assert place.run("ask", "hi").stdout == "environment\n"
    assert place.run("ask", "hi", "-m", "scripted:option").stdout == "option\n"


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("modle = 1", "`modle`"),
        ("[runs]\nretries = 'many'", "`runs.retries`"),
        ("[runs]\nretry = 1", "`runs.retry`"),
        ("[providers.mine]\nbase = 'x'", "`providers.mine.base`"),
        ("model = x", "line 1"),
    ],
)
def test_a_wrong_setting_is_named_with_its_file(file: Path, text: str, named: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError) as caught:
        load()
    assert named in str(caught.value)
    assert str(file) in str(caught.value)


def test_a_wrong_variable_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNEL_RUNS__CONNECT", "soon")
    with pytest.raises(ConfigError, match=r"`runs.connect`.*RUNNEL_RUNS__CONNECT"):
        load()


def test_a_wrong_setting_ends_any_command_with_a_sentence(place: Place) -> None:
    place.write("runnel.toml", "modle = 1\n")
    for words in (("ask", "hi"), ("chat",), ("runs",), ("config",)):
        done = place.run(*words)
        assert done.returncode == 2
        assert "there is no setting `modle`" in done.stderr
        assert len(done.stderr.splitlines()) == 1
    assert place.run("config", "--path").stdout == f"{place.folder / 'runnel.toml'}\n"
    assert place.run("--help").returncode == 0


def test_config_shows_what_holds_and_where_from(place: Place) -> None:
    place.write("runnel.toml", 'model = "scripted:file"\n')
    place.variables["RUNNEL_MODLE"] = "x"
    done = place.run("config")
    assert done.returncode == 0
    line = next(line for line in done.stdout.splitlines() if line.startswith("model"))
    assert line.split("\t") == ["model", "scripted:file", str(place.folder / "runnel.toml")]
    assert "RUNNEL_MODLE" in done.stderr


def test_a_key_shows_in_no_repr(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file.write_text(f'[providers.mine]\napi_key = "{KEY}"\nheaders = {{ authorization = "Bearer {KEY}" }}\n')
    config = load()
    assert isinstance(config, Config)
    shown = [repr(config), str(config), config.model_dump_json(), *map(repr, settings(config))]
    assert not [text for text in shown if KEY in text]


@pytest.mark.parametrize(
    "text", ["api_key = ['{}']", "api_key = '{}'\nbase = 1", "headers = '{}'", "context_window = '{}'"]
)
def test_a_key_shows_in_no_error_of_a_wrong_setting(file: Path, text: str) -> None:
    file.write_text("[providers.mine]\n" + text.format(KEY))
    with pytest.raises(ConfigError) as caught:
        load()
    assert KEY not in str(caught.value)


def test_a_key_shows_in_no_output_and_in_no_file_of_the_database(
    place: Place, caplog: pytest.LogCaptureFixture
) -> None:
    place.write(
        "runnel.toml",
        f'[providers.mine]\nbase_url = "http://127.0.0.1:9/v1"\napi_key = "{KEY}"\ndefault_model = "m"\n'
        f'headers = {{ x-key = "{KEY}" }}\n[runs]\nretries = 0\n',
    )
    place.variables["OPENAI_API_KEY"] = KEY
    place.variables["OPENAI_BASE_URL"] = "http://127.0.0.1:9/v1"
    place.variables["RUNNEL_TRACEBACK"] = "1"
    place.write("notes.md", "Some words.\n")
    for words in (
        ("config",),
        ("models",),
        ("models", "--json"),
        ("ask", "hi", "-m", "mine", "-d", "notes.md"),
        ("ask", "hi", "-m", "openai:gpt-5-mini", "--json"),
        ("chats", "--json"),
        ("runs", "--json"),
        ("documents", "--json"),
        ("chat", "-m", "mine"),
    ):
        with caplog.at_level(logging.DEBUG):
            done = place.run(*words, stdin="hi\n/model\n/history\n")
        assert KEY not in done.stdout + done.stderr, words
        assert "Traceback" not in done.stderr, words
    assert "mine could not be reached" in place.run("ask", "hi", "-m", "mine").stderr
    files = [path for path in (place.folder / "data").rglob("*") if path.is_file()]
    assert files
    assert not [path.name for path in files if KEY.encode() in path.read_bytes()]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("modle = 1", "model"),
        ("[runs]\nfirst_tokn = 3", "first_token"),
        ("[providers.mine]\nbase_ur = 3", "base_url"),
        ("[mcp.clock]\ncomand = 3", "command"),
        ("[oidc]\nisuer = 3", "issuer"),
    ],
)
def test_a_setting_that_is_misspelt_is_told_what_it_may_mean(file: Path, text: str, meant: str) -> None:
    file.write_text(text)
    with pytest.raises(ConfigError, match=f"did you mean `{meant}`"):
        load()


def test_what_a_setting_is_to_be_is_said_in_the_words_of_the_file(file: Path) -> None:
    file.write_text('runs = 3\ntools = "toolbox:add"\ntime_zone = "Europe/Berlinn"')
    with pytest.raises(ConfigError) as caught:
        load()
    for said in ("`runs`: input should be a table", "`tools`: input should be a list", "`time_zone`: there is no time"):
        assert said in str(caught.value)


def test_a_file_that_is_named_and_not_there_is_no_empty_one(file: Path) -> None:
    file.unlink()
    with pytest.raises(ConfigError, match="which RUNNEL_CONFIG names"):
        load()
    file.mkdir()
    with pytest.raises(ConfigError, match="which RUNNEL_CONFIG names"):
        load()


def test_a_file_may_begin_with_a_byte_order_mark(file: Path) -> None:
    file.write_text('model = "scripted:marked"', encoding="utf-8-sig")
    assert load().model == "scripted:marked"


def test_all_that_a_provider_can_be_is_a_setting() -> None:
    own = {"name", "local", "url_env"}  # of those that are built in
    assert set(ProviderConfig.model_fields) == {field.name for field in fields(Provider)} - own
    assert get_args(ProviderConfig.model_fields["dialect"].annotation) == DIALECTS


async def test_a_setting_of_a_built_in_provider_may_be_what_others_have_without_a_word(file: Path) -> None:
    file.write_text('[providers.openai]\nbase_url = "http://127.0.0.1:1/v1"\nneeds_key = false')
    async with Runnel("sqlite://", config=load()) as app:
        message = await (await app.chat(model="openai:any")).answer("Hello?")
        assert type(message.error) is ConnectionFailed
