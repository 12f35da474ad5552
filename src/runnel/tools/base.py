"""What a tool is: a `name`, a `description`, `parameters` as a JSON schema, and `call(arguments, context)`.

`call` gives, in order, any number of

- `str`s and `MediaPart`s: pieces of the result, which together are what the model is told;
- `StatusLine`s: lines for people about what goes on, no part of the result;
- at most one `ToolResult`: the whole result, in place of the pieces.

A tool knows nothing of runs, logs or chats: what it needs of the run that calls it is its `context`.
"""

from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Literal, Protocol, TypeAlias, runtime_checkable

import msgspec

from ..vocabulary.events import StatusLine
from ..vocabulary.failures import ErrorValue
from ..vocabulary.messages import MediaPart, Source
from .cancelling import CancelToken

__all__ = ["NAME", "Output", "Permission", "Tool", "ToolContext", "ToolResult", "Toolbox"]

Permission: TypeAlias = Literal["always", "ask", "never"]

# What every vendor takes as the name of a function.
NAME = r"[a-zA-Z0-9_-]{1,64}"
NO_PARAMETERS: Mapping[str, Any] = {"type": "object", "properties": {}}


class ToolResult(msgspec.Struct, frozen=True, omit_defaults=True):
    """What came of a call. `text` is what the model is told; of `media` it is told that they are there. `sources` are
    the passages that the text quotes. Where `error`, the text says what went wrong, and `failure` describes it for
    people and programs (a traceback is in its details, and nowhere in the text)."""

    text: str = ""
    media: tuple[MediaPart, ...] = ()
    error: bool = False
    failure: ErrorValue | None = None
    sources: tuple[Source, ...] = ()


Output: TypeAlias = str | MediaPart | StatusLine | ToolResult


class ToolContext(Protocol):
    """What a tool is given of the run that calls it."""

    @property
    def run_id(self) -> str:
        """The run."""

    @property
    def call_id(self) -> str:
        """The call: unique, and the same when the call is tried again."""

    @property
    def cancelled(self) -> CancelToken:
        """Whether the call is to stop. Of use to tools in threads: those that are coroutines are cancelled."""

    def status(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Say to people what goes on; `done` of `total` where it can be counted. From any thread."""

    async def ask(self, question: str) -> str:
        """Ask the user, and wait for the answer as long as it takes: the tool's timeout stands still meanwhile."""


class Tool(ABC):
    """A tool, to extend. What a subclass does not set has the value that stands here.

    `permission` is whether it may be called: `always`, only after a person agreed (`ask`), or `never`. `timeout` is in
    seconds. `retries` is how many times more a call is tried that failed; once it has begun, only where it is
    `idempotent`: called twice, it does what it does once.
    """

    name: str
    description: str = ""
    parameters: Mapping[str, Any] = NO_PARAMETERS
    permission: Permission = "always"
    timeout: float | None = None
    retries: int = 0
    idempotent: bool = False

    @property
    def reference(self) -> str:
        """How a chat remembers the tool: `module:name` where another process can import it by that, else
        `object:NAME`, which only a program that has the object can give again."""
        return f"object:{self.name}"

    def check(self, arguments: dict[str, Any]) -> None:
        """Raise ToolArgumentsInvalid where `call` would, without doing anything: nobody is asked to agree to a call
        that cannot be made."""
        return

    @abstractmethod
    def call(self, arguments: dict[str, Any], context: ToolContext) -> AsyncIterator[Output]:
        """Carry out a call. Closed, or its task cancelled, where the call is to stop.

        Raises ToolError with words for the model; any other exception is reported to it by type and message. Raises
        ToolUnreachable only where nothing was begun.
        """


@runtime_checkable
class Toolbox(Protocol):
    """What has tools to give that are not known before it is asked, such as a server's."""

    @property
    def reference(self) -> str:
        """How a chat remembers it: see `Tool.reference`."""

    async def tools(self) -> Sequence[Tool]:
        """Its tools, as they now are. Raises ToolUnreachable."""
