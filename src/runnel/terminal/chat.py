"""The chat at a terminal: reads lines, and lets Ctrl-C stop an answer without ending the chat."""

from collections.abc import Coroutine
from contextlib import suppress
from typing import Any

from ..errors import RunnelError
from .commands import COMMANDS, Commands, welcome_back
from .conversation import Conversation
from .portal import Portal
from .prompt import Prompt

__all__ = ["LEFT", "talk", "welcome"]

# What a shell calls a program that Ctrl-C has ended.
LEFT = 130


def talk(portal: Portal, conversation: Conversation) -> int:
    """Read lines and carry them out until there are no more; returns the exit code. Runs in the main thread."""
    commands = Commands(conversation)
    prompt = Prompt([command.word for command in COMMANDS])
    screen = conversation.screen
    while True:
        later = conversation.talk.later
        typed, conversation.talk.typed = conversation.talk.typed, ""
        try:
            if later:  # entered while an answer came
                line = later.pop(0)
                conversation.talk.typed = typed
                screen.note(f"› {line}", style="bold")
            else:
                line = prompt.read(typed)
        except EOFError:
            if prompt.terminal:
                screen.write("\n")
            return 0
        except KeyboardInterrupt:
            screen.write("\n")
            return LEFT
        if screen.terminal and not prompt.terminal:
            screen.write(f"› {line}\n")
        if line.strip() and screen.terminal:
            conversation.gap()
        try:
            if not _wait(portal, conversation, commands.do(line)):
                return 0
        except RunnelError as error:
            conversation.tell_error(error)
        except KeyboardInterrupt:
            screen.write("\n")
            return LEFT
        if screen.broken:
            return 0
        if line.strip():
            conversation.gap()


def _wait(portal: Portal, conversation: Conversation, work: Coroutine[Any, Any, bool]) -> bool:
    """Wait for `work`. The first Ctrl-C stops the answer that is being made, and a second one, or one where there is
    none, raises KeyboardInterrupt."""
    future = portal.start(work)
    try:
        try:
            return future.result()
        except KeyboardInterrupt:
            if not portal.call(conversation.stop()):
                raise
            return future.result()
    except KeyboardInterrupt:
        future.cancel()
        raise


async def welcome(conversation: Conversation, model: str) -> None:
    """Say who answers, from what, and how to stop it."""
    screen = conversation.screen
    chat = conversation.chat
    count = len(chat.settings.documents if chat is not None else conversation.choices.documents)
    documents = f"from {count} document{'s' if count != 1 else ''}" if count else "without documents"
    screen.note(f"{model} answers, {documents}.", style="bold")
    if model == "excerpts":
        screen.note(
            "No language model is set up, so an answer is excerpts of the documents. For answers in full sentences set"
            " OPENAI_API_KEY, or start a local server such as Ollama; /model lists what there is."
        )
    if not count:
        screen.note("To answer from documents, leave and start with: runnel chat -d FOLDER")
    screen.note("Ctrl-C stops an answer and keeps what was said. /help lists commands.")
    if chat is not None:
        with suppress(RunnelError):
            await welcome_back(conversation, chat)
    conversation.gap()
