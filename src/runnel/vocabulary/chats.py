"""Chats, their settings and the changes of their feed, as values."""

from typing import Any, Literal, TypeAlias

import msgspec

from .messages import Status
from .prompt import Sampling

__all__ = [
    "ChangeType",
    "ChatChange",
    "ChatSettings",
    "ChatValue",
    "ClientTool",
    "Head",
    "IfBusy",
    "Limits",
    "Match",
    "Retrieving",
    "Steering",
    "title_of",
]

IfBusy: TypeAlias = Literal["reject", "enqueue", "interrupt", "rollback"]
Retrieving: TypeAlias = Literal["always", "tool"]
Steering: TypeAlias = Literal["next_step", "interrupt"]
Head: TypeAlias = Literal["head"]
ChangeType: TypeAlias = Literal["message.added", "message.changed", "run.started", "run.changed", "chat.changed"]


# Of the beginning of a question, so many code points.
_TITLE = 60


def title_of(question: str) -> str:
    """What a chat is called that begins with a question: its first line, or as many words of that as are a title."""
    line = question.strip().split("\n")[0].rstrip()
    if len(line) <= _TITLE:
        return line
    words, space, _ = line[:_TITLE].rpartition(" ")
    return f"{(words if space and len(words) > _TITLE // 2 else line[: _TITLE - 1]).rstrip(' ,;:')}…"


class Limits(msgspec.Struct, frozen=True, omit_defaults=True):
    """What one answer may take; None is no limit. Reaching one ends the run `incomplete`, with the partial kept.

    `steps` are calls of the model, `calls` those of tools, `tokens` input and output together, `seconds` the whole
    answer but for waiting for people, `cost` US dollars, for models that say their `price`. `parallel` is how many
    calls are carried out at once.
    """

    steps: int | None = 25
    calls: int | None = 100
    tokens: int | None = None
    seconds: float | None = None
    cost: float | None = None
    parallel: int = 8


class ClientTool(msgspec.Struct, frozen=True, omit_defaults=True):
    """A tool that the caller carries out: a run whose model calls it ends with the finish reason `tool_calls`, and the
    caller brings the result with the next turn. `parameters` is the JSON schema of an object."""

    name: str
    description: str = ""
    parameters: dict[str, Any] = msgspec.field(default_factory=lambda: {"type": "object", "properties": {}})


class ChatSettings(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a chat answers.

    `model` is a name, or `object:NAME` for an object of the program that made the chat. `history` is whether the model
    gets what was said before, or how many turns of it. `documents` are the ids of documents; `retrieval` is whether
    they are searched for every question, or by the model as a tool. `tools` are references to tools. `if_busy` is what
    a question that comes while a run is going does; `steering` whether what the user says meanwhile waits for the
    next step, or interrupts the text. `notify` is a URL that is told when a run of the chat ends, or waits for a
    person. `output` is the JSON schema of the answers, for models that can hold to one. `client_tools` are those
    that the caller carries out.
    """

    model: str = "excerpts"
    system: str | None = None
    history: bool | int = True
    documents: tuple[str, ...] = ()
    sampling: Sampling = Sampling()
    if_busy: IfBusy = "reject"
    tools: tuple[str, ...] = ()
    limits: Limits = Limits()
    retrieval: Retrieving = "always"
    steering: Steering = "next_step"
    notify: str | None = None
    output: dict[str, Any] | None = None
    client_tools: tuple[ClientTool, ...] = ()


class ChatValue(msgspec.Struct, frozen=True, omit_defaults=True):
    """A chat: its settings, and `head`, the last message of its current branch. Times are Unix milliseconds. `key` is
    the caller's own, as canonical JSON. `user` is whose it is; `going` the run that it is answering with, the first
    where others wait behind it. An `unlisted` chat is there for who has its id, and in no list."""

    id: str
    settings: ChatSettings
    created_at: int
    updated_at: int
    title: str = ""
    head: str | None = None
    key: str | None = None
    user: str | None = None
    going: str | None = None
    unlisted: bool = False


class Match(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a search has found a chat: `text` is some of what the message `message` of it says, in one line; None where
    no message has what was searched for. `marks` are where in it, and `title_marks` where in the chat's title: each
    with its start and end, in Unicode code points, in order, none upon another."""

    message: str | None = None
    text: str = ""
    marks: tuple[tuple[int, int], ...] = ()
    title_marks: tuple[tuple[int, int], ...] = ()


class ChatChange(msgspec.Struct, frozen=True, omit_defaults=True):
    """One change in a chat's feed; `seq` is 1, 2, 3 … without a gap, `at` Unix milliseconds."""

    seq: int
    at: int
    type: ChangeType
    message_id: str | None = None
    run_id: str | None = None
    status: Status | None = None
