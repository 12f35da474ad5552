"""A server that speaks MCP, as a box of tools; and its prompts and resources."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Collection, Mapping, Sequence
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, TypeVar

from ...errors import ConfigError, ToolError, ToolFailed, ToolUnreachable
from ...ids import new_id
from ...vocabulary.messages import MessageValue, Status
from ..base import Output, Permission, Tool, ToolContext, ToolResult
from .asking import ask_for
from .connection import Address, Connection
from .content import contents_of, part_of, result_of_call
from .values import PromptArgument, PromptInfo, ResourceContents, ResourceInfo

if TYPE_CHECKING:
    import mcp
    import mcp_types as types

__all__ = ["MCPServer", "MCPTool"]

T = TypeVar("T")
_MOST_PAGES = 100
_CONNECTION_CLOSED = -32000
_SESSION_GONE = "Session terminated"

# The call in whose task the library asks something. Servers of older versions ask beside their calls: see `_asked`.
_calling: ContextVar["_Going | None"] = ContextVar("_calling", default=None)


class MCPServer:
    """A server: a `command` that starts it, with `env` and `cwd`, or a `url` (streamable HTTP) with `headers`.

    Connects when it is first needed, and again after it was lost; `async with` connects at once. `name` is what its
    tools are remembered by where it is configured under that name. `prefix` goes before the names of its tools; `only`
    leaves out all others; `permission` is that of its tools, `permissions` that of single ones, by the server's name
    for them; `timeout`, in seconds, and `retries` are those of each tool. `connect_timeout` is in seconds.

    A program gets, of the environment, only what it takes to run (`PATH`, `HOME` …) and `env`.
    """

    def __init__(
        self,
        command: Sequence[str] | None = None,
        *,
        url: str | None = None,
        name: str | None = None,
        env: Mapping[str, str] | None = None,
        cwd: str | None = None,
        headers: Mapping[str, str] | None = None,
        prefix: str = "",
        only: Collection[str] | None = None,
        permission: Permission = "always",
        permissions: Mapping[str, Permission] | None = None,
        timeout: float | None = None,
        retries: int = 0,
        connect_timeout: float | None = 30.0,
    ) -> None:
        if (url is None) == (not command) or isinstance(command, str):
            raise ConfigError("a server that speaks MCP has either a command, as a list, or a url")
        self.name = name or (command[0].rpartition("/")[2] if command else str(url))
        self.reference = f"mcp:{name}" if name else f"object:{self.name}"
        self.prefix = prefix
        self.timeout = timeout
        self.retries = retries
        self._only = only
        self._permission = permission
        self._permissions = permissions or {}
        self._address = Address(self.name, tuple(command or ()), env or {}, cwd, url, headers or {})
        self._connect_timeout = connect_timeout
        self._connection: Connection | None = None
        self._going: dict[str, _Going] = {}
        self._listed: list[MCPTool] | None = None
        self._changes = 0

    async def __aenter__(self) -> "MCPServer":
        await self._client()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self.aclose()

    def __repr__(self) -> str:
        return f"<MCPServer {self.name}>"

    async def aclose(self) -> None:
        """End the connection, and the program that was started for it. A later call would begin anew."""
        connection, self._connection, self._listed = self._connection, None, None
        if connection is not None and connection.loop is asyncio.get_running_loop():
            await connection.aclose()

    async def tools(self) -> "Sequence[MCPTool]":
        """Its tools, as they now are. Raises ToolUnreachable."""
        client = await self._client()
        if self._listed is not None:
            return self._listed
        changes = self._changes
        listed = await self._pages(client.list_tools, "tools")
        names: set[str] = set()
        tools = []
        for one in listed:
            if self._only is None or one.name in self._only:
                tools.append(MCPTool(self, one, _own_name(self.prefix + one.name, names)))
        capability = client.server_capabilities.tools
        # Kept only where the server is to say that it has changed, and did not while it was asked.
        if capability is not None and capability.list_changed and changes == self._changes and _tells(client):
            self._listed = tools
        return tools

    async def prompts(self) -> Sequence[PromptInfo]:
        """The prompts that it has ready. Raises ToolUnreachable, ToolError."""
        client = await self._client()
        return [
            PromptInfo(
                one.name,
                one.title or "",
                one.description or "",
                tuple(
                    PromptArgument(each.name, each.description or "", bool(each.required))
                    for each in one.arguments or ()
                ),
            )
            for one in await self._pages(client.list_prompts, "prompts")
        ]

    async def prompt(self, name: str, arguments: Mapping[str, str] | None = None) -> Sequence[MessageValue]:
        """The messages of a prompt. Raises ToolUnreachable, ToolError."""
        client = await self._client()
        found = await self._answer(client.get_prompt(name, dict(arguments or {})))
        return [
            MessageValue(new_id("msg"), one.role, Status.COMPLETED, parts=(part_of(one.content),))
            for one in found.messages
        ]

    async def resources(self) -> Sequence[ResourceInfo]:
        """What it has to read. Raises ToolUnreachable, ToolError."""
        client = await self._client()
        return [
            ResourceInfo(one.uri, one.name, one.title or "", one.description or "", one.mime_type, one.size)
            for one in await self._pages(client.list_resources, "resources")
        ]

    async def read(self, uri: str) -> Sequence[ResourceContents]:
        """What a resource holds: as a rule one thing, whose `data` is a document. Raises ToolUnreachable,
        ToolError."""
        client = await self._client()
        found = await self._answer(client.read_resource(uri))
        return contents_of(found.contents)

    async def call(self, tool: "MCPTool", arguments: dict[str, Any], context: ToolContext) -> ToolResult:
        """Call one of its tools. Raises ToolError and its children."""
        client = await self._client()
        going = self._going[context.call_id] = _Going(context)
        token = _calling.set(going)

        async def progressed(progress: float, total: float | None, message: str | None) -> None:
            whole = None if total is None else round(total)
            context.status(message or f"{tool.name} goes on", round(progress), whole)

        try:
            called = client.call_tool(tool.server_name, arguments, progress_callback=progressed)
            return result_of_call(await self._answer(called, during_call=True), tool.name)
        finally:
            _calling.reset(token)
            going.stop_asking()
            self._going.pop(context.call_id, None)

    async def _client(self) -> "mcp.Client":
        """The client of a connection that holds. Raises ToolUnreachable."""
        connection = self._connection
        if connection is None or connection.lost or connection.loop is not asyncio.get_running_loop():
            self._listed = None
            connection = self._connection = Connection(self._address, self._callbacks(), self._connect_timeout)
        return await asyncio.shield(connection.ready)

    def _callbacks(self) -> dict[str, Any]:
        return {
            "elicitation_callback": self._asked,
            "list_roots_callback": _no_roots,
            "message_handler": self._told,
        }

    async def _answer(self, asking: Awaitable[T], during_call: bool = False) -> T:
        """What the server answers; its errors as ours."""
        import anyio
        from mcp import MCPError

        connection = self._connection
        try:
            return await asking
        except MCPError as error:
            gone = error.code == _CONNECTION_CLOSED or error.message == _SESSION_GONE
            if not gone:
                raise ToolError(f"the server {self.name} says: {error.message}", server=self.name) from error
            cause: Exception = error
        except (anyio.ClosedResourceError, anyio.BrokenResourceError, OSError) as error:
            cause = error
        if connection is None:
            raise ToolUnreachable(f"the server {self.name} was closed", server=self.name) from cause
        connection.lose()
        words = f"the server {self.name} was lost{connection.last_words()}"
        if during_call:
            raise ToolFailed(f"{words}; whether the call was carried out is not known", server=self.name) from cause
        raise ToolUnreachable(words, server=self.name) from cause

    async def _pages(self, list_some: Callable[..., Awaitable[Any]], what: str) -> list[Any]:
        found: list[Any] = []
        cursor: str | None = None
        for _ in range(_MOST_PAGES):
            page = await self._answer(list_some(cursor=cursor))
            found += getattr(page, what)
            cursor = page.next_cursor
            if not cursor:
                break
        return found

    async def _told(self, message: Any) -> None:
        if getattr(message, "method", None) == "notifications/tools/list_changed":
            self._changes += 1
            self._listed = None

    async def _asked(self, _: Any, params: "types.ElicitRequestParams") -> "types.ElicitResult":
        """The server asks the user: on behalf of the call in whose task this is; where it asks beside its calls and
        several are going, of the last that began."""
        import mcp_types as types

        going = _calling.get() or next(reversed(self._going.values()), None)
        if going is None:
            return types.ElicitResult(action="cancel")
        return await going.asking(ask_for(going.context, params)) or types.ElicitResult(action="cancel")


class MCPTool(Tool):
    """A tool of a server; `server_name` is the server's name for it. It counts as idempotent where the server says so,
    or that it changes nothing."""

    def __init__(self, server: MCPServer, given: "types.Tool", name: str) -> None:
        hints = given.annotations
        self.server = server
        self.server_name = given.name
        self.name = name
        self.description = given.description or given.title or ""
        self.parameters = {"properties": {}, **given.input_schema}
        self.permission = server._permissions.get(given.name, server._permission)
        self.timeout = server.timeout
        self.retries = server.retries
        self.idempotent = hints is not None and bool(hints.read_only_hint or hints.idempotent_hint)

    @property
    def reference(self) -> str:
        """That of its server and its name there: for a tool that is given without its server's others."""
        return f"{self.server.reference}/{self.server_name}"

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> AsyncIterator[Output]:
        yield await self.server.call(self, arguments, context)


class _Going:
    """A call that is going, and what is asked during it."""

    def __init__(self, context: ToolContext) -> None:
        self.context = context
        self._asking: set[asyncio.Task[Any]] = set()

    async def asking(self, asked: Awaitable[T]) -> T | None:
        """The answer; None where the call ended first."""
        task = asyncio.ensure_future(asked)
        self._asking.add(task)
        try:
            await asyncio.wait({task})
        finally:
            task.cancel()
            self._asking.discard(task)
        return None if task.cancelled() else task.result()

    def stop_asking(self) -> None:
        for task in self._asking:
            task.cancel()


def _own_name(name: str, taken: set[str]) -> str:
    """The name as vendors take it, and unlike those taken."""
    plain = re.sub(r"[^a-zA-Z0-9_-]", "_", name)[:64] or "tool"
    own, number = plain, 1
    while own in taken:
        number += 1
        own = f"{plain[:60]}_{number}"
    taken.add(own)
    return own


def _tells(client: "mcp.Client") -> bool:
    """Whether the server tells unasked that its tools have changed, as those of versions before 2026-07-28 do."""
    return client.protocol_version < "2026-07-28"


async def _no_roots(_: Any) -> "types.ListRootsResult":
    import mcp_types as types

    return types.ListRootsResult(roots=[])
