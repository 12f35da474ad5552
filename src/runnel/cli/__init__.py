"""The command line. A command is imported when it is named: `runnel --help` loads nothing that answers."""

import sys

__all__ = ["main"]


def main() -> None:
    """The program `runnel`."""
    from .commands import command_line
    from .process import BROKEN_PIPE, fail

    try:
        code = command_line(sys.argv[1:])
        sys.stdout.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    except Exception as error:
        code = fail(error)
    sys.exit(code)
