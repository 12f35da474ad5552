"""The command line. A command is imported when it is named: `runnel --help` loads nothing that answers."""

import io
import os
import signal
import sys

__all__ = ["main"]


def main() -> None:
    """The program `runnel`."""
    try:
        sys.exit(_carried_out())
    except KeyboardInterrupt:  # while it loads, or where no loop has taken Ctrl-C over
        sys.exit(128 + signal.SIGINT)


def _carried_out() -> int:
    from .commands import command_line
    from .process import BROKEN_PIPE, fail

    _open_standard_streams()
    try:
        code = command_line(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    except Exception as error:
        code = fail(error)
    return code


def _open_standard_streams() -> None:
    """Whoever starts a program may close them, and then there is None in their place. In this order each takes the
    lowest number that is free: its own, which no file or socket is to get."""
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            number = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, open(number, mode, closefd=False))  # noqa: SIM115
    if isinstance(sys.stdin, io.TextIOWrapper):
        sys.stdin.reconfigure(errors="replace")  # what comes by a pipe may be anything
