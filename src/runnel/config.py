"""Settings: from a TOML file, then from the environment (`RUNNEL_…`), which wins.

The file is `runnel.toml` in the user's configuration folder, or the one that `RUNNEL_CONFIG` names. A key given here is
a `SecretStr`: it is not shown, not logged, and never part of an event.
"""

import os
from pathlib import Path
from typing import Any, Literal

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
    TomlConfigSettingsSource,
)

from .errors import ConfigError

__all__ = ["Config", "DocumentsConfig", "ProviderConfig", "RunsConfig", "config_file", "data_directory", "load"]


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

    dialect: Literal["openai"] = "openai"
    base_url: str | None = None
    api_key: SecretStr | None = None
    key_env: str | None = None
    needs_key: bool = False
    headers: dict[str, SecretStr] = Field(default_factory=dict)
    prefill: Literal["assistant", "continue", "prefix"] | None = None
    context_window: int | None = Field(None, gt=0)
    max_tokens: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    stream_usage: bool = True
    default_model: str | None = None


class RunsConfig(_Section):
    """The limits of a run, in seconds but for `retries`; see `runnel.runs.settings.RunSettings`."""

    first_token: float | None = Field(None, gt=0)
    between_tokens: float | None = Field(None, gt=0)
    connect: float = Field(10.0, gt=0)
    retries: int = Field(2, ge=0)
    close: float = Field(2.0, ge=0)
    drain: float = Field(5.0, ge=0)
    model_wait: float = Field(10.0, ge=0)


class DocumentsConfig(_Section):
    """Limits on documents and on what of them a model is given."""

    max_bytes: int = Field(64 << 20, gt=0)
    budget_tokens: int = Field(2000, gt=0)


class Config(BaseSettings):
    """All settings. Each can be set in the environment too: `RUNNEL_MODEL`, `RUNNEL_RUNS__FIRST_TOKEN`."""

    model_config = SettingsConfigDict(
        env_prefix="RUNNEL_", env_nested_delimiter="__", extra="forbid", frozen=True, env_ignore_empty=True
    )

    # The model of chats that name none; without it the first that can be used, else `excerpts`.
    model: str | None = None
    system: str | None = None
    history: bool | int = True
    synchronous: Literal["normal", "full"] = "normal"
    runs: RunsConfig = RunsConfig()
    documents: DocumentsConfig = DocumentsConfig()
    providers: dict[str, ProviderConfig] = Field(default_factory=dict)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        **_: Any,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls, config_file())


def load() -> Config:
    """The settings that hold now. Raises ConfigError, which names the setting and where it was set."""
    try:
        return Config()
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg'].lower()}" for problem in error.errors()
        )
        raise ConfigError(f"wrong settings in {config_file()} or in RUNNEL_… of the environment: {wrong}") from None
    except (SettingsError, ValueError, OSError) as error:
        raise ConfigError(f"cannot read the settings in {config_file()}: {error}") from error
