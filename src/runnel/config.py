"""Settings: from a TOML file, then from the environment (`RUNNEL_…`), which wins.

The file is `runnel.toml` in the user's configuration folder, or the one that `RUNNEL_CONFIG` names. A key given here is
a `SecretStr`: it is not shown, not logged, and never part of an event.
"""

import os
import re
import tomllib
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, get_args, get_origin
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from .errors import ConfigError

__all__ = [
    "Config",
    "DocumentsConfig",
    "LimitsConfig",
    "MCPConfig",
    "NotifyConfig",
    "OIDCConfig",
    "ProviderConfig",
    "RunsConfig",
    "ServerConfig",
    "Setting",
    "config_file",
    "data_directory",
    "load",
    "settings",
    "unknown_variables",
]


def config_file() -> Path:
    """The file that settings are read from, whether it is there or not."""
    named = os.environ.get("RUNNEL_CONFIG")
    return Path(named).expanduser() if named else Path(platformdirs.user_config_dir("runnel")) / "runnel.toml"


def data_directory() -> Path:
    """Where the database lies unless a URL says otherwise: `RUNNEL_DATA`, or the user's data directory."""
    named = os.environ.get("RUNNEL_DATA")
    return Path(named).expanduser() if named else Path(platformdirs.user_data_dir("runnel"))


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ProviderConfig(_Section):
    """A provider of models: a server that speaks a known dialect. See `docs/models.md`."""

    dialect: Literal["openai", "anthropic"] = "openai"
    base_url: str | None = None
    api_key: SecretStr | None = None
    key_env: str | None = None
    needs_key: bool = False
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    prefill: Literal["assistant", "continue", "prefix"] | None = None
    context_window: int | None = Field(default=None, gt=0)
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    stream_usage: bool = True
    output_tokens: int = Field(default=16_384, gt=0)
    cache: bool = True
    default_model: str | None = None


class RunsConfig(_Section):
    """What holds for every run, times in seconds; see `runnel.runs.settings.RunSettings`."""

    first_token: float | None = Field(default=None, gt=0)
    between_tokens: float | None = Field(default=None, gt=0)
    connect: float = Field(default=10.0, gt=0)
    retries: int = Field(default=2, ge=0)
    close: float = Field(default=2.0, ge=0)
    drain: float = Field(default=5.0, ge=0)
    model_wait: float = Field(default=10.0, ge=0)
    tracebacks: bool = True


class DocumentsConfig(_Section):
    """Limits on documents and on what of them a model is given."""

    max_bytes: int = Field(default=64 << 20, gt=0)
    budget_tokens: int = Field(default=2000, gt=0)


class MCPConfig(_Section):
    """A server that speaks the Model Context Protocol: a `command`, or a `url`. See `docs/tools.md`."""

    command: tuple[str, ...] = ()
    env: dict[str, SecretStr] = Field(default_factory=dict)
    cwd: str | None = None
    url: str | None = None
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    # Before the names of its tools; which of them there are (all); whether a person must agree to their calls.
    prefix: str = ""
    only: tuple[str, ...] | None = None
    permission: Literal["always", "ask", "never"] = "always"
    permissions: dict[str, Literal["always", "ask", "never"]] = Field(default_factory=dict)
    # Seconds that a call may take.
    timeout: float | None = Field(default=None, gt=0)

    @model_validator(mode="after")
    def _one_place(self) -> "MCPConfig":
        if bool(self.command) == (self.url is not None):
            raise ValueError("a server that speaks MCP has either a command or a url")
        return self


class NotifyConfig(_Section):
    """Who is told when runs end: `docs/background.md`. `secret` signs what is sent to URLs; `timeout` is in seconds."""

    url: str | None = None
    secret: SecretStr | None = None
    timeout: float = Field(default=15.0, gt=0)


class LimitsConfig(_Section):
    """What a user of the server may have at once: `docs/users.md`. Without users, `body` alone holds."""

    # In bytes, of a request that uploads no document; for those it is `documents.max_bytes`.
    body: int = Field(default=16 << 20, gt=0)
    # A second, in the long run; and how many at once after a pause.
    requests: float = Field(default=50.0, gt=0)
    burst: int = Field(default=200, gt=0)
    # Streams, sockets and answers that are waited for.
    streams: int = Field(default=64, gt=0)
    # Runs that have not ended.
    runs: int = Field(default=16, gt=0)
    chats: int = Field(default=10_000, gt=0)
    documents: int = Field(default=10_000, gt=0)


def _origin_given(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.netloc != text.partition("://")[2]:
        raise ValueError(f"{text!r} is no origin: write https://example.com, without a path")
    return text.lower()


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"there is no time zone {name!r}: name one as 'Europe/Berlin' or 'UTC'") from None
    return name


def _root_path(text: str) -> str:
    if text and (not text.startswith("/") or text.endswith("/")):
        raise ValueError("a root path begins with a slash and ends without one, such as /runnel")
    return text


class ServerConfig(_Section):
    """The HTTP server: `docs/serving.md`, and `docs/users.md` for who may call it. `metrics_token` is what asks for
    `/metrics` where the server has users."""

    host: str = "127.0.0.1"
    port: int = Field(default=8642, ge=0, le=65535)
    log: Literal["text", "json"] = "text"
    # Seconds of silence after which a stream shows that it is alive.
    heartbeat: float = Field(default=15.0, gt=0)
    # Spans of OpenTelemetry (`runnel[otel]`), and whether what is asked and said is in them.
    traces: bool = False
    trace_content: bool = False
    metrics_token: SecretStr | None = None
    # Names by which it may be called, besides this machine's own and addresses; `.example.com` is all below it.
    hosts: tuple[str, ...] = ()
    # Origins of other pages that may do what the server's own page may.
    origins: tuple[Annotated[str, AfterValidator(_origin_given)], ...] = ()
    # Addresses of proxies, whose word for who calls is taken.
    proxies: tuple[str, ...] = ()
    root_path: Annotated[str, AfterValidator(_root_path)] = ""
    session_days: float = Field(default=30.0, gt=0)
    # The names of models that callers may choose, the default first; without any, those that this machine has.
    models: tuple[str, ...] = ()
    # Whether callers may name URLs that this server tells of runs: it can reach what they cannot.
    notify: bool = False
    limits: LimitsConfig = LimitsConfig()


class OIDCConfig(_Section):
    """Who vouches for users: an OpenID Connect issuer. See `docs/users.md`."""

    issuer: str
    client_id: str
    client_secret: SecretStr | None = None
    scopes: tuple[str, ...] = ("openid", "email", "profile")
    # Who may log in: accounts with an address in one of the domains, or with one of the addresses.
    domains: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    # Whether those become users when they first log in; else only who is a user already, by the address as a name.
    create_users: bool = False
    # What the button on the page is called after.
    name: str = "your account"

    @model_validator(mode="after")
    def _somebody_is_meant(self) -> "OIDCConfig":
        if self.create_users and not self.domains and not self.emails:
            raise ValueError("create_users needs domains or emails, else every account there would be a user here")
        return self


class _File(TomlConfigSettingsSource):
    def _read_file(self, file_path: Any) -> dict[str, Any]:
        return tomllib.loads(file_path.read_text(encoding="utf-8-sig"))  # some editors put a mark at the beginning


class Config(BaseSettings):
    """All settings. Each can be set in the environment too: `RUNNEL_MODEL`, `RUNNEL_RUNS__FIRST_TOKEN`."""

    model_config = SettingsConfigDict(
        env_prefix="RUNNEL_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    # The model of chats that name none; without it the first that can be used, else `excerpts`.
    model: str | None = None
    system: str | None = None
    history: bool | int = True
    # The tools that callers of the server may give a chat, and those of chats that are begun on the command line and
    # name none: `module:name`, or `mcp:NAME` for all of a server's.
    tools: tuple[str, ...] = ()
    # The time zone, by its name, in which `every=` is read where a call names none.
    time_zone: Annotated[str, AfterValidator(_zone)] = "UTC"
    synchronous: Literal["normal", "full"] = "normal"
    runs: RunsConfig = RunsConfig()
    documents: DocumentsConfig = DocumentsConfig()
    notify: NotifyConfig = NotifyConfig()
    server: ServerConfig = ServerConfig()
    oidc: OIDCConfig | None = None
    providers: dict[str, ProviderConfig] = Field(default_factory=dict)
    mcp: dict[str, MCPConfig] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return init_settings, env_settings, _File(settings_cls, config_file())


def load() -> Config:
    """The settings that hold now. Raises ConfigError, which names the setting and where it was set."""
    if os.environ.get("RUNNEL_CONFIG") and (not (file := config_file()).exists() or file.is_dir()):
        raise ConfigError(f"there is no file {file}, which RUNNEL_CONFIG names as that of the settings")
    try:
        return Config()
    except ValidationError as error:
        wrong = "; ".join([_wrong(tuple(map(str, problem["loc"])), problem["msg"]) for problem in error.errors()])
        raise ConfigError(f"wrong setting: {wrong}") from None
    except SettingsError as error:  # its cause may hold the value, which may be a key
        raise ConfigError(f"cannot read the settings in RUNNEL_… of the environment: {error}") from None
    except (ValueError, OSError) as error:
        raise ConfigError(f"cannot read the settings in {config_file()}: {error}") from error


class Setting(BaseModel):
    """A setting as it can be shown: its dotted name, its value (of a key, only that there is one), and where it comes
    from."""

    name: str
    value: str
    origin: str


def settings(config: Config) -> list[Setting]:
    """Every setting, with where each comes from."""
    file = _File(Config, config_file())()
    return [
        Setting(name=".".join(place), value=_shown(value), origin=_origin(place, file))
        for place, value in _leaves((), config)
    ]


def unknown_variables() -> list[str]:
    """Variables of the environment that look like settings and are none. They are no error: others may have set them,
    as Kubernetes does for a service with this name."""
    known = {f"RUNNEL_{name.upper()}" for name in Config.model_fields}
    return sorted(
        name
        for name in os.environ
        if name.upper().startswith("RUNNEL_")
        and name.upper() not in _OTHER_VARIABLES
        and name.upper().split("__")[0] not in known
    )


_OTHER_VARIABLES = {"RUNNEL_CONFIG", "RUNNEL_DATA", "RUNNEL_TOKEN", "RUNNEL_TRACEBACK"}


def _leaves(place: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _leaves((*place, name), getattr(value, name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves((*place, name), inner)
    else:
        yield place, value


def _shown(value: Any) -> str:
    if isinstance(value, SecretStr):
        return "set, not shown" if value.get_secret_value() else "empty"
    if isinstance(value, tuple):
        return ", ".join(map(str, value)) or "none"
    return "none" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def _origin(place: tuple[str, ...], file: Any) -> str:
    variable = _variable(place)
    if variable is not None:
        return variable
    for name in place:
        if not isinstance(file, dict) or name not in file:
            return "default"
        file = file[name]
    return str(config_file())


def _variable(place: tuple[str, ...]) -> str | None:
    """The variable of the environment that sets the setting at `place`, alone or with others as JSON."""
    there = {name.upper(): name for name, value in os.environ.items() if value}
    for length in range(len(place), 0, -1):
        name = there.get("RUNNEL_" + "__".join(place[:length]).upper())
        if name is not None:
            return name
    return None


def _wrong(place: tuple[str, ...], message: str) -> str:
    where = _variable(place) or str(config_file())
    if message == "Extra inputs are not permitted":
        near = get_close_matches(place[-1], _names_at(place[:-1]), 1)
        meant = f": did you mean `{near[0]}`?" if near else ""
        return f"there is no setting `{'.'.join(place)}` ({where}){meant}"
    for pydantic, plain in _PLAINLY:
        message = re.sub(pydantic, plain, message)
    return f"`{'.'.join(place)}`: {message[:1].lower()}{message[1:]} ({where})"


# What pydantic says, and what it is in a file of settings.
_PLAINLY = (
    ("Value error, ", ""),
    ("a valid tuple", "a list"),
    (r"a valid dictionary or instance of \w+|a valid dictionary", "a table"),
)


def _names_at(place: tuple[str, ...]) -> list[str]:
    """The names that there are in a section."""
    section: Any = Config
    for name in place:
        section = get_args(section)[1] if get_origin(section) is dict else section.model_fields[name].annotation
        if get_origin(section) is UnionType:  # that, or None
            section = get_args(section)[0]
    return list(section.model_fields)
