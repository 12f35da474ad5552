"""Options that several commands share."""

from typing import Annotated, Literal

from cyclopts import Parameter

__all__ = ["AsJson", "ChatId", "Documents", "IfBusy", "Model", "System", "history_of"]

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
