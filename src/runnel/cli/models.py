"""`runnel models`."""

import msgspec
from rich.table import Table
from rich.text import Text

from ..terminal.safe import safe
from ..terminal.screen import Screen
from .listing import show_table
from .options import AsJson
from .process import Stop, open_runnel, run

__all__ = ["models"]


def models(*, json: AsJson = False) -> int:
    """List the models that can be used now, and for the others the reason why not."""

    async def work(_: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            found = await app.models.available()
            default = await app.default_model()
        screen = Screen()
        if json:
            lines = [msgspec.json.encode({**msgspec.to_builtins(one), "default": one.name == default}) for one in found]
            screen.write("".join([line.decode() + "\n" for line in lines]))
            await screen.drain()
            return 0
        if not screen.terminal:
            show_table(screen, (), [(one.name, "usable" if one.usable else one.reason or "") for one in found], wide=1)
            await screen.drain()
            return 0
        grid = Table.grid(padding=(0, 2, 0, 0))
        for one in found:
            mark = "●" if one.name == default else " "
            said = "answers where no other is named" if one.name == default else "" if one.usable else one.reason or ""
            grid.add_row(mark, Text(safe(one.name), style="" if one.usable else "dim"), Text(safe(said), style="dim"))
        screen.show(grid)
        screen.note("")
        screen.note(
            'Use one with -m: runnel ask "…" -m openai:gpt-5-mini. Any object with a name and a stream is one, too:'
        )
        screen.note('-m module:attribute. To keep a choice, write model = "…" in the file of `runnel config --path`.')
        await screen.drain()
        return 0

    return run(work)
