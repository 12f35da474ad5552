"""Models that a server knows by name, each playing the script that a test gave."""

from typing import Any

from runnel.models.scripted import Item, Scripted

__all__ = ["NAMES", "given"]

# Names that the settings of a test's server allow; more than any test takes.
NAMES = tuple([f"{__name__}:model_{number}" for number in range(8)])
_models: list[Scripted] = []


def given(*script: Item) -> str:
    """The name of a model that plays `script`. The names are used in turn."""
    _models.append(Scripted(*script, prefill=True))
    return NAMES[(len(_models) - 1) % len(NAMES)]


def __getattr__(name: str) -> Any:
    if not name.startswith("model_"):
        raise AttributeError(name)
    number = int(name.removeprefix("model_"))
    return next(model for place, model in reversed(list(enumerate(_models))) if place % len(NAMES) == number)
