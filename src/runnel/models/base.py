"""What a model is: an object with a `name` and `stream(prompt)`. That is the whole extension point.

The optional attributes, each with the value that holds where a model does not have it:

- `prefill = False`: whether it goes on from `prompt.prefill` (what makes `continue_message` possible);
- `context_window = None`: how many tokens its prompt may have; history is trimmed to it by whole turns;
- `price = (0.0, 0.0)`: US dollars for a million tokens of input, and of output; what `Limits(cost=…)` counts by;
- `async aclose()`: lets go of connections.

A model knows nothing of runs, logs or chats.
"""

from collections.abc import AsyncIterable, Iterable
from typing import Protocol, TypeAlias, runtime_checkable

from ..vocabulary.prompt import Delta, Prompt

__all__ = ["Deltas", "Model", "context_window", "price", "takes_prefill"]

# An async generator as a rule; a plain generator works too, and is run in a thread of its own.
Deltas: TypeAlias = AsyncIterable[Delta] | Iterable[Delta]


@runtime_checkable
class Model(Protocol):
    """What turns a prompt into deltas.

    `stream` yields `str`s or deltas (`runnel.vocabulary.prompt.Delta`) in order and returns when the answer is whole.
    It raises a `ModelError` where the vendor fails; any other exception is recorded as an `InternalError`. It is
    closed (`aclose`, or cancellation of the task that iterates it) when the run is cancelled, and must let go of the
    vendor's connection then. A stream that breaks off without the vendor's end marker must raise `StreamEndedEarly`.
    """

    @property
    def name(self) -> str:
        """How the model is called, as `provider:model` where it can be found by that name."""

    def stream(self, prompt: Prompt) -> Deltas:
        """The deltas of the answer to `prompt`."""


def takes_prefill(model: Model) -> bool:
    """Whether the model goes on from `prompt.prefill`."""
    return bool(getattr(model, "prefill", False))


def context_window(model: Model) -> int | None:
    """How many tokens the model's prompt may have, where it says."""
    window: int | None = getattr(model, "context_window", None)
    return window


def price(model: Model) -> tuple[float, float]:
    """US dollars for a million tokens of the model's input, and of its output; nothing where it does not say."""
    input_price, output_price = getattr(model, "price", (0.0, 0.0))
    return float(input_price), float(output_price)
