"""`runnel config`."""

from typing import Annotated

from cyclopts import Parameter
from rich.table import Table
from rich.text import Text

from ..config import config_file, data_directory, load, settings, unknown_variables
from ..models.provider import BUILT_IN
from ..terminal.safe import safe
from .process import DATABASE, say

__all__ = ["config"]


def config(
    *, path: Annotated[bool, Parameter(name="--path", negative=(), help="Only where the file of settings is.")] = False
) -> int:
    """Show the settings, and where each comes from. Keys are not shown: only whether there is one."""
    if path:
        print(config_file())
        return 0
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    file = config_file()
    found = load()
    console.print(Text(f"file      {file}{'' if file.exists() else ' (not there)'}"))
    console.print(Text(f"database  {DATABASE.get() or data_directory() / 'runnel.db'}"), "", sep="\n")
    grid = _grid()
    for setting in settings(found):
        style = "dim" if setting.origin == "default" else ""
        grid.add_row(Text(setting.name), Text(safe(setting.value), style=style), Text(setting.origin, style="dim"))
    console.print(grid)
    console.print(Text("\nkeys of providers", style="bold"))
    grid = _grid()
    for name, provider in BUILT_IN.items():
        if provider.key_env is not None and name not in found.providers:
            grid.add_row(
                name, "there is one, not shown" if provider.key() else "none", Text(provider.key_env, style="dim")
            )
    console.print(grid)
    for name in unknown_variables():
        say(f"runnel: {name} is in the environment, and no setting is called so.")
    return 0


def _grid() -> Table:
    return Table.grid(padding=(0, 2, 0, 0))
