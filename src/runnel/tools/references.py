"""What may be given as a tool, and how one is found again by its reference."""

import importlib
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from ..errors import ToolInvalid, ToolMissing, ToolUnknown
from .base import Tool, Toolbox
from .function import FunctionTool
from .importing import find

__all__ = ["ToolLike", "as_tool", "collect", "resolve"]

ToolLike: TypeAlias = Tool | Toolbox | Callable[..., Any] | str


def as_tool(given: Tool | Toolbox | Callable[..., Any] | str) -> Tool | Toolbox:
    """A tool, or a box of them, from what may be given as one: that itself, a function, or a reference. Raises
    ToolInvalid, and what `resolve` raises."""
    if isinstance(given, str):
        return resolve(given)
    if isinstance(given, Tool):
        return given
    if isinstance(given, type):
        raise ToolInvalid(f"{given.__name__} is a class: give an object of it")
    if isinstance(given, Toolbox):
        return given
    if callable(given):
        return FunctionTool(given)
    raise ToolInvalid(f"a tool is a function, a Tool, or the name of one (`module:name`), not {given!r}")


async def collect(given: Iterable[ToolLike]) -> dict[str, Tool]:
    """All tools of what was given, by name, those of boxes at their place. Raises ToolInvalid where two have the same
    name, ToolUnreachable where a box cannot be asked, and what `as_tool` raises."""
    tools: dict[str, Tool] = {}
    for one in given:
        found = as_tool(one)
        for tool in [found] if isinstance(found, Tool) else await found.tools():
            if tools.setdefault(tool.name, tool) is not tool:
                raise ToolInvalid(f"two tools are called {tool.name!r}: name or prefix one of them", tool=tool.name)
    return tools


def resolve(reference: str) -> Tool | Toolbox:
    """The tool, or the box of them, that has the reference `module:name`, imported.

    Raises ToolUnknown where there is none, and ToolMissing for `object:NAME` and `mcp:NAME`: those are to be given, by
    the program or by its configuration.
    """
    module, colon, place = reference.partition(":")
    if module == "object" and colon:
        raise ToolMissing(
            f"the tool {place!r} is an object of the program that made the chat: give it again with `tools=`",
            tool=reference,
        )
    if module == "mcp" and colon:
        raise ToolMissing(f"no server that speaks MCP is configured here as {place!r}", tool=reference)
    names = [*module.split("."), *place.split(".")]
    if not colon or not all(name.isidentifier() for name in names):
        raise ToolUnknown(f"no tool is called {reference!r}: write `module:name`", tool=reference)
    try:
        importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and not f"{module}.".startswith(f"{error.name}."):
            raise  # the module is there; what it imports is not
        raise ToolUnknown(f"no tool is called {reference!r}: there is no module {module!r}", tool=reference) from None
    found = find(module, place)
    if found is None:
        raise ToolUnknown(f"no tool is called {reference!r}: {module!r} has no {place!r}", tool=reference)
    try:
        return as_tool(found) if not isinstance(found, str) else _no_tool(reference)
    except ToolInvalid as error:
        raise ToolUnknown(f"{reference!r} is no tool: {error}", tool=reference) from None


def _no_tool(reference: str) -> Tool:
    raise ToolInvalid(f"{reference} is a text")
