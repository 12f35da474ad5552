"""Which commands there are, and what is common to all."""

import sys
from typing import Annotated

from cyclopts import App, CycloptsError, Group, MissingArgumentError, Parameter, UnusedCliTokensError

from .process import DATABASE, USAGE, say

__all__ = ["command_line"]

_HELP = """Ask language models, about your documents too.

runnel chat -d FOLDER        talk about the documents in a folder
runnel ask "…" -d FOLDER     one question, one answer
"""

_EPILOGUE = """Every answer is a run: it is kept, and can be followed, stopped and gone on with. The documentation is in
docs/command-line.md."""

_DATA = """The folder of the database, or a URL such as sqlite:///path/to/file.db, or that of a server, with a token of
yours in RUNNEL_TOKEN. Without it, RUNNEL_DATA names the
folder, or it is the user's data directory."""

_ASKING = Group("Asking", sort_key=1)
_DOCUMENTS = Group("Documents", sort_key=2)
_RUNS = Group("Runs and chats", sort_key=3)
_SERVING = Group("Serving", sort_key=4)
_SETTINGS = Group("Settings", sort_key=5)

# Each with the module and the function that carry it out, imported when it is needed.
_COMMANDS = (
    ("chat", "chat:chat", _ASKING, "Talk, about documents or anything else."),
    ("ask", "ask:ask", _ASKING, "Ask one question, and print the answer as it comes."),
    ("continue", "ask:go_on", _ASKING, "Go on with an answer where it was cut."),
    ("index", "documents:index", _DOCUMENTS, "Index documents, so that they can be searched."),
    ("documents", "documents:documents", _DOCUMENTS, "List the documents that were indexed."),
    ("chats", "listing:chats", _RUNS, "List the chats."),
    ("runs", "listing:runs", _RUNS, "List the runs."),
    ("follow", "runs:follow", _RUNS, "Follow a run, whichever process makes it."),
    ("cancel", "runs:cancel", _RUNS, "Stop a run, and keep what was said."),
    ("approve", "people:approve", _RUNS, "Consent to a call of a tool that waits for it, or refuse it."),
    ("reply", "people:reply", _RUNS, "Answer what a tool asked."),
    ("steer", "people:steer", _RUNS, "Say something to a run that is going."),
    ("models", "models:models", _SETTINGS, "List the models that can be used now, and why others cannot."),
    ("serve", "serve:serve", _SERVING, "Serve over HTTP."),
    ("users", "users:users", _SERVING, "Say who may call the server."),
    ("config", "settings:config", _SETTINGS, "Show the settings, and where each comes from."),
)


def _version() -> str:
    from importlib.metadata import version

    return f"runnel {version('runnel')}"


def _app() -> App:
    app = App(
        name="runnel",
        help=_HELP,
        help_epilogue=_EPILOGUE,
        version=_version,
        help_format="plaintext",
        result_action="return_value",
        print_error=False,
        exit_on_error=False,
    )
    app["--help"].group = app["--version"].group = _SETTINGS
    for number, (name, place, group, what) in enumerate(_COMMANDS):
        app.command(f"runnel.cli.{place}", name=name, group=group, help=what, sort_key=number)
    return app


def _is_text(word: str) -> bool:
    """Whether it could be decoded: bytes that could not be are surrogates in it, which nothing can write down."""
    try:
        word.encode()
    except UnicodeEncodeError:
        return False
    return True


def command_line(words: list[str]) -> int:
    """Carry out the command that `words` say; returns the exit code."""
    for word in words:
        if not _is_text(word):
            say(f"runnel: {word!a} is no text in {sys.getfilesystemencoding()}, the encoding of this terminal.")
            return USAGE
    app = _app()

    @app.meta.default
    def launch(
        *words: Annotated[str, Parameter(show=False, allow_leading_hyphen=True)],
        data: Annotated[str | None, Parameter(group=_SETTINGS, help=_DATA)] = None,
    ) -> int:
        DATABASE.set(data)
        if "-" in words and "--" not in words:  # standard input, not an option: behind the mark that ends options
            words = (*[word for word in words if word != "-"], "--", "-")
        result = app(words)
        return result if isinstance(result, int) else 0

    try:
        result = app.meta(words, result_action="return_value")
    except UnusedCliTokensError as error:
        say(
            f"runnel: {' '.join(error.unused_tokens or ())!r} is too much. Quote a question, and a pattern;"
            " each document needs its own -d. `runnel --help` tells more."
        )
        return USAGE
    except MissingArgumentError as error:
        name = "" if error.argument is None else error.argument.name
        option = error.argument is not None and error.argument.field_info.is_keyword_only
        what = f"{name} needs a value" if option else f"{name.lstrip('-').upper()} is missing"
        say(f"runnel: {what}. `runnel {' '.join(error.command_chain or ())} --help` tells more.")
        return USAGE
    except CycloptsError as error:
        sentence = str(error).strip()
        say(f"runnel: {sentence}{'' if sentence.endswith(('.', '?')) else '.'} `runnel --help` tells more.")
        return USAGE
    return result if isinstance(result, int) else 0
