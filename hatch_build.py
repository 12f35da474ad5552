"""Hatchling's hook: the web page is built for wheels and for editable installs, where `frontend/` is there."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parent / "frontend"))


class PageHook(BuildHookInterface):
    """The web page, as a part of the package."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build the page, unless it is there already. A wheel cannot do without it; an editable install can, and the
        server then says at `/` how to build it."""
        import page

        try:
            built = page.build()
        except page.PageError as error:
            if version != "editable":
                sys.exit(f"runnel: the web page cannot be built. {error}")
            print(f"runnel: installed without the web page. {error}", file=sys.stderr)
        else:
            print(f"runnel: the web page is {'built' if built else 'built already'}", file=sys.stderr)
