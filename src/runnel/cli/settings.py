"""`runnel config`."""

import sys
from typing import Annotated

from cyclopts import Parameter
from rich.console import Console
from rich.table import Table
from rich.text import Text

from ..config import config_file, data_directory, load, settings, unknown_variables
from ..models.provider import BUILT_IN
from ..terminal.safe import safe
from .process import DATABASE, say

__all__ = ["config"]

# As wide as the longest name of a setting.
_NAMES = 23


def config(
    *, path: Annotated[bool, Parameter(name="--path", negative=(), help="Only where the file of settings is.")] = False
) -> int:
    """Show the settings, and where each comes from. Keys are not shown: only whether there is one."""
    if path:
        print(config_file())
        return 0
    found = load()
    file = config_file()
    _show([("file", str(file), "" if file.exists() else "not there"), ("database", _database(), "")])
    _show([(one.name, safe(one.value), "" if one.origin == "default" else one.origin) for one in settings(found)])
    keys = {name: one for name, one in BUILT_IN.items() if one.key_env is not None and name not in found.providers}
    _show(
        [(f"key of {name}", "set, not shown" if one.key() else "none", one.key_env or "") for name, one in keys.items()]
    )
    for name in unknown_variables():
        say(f"runnel: {name} is in the environment, and no setting is called so.")
    return 0


def _database() -> str:
    return DATABASE.get() or str(data_directory() / "runnel.db")


def _show(rows: list[tuple[str, str, str]]) -> None:
    """Names, values and where they come from; a terminal gets columns, a program tabs."""
    if not sys.stdout.isatty():
        print("\n".join(["\t".join(row) for row in rows]))
        return
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(width=_NAMES)
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold", style="dim")
    for name, value, origin in rows:
        grid.add_row(name, Text(value, style="bold" if origin else ""), origin)
    console = Console(highlight=False)
    console.print(grid)
    console.print()
