"""Options that several commands share."""

from typing import Annotated, Literal

import msgspec
from cyclopts import Parameter

from ..terminal.conversation import Choices
from ..vocabulary.chats import Limits

__all__ = [
    "AsJson",
    "ChatId",
    "Documents",
    "IfBusy",
    "MaxSeconds",
    "MaxSteps",
    "MaxTokens",
    "Model",
    "Retrieval",
    "System",
    "Tools",
    "Verbose",
    "choices_of",
    "history_of",
]

Documents = Annotated[
    list[str] | None,
    Parameter(
        name=["--documents", "-d"],
        negative=(),
        help="A file, a folder, a quoted pattern or a document's id to answer from. May be given several times.",
    ),
]
Model = Annotated[
    str | None,
    Parameter(
        name=["--model", "-m"],
        help="The model that answers, as provider:model or module:attribute. `runnel models` lists what there is.",
    ),
]
System = Annotated[str | None, Parameter(help="The system prompt: how the model is to answer.")]
ChatId = Annotated[str | None, Parameter(name="--chat", help="Go on with this chat.")]
AsJson = Annotated[bool, Parameter(name="--json", negative=(), help="Print JSON.")]
IfBusy = Annotated[
    Literal["reject", "enqueue", "interrupt", "rollback"] | None,
    Parameter(
        help="What to do while the chat is answering already: `reject` (as a rule), `enqueue` to answer after that,"
        " `interrupt` to stop it and go on from there, `rollback` to stop it and take its place."
    ),
]
Tools = Annotated[
    list[str] | None,
    Parameter(
        name=["--tool", "-t"],
        negative=(),
        help="A tool that the model may call, as module:name: a function, or an object, that can be imported from here."
        " May be given several times.",
    ),
]
Retrieval = Annotated[
    Literal["always", "tool"] | None,
    Parameter(help="Search the documents for every question (`always`), or leave it to the model (`tool`)."),
]
MaxSteps = Annotated[int | None, Parameter(help="End an answer after so many calls of the model; 25 as a rule.")]
MaxTokens = Annotated[int | None, Parameter(help="End an answer after so many tokens, input and output together.")]
MaxSeconds = Annotated[float | None, Parameter(help="End an answer after so many seconds, waiting for people apart.")]
Verbose = Annotated[
    bool,
    Parameter(
        name=["--verbose", "-v"],
        negative=(),
        help="Without a terminal, too, tell on standard error what goes on: calls of tools, status, thoughts.",
    ),
]


def choices_of(
    model: str | None,
    system: str | None,
    history: bool | int | None,
    tools: list[str] | None,
    retrieval: Literal["always", "tool"] | None,
    *limits: int | float | None,
) -> Choices:
    """What options say of a chat; `limits` are steps, tokens and seconds."""
    named = {
        name: value for name, value in zip(("steps", "tokens", "seconds"), limits, strict=True) if value is not None
    }
    limited = msgspec.convert(named, Limits) if named else None
    return Choices(model, system, history, tools=tuple(tools or ()) or None, limits=limited, retrieval=retrieval)


def history_of(text: str | None) -> bool | int | None:
    """What `--history` says: `on`, `off`, or how many turns. Raises ValueError."""
    if text is None:
        return None
    known = {"on": True, "off": False}
    if text.lower() in known:
        return known[text.lower()]
    if not text.isdigit():
        raise ValueError(f"--history takes on, off or a number of turns, not {text!r}.")
    return int(text)
