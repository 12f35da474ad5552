"""`runnel chat`."""

import signal
from contextlib import suppress
from types import FrameType
from typing import Annotated

from cyclopts import Parameter

from ..app import Runnel
from ..terminal.chat import LEFT, talk, welcome
from ..terminal.conversation import Choices, Conversation
from ..terminal.portal import Portal
from ..terminal.screen import Screen
from .opening import open_chat
from .options import (
    ChatId,
    Documents,
    MaxSeconds,
    MaxSteps,
    MaxTokens,
    Model,
    Retrieval,
    System,
    Tools,
    choices_of,
    history_of,
)
from .process import BROKEN_PIPE, USAGE, fail, open_runnel, quiet_log, say

__all__ = ["chat"]


def chat(
    *,
    documents: Documents = None,
    model: Model = None,
    chat: ChatId = None,
    system: System = None,
    history: Annotated[
        str | None,
        Parameter(help="How much of what was said before the model is told: on, off, or a number of turns."),
    ] = None,
    tools: Tools = None,
    retrieval: Retrieval = None,
    max_steps: MaxSteps = None,
    max_tokens: MaxTokens = None,
    max_seconds: MaxSeconds = None,
) -> int:
    """Talk: questions and answers in this terminal, until Ctrl-D. Ctrl-C stops an answer and keeps what was said."""
    try:
        turns = history_of(history)
    except ValueError as error:
        say(f"runnel: {error}")
        return USAGE
    choices = choices_of(model, system, turns, tools, retrieval, max_steps, max_tokens, max_seconds)
    quiet_log()
    with _ended_by_signals(), Portal() as portal:
        return _talk(portal, choices, documents, chat)


def _talk(portal: Portal, choices: Choices, documents: list[str] | None, id: str | None) -> int:
    app: Runnel | None = None
    try:
        app = open_runnel()
        portal.call(app.__aenter__())
        conversation = portal.call(_open(app, choices, documents, id))
        code = talk(portal, conversation)
        portal.call(conversation.screen.drain())
        return BROKEN_PIPE if conversation.screen.broken else code
    except KeyboardInterrupt:
        return LEFT
    except Exception as error:
        return fail(error)
    finally:
        if app is not None:
            portal.call(app.close())


async def _open(app: Runnel, choices: Choices, documents: list[str] | None, id: str | None) -> Conversation:
    screen = Screen()
    found = await open_chat(app, screen, choices, documents, id)
    conversation = Conversation(app, screen, choices, found)
    model = found.settings.model if found is not None else choices.model or await app.default_model()
    await welcome(conversation, model)
    return conversation


class _ended_by_signals:
    """While in it, a request to end raises SystemExit, so that all is closed as it should be."""

    def __enter__(self) -> None:
        for number in self._numbers():
            signal.signal(number, self._end)

    def __exit__(self, *_: object) -> None:
        for number in self._numbers():
            with suppress(ValueError):
                signal.signal(number, signal.SIG_DFL)

    def _numbers(self) -> list[int]:
        return [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]

    def _end(self, number: int, _: FrameType | None) -> None:
        raise SystemExit(128 + number)
