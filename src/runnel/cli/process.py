"""A command as a process: what signals do, how errors are told, and what it gives its caller."""

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any

from ..errors import (
    DatabaseLocked,
    InternalError,
    Misuse,
    ModelUnknown,
    RunInProgress,
    RunnelError,
    UnknownChat,
    UnknownDocument,
    UnknownRun,
)

if TYPE_CHECKING:
    from ..app import Runnel
    from ..config import Config
    from ..runs.handles import Message

__all__ = [
    "BROKEN_PIPE",
    "DATABASE",
    "FAILED",
    "USAGE",
    "WAITING",
    "Stop",
    "code_of",
    "exit_code",
    "fail",
    "is_server",
    "open_runnel",
    "run",
    "say",
    "tell",
]

# What `--data` says, if anything.
DATABASE: ContextVar[str | None] = ContextVar("DATABASE", default=None)

# Exit codes, documented in docs/command-line.md.
FAILED, USAGE, WAITING = 1, 2, 6
BROKEN_PIPE = 128 + 13
_CODES = {"completed": 0, "failed": FAILED, "incomplete": 3, "interrupted": 4, "cancelled": 5, "waiting": WAITING}

_ADVICE: dict[type[RunnelError], str] = {
    UnknownRun: "`runnel runs` lists the latest.",
    UnknownChat: "`runnel chats` lists the latest.",
    UnknownDocument: "`runnel documents` lists them.",
    RunInProgress: "On the command line: `runnel follow` or `runnel cancel` with its id, or ask with --if-busy.",
    DatabaseLocked: "Wait for the other program, or end it.",
    ModelUnknown: "`runnel models` lists what there is.",
}


class Stop:
    """Ends a command early, and which signal asked for it, if one did."""

    def __init__(self, task: "asyncio.Task[int]") -> None:
        self.signal: int | None = None
        self._task = task

    def received(self, number: int) -> None:
        """A signal came."""
        self.signal = self.signal or number
        self._task.cancel()

    def leave(self) -> None:
        """Nobody reads what the command prints."""
        self._task.cancel()

    @property
    def asked(self) -> bool:
        """Whether somebody pressed Ctrl-C: the command may tidy up and say how things stand."""
        return self.signal == signal.SIGINT

    @property
    def code(self) -> int:
        """The exit code for it, the one that shells give to programs that a signal ends."""
        return BROKEN_PIPE if self.signal is None else 128 + self.signal


def run(work: Callable[[Stop], Coroutine[Any, Any, int]]) -> int:
    """Run a command's coroutine: Ctrl-C and SIGTERM cancel it, errors are told. Returns the exit code."""
    quiet_log()
    try:
        return asyncio.run(_guarded(work))
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    except Exception as error:
        return fail(error)


async def _guarded(work: Callable[[Stop], Coroutine[Any, Any, int]]) -> int:
    loop = asyncio.get_running_loop()
    begun = asyncio.Event()

    async def begin() -> int:
        await begun.wait()
        return await work(stop)

    task = asyncio.ensure_future(begin())
    stop = Stop(task)
    for number in _signals():
        try:
            loop.add_signal_handler(number, stop.received, number)
        except NotImplementedError:  # a system without them
            signal.signal(number, lambda number, _: loop.call_soon_threadsafe(stop.received, number))
    begun.set()
    try:
        return await task
    except asyncio.CancelledError:
        return stop.code


def _signals() -> list[int]:
    return [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]


def open_runnel(go_on: bool = True, config: "Config | None" = None) -> "Runnel":
    """The `Runnel` of a command, to be entered; one that only lists does not `go_on` with what others left queued.

    Without a `config` of its own, a command that is told to end ends at once: unless the settings say otherwise, runs
    that are going are interrupted without waiting for them. Raises ConfigError.
    """
    from ..app import Runnel
    from ..config import load

    if config is None:
        config = load()
        if "drain" not in config.runs.model_fields_set:
            config = config.model_copy(update={"runs": config.runs.model_copy(update={"drain": 0.0})})
    if os.getcwd() not in sys.path:
        sys.path.append(os.getcwd())  # -m module:attribute finds what lies here, after all that is installed
    url = _url(DATABASE.get())
    # In the environment, since what is said on a command line is there for everybody to see.
    token = os.environ.get("RUNNEL_TOKEN") if is_server(url) else None
    return Runnel(url, token=token or None, config=config, go_on=go_on)


def database_of_command() -> str:
    """Where the database of the command is: its file, or the URL that was given."""
    from ..config import data_directory

    return (_url(DATABASE.get()) or str(data_directory() / "runnel.db")).removeprefix("sqlite:///")


def is_server(url: str | None) -> bool:
    """Whether `--data` names a server."""
    return url is not None and url.startswith(("http://", "https://"))


def _url(data: str | None) -> str | None:
    """What --data names: a URL, or the folder that holds the database."""
    if data is None or "://" in data:
        return data
    return f"sqlite:///{os.path.abspath(os.path.expanduser(data))}/runnel.db"


def exit_code(message: "Message") -> int:
    """The exit code for how a message ended."""
    return code_of(message.status.value)


def code_of(status: str) -> int:
    """The exit code for a status."""
    return _CODES[status]


def say(text: str) -> None:
    """A line on standard error."""
    with suppress(OSError):
        print(text, file=sys.stderr, flush=True)


def tell(error: RunnelError) -> None:
    """Tell an error: a sentence, and what can be done."""
    advice = next((text for kind, text in _ADVICE.items() if isinstance(error, kind)), "")
    sentence = str(error)
    if "runnel models" in sentence:
        advice = ""
    end = "" if sentence.endswith(("?", "!", ".")) else "."
    say(f"runnel: {sentence}{end}{' ' if advice else ''}{advice}")


def fail(error: BaseException) -> int:
    """Tell why a command could not be carried out; returns the exit code."""
    if isinstance(error, RunnelError) and not isinstance(error, InternalError):
        tell(error)
        return USAGE if isinstance(error, Misuse) else FAILED
    if isinstance(error, BrokenPipeError):
        return BROKEN_PIPE
    if os.environ.get("RUNNEL_TRACEBACK"):
        import traceback

        traceback.print_exception(error)
        return FAILED
    if isinstance(error, OSError) and error.strerror:
        say(f"runnel: {error.strerror}{f': {error.filename}' if error.filename else ''}.")
        return FAILED
    say(f"runnel: an error that was not expected: {type(error).__name__}: {error}")
    say("Set RUNNEL_TRACEBACK=1 and try again to see where it comes from.")
    return FAILED


def quiet_log() -> None:
    """Log errors only, a line each: a traceback would land in the middle of an answer."""

    class Line(logging.Formatter):
        def format(self, record: logging.LogRecord) -> str:
            reason = f": {record.exc_info[1]}" if record.exc_info else ""
            return f"runnel: {record.getMessage()}{reason}"

    handler = logging.StreamHandler()
    handler.setFormatter(Line())
    logging.basicConfig(level=logging.ERROR, handlers=[handler])
