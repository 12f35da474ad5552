"""A typed Python function as a tool: plain or a coroutine, a generator or an asynchronous one.

Its name, its docstring and its types say to the model what it does and takes. A parameter annotated with `ToolContext`
(or `ThreadContext`, for functions that are no coroutines) is given the context of the call, and the model does not
see it.
"""

import asyncio
import functools
import inspect
import re
from collections.abc import AsyncIterator, Callable, Mapping
from functools import cached_property
from typing import Any, Generic, ParamSpec, TypeVar, overload

from ..errors import ToolInvalid
from .base import NAME, Output, Permission, Tool, ToolContext
from .cancelling import CancelToken
from .descriptions import described
from .importing import find
from .results import result_of
from .schema import Parameters, annotations_of, is_context
from .threads import outputs_of_thread

__all__ = ["FunctionTool", "ThreadContext", "tool"]

P = ParamSpec("P")
R = TypeVar("R")
_OPTIONS = ("name", "description", "permission", "timeout", "retries", "idempotent")


class ThreadContext:
    """A `ToolContext` for functions that run in a thread: `ask` waits."""

    def __init__(self, context: ToolContext, loop: asyncio.AbstractEventLoop) -> None:
        self._context = context
        self._loop = loop

    @property
    def run_id(self) -> str:
        """The run."""
        return self._context.run_id

    @property
    def call_id(self) -> str:
        """The call."""
        return self._context.call_id

    @property
    def cancelled(self) -> CancelToken:
        """Whether to stop: look at it, or wait with `cancelled.wait_in_thread(seconds)` where you would sleep."""
        return self._context.cancelled

    def status(self, text: str, done: int | None = None, total: int | None = None) -> None:
        """Say to people what goes on."""
        self._context.status(text, done, total)

    def ask(self, question: str) -> str:
        """Ask the user, and wait for the answer. Raises ToolCancelled where the call is to stop meanwhile."""
        asking = asyncio.run_coroutine_threadsafe(_asked(self._context, question), self._loop)
        forget = self.cancelled.on_request(asking.cancel)
        try:
            return asking.result()
        except BaseException:
            self.cancelled.raise_if_requested()
            raise
        finally:
            forget()


class FunctionTool(Tool, Generic[P, R]):
    """A function as a tool. Called as the function, it is the function."""

    def __init__(
        self,
        function: Callable[P, R],
        *,
        name: str | None = None,
        description: str | None = None,
        permission: Permission = "always",
        timeout: float | None = None,
        retries: int = 0,
        idempotent: bool = False,
    ) -> None:
        self.function = function
        self.name = name or _default_name(function)
        self.permission = permission
        self.timeout = timeout
        self.retries = retries
        self.idempotent = idempotent
        self._description = description
        self._given = (name, description, permission, timeout, retries, idempotent)
        if not re.fullmatch(NAME, self.name):
            raise ToolInvalid(f"{self.name!r} cannot be a tool's name: letters, digits, _ and -, at most 64", tool=name)
        for one in inspect.signature(function).parameters.values():
            if one.kind in (one.VAR_POSITIONAL, one.VAR_KEYWORD):
                raise ToolInvalid(f"{self.name} takes any number of arguments ({one}); a tool's have names", tool=name)
        functools.update_wrapper(self, function, updated=())

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """Call the function."""
        return self.function(*args, **kwargs)

    def __get__(self, instance: Any, owner: type | None = None) -> "FunctionTool[..., R]":
        if instance is None:
            return self
        bound = self.function.__get__(instance, owner)
        options: Any = dict(zip(_OPTIONS, self._given, strict=True))
        return FunctionTool(bound, **options)

    def __repr__(self) -> str:
        return f"<tool {self.name}>"

    @cached_property
    def _parameters(self) -> Parameters:
        return Parameters(self.function, self._injected, self._described[1])

    @cached_property
    def _described(self) -> tuple[str, dict[str, str]]:
        documented: Any = self.function
        while isinstance(documented, functools.partial):
            documented = documented.func
        return described(documented, list(inspect.signature(self.function).parameters))

    @cached_property
    def _injected(self) -> dict[str, Any]:
        kinds = {name: is_context(hint, _CONTEXTS) for name, hint in annotations_of(self.function).items()}
        return {name: kind for name, kind in kinds.items() if kind is not None}

    # Worked out when they are first needed, since pydantic takes its time to import; then plain attributes.
    @cached_property
    def parameters(self) -> Mapping[str, Any]:  # type: ignore[override]
        """The JSON schema. Raises ToolInvalid where a type of the function has none."""
        return self._parameters.schema

    @cached_property
    def description(self) -> str:  # type: ignore[override]
        """What it was given, or what the docstring says."""
        return self._description if self._description is not None else self._described[0]

    @property
    def reference(self) -> str:
        """`module:name` where that leads back to this tool in another process."""
        module, place = getattr(self.function, "__module__", None), getattr(self.function, "__qualname__", "")
        if module and module != "__main__" and self._is_at(module, place):
            return f"{module}:{place}"
        return super().reference

    def _is_at(self, module: str, place: str) -> bool:
        found = find(module, place)
        as_it_is = self._given == (None, None, "always", None, 0, False)
        return found is self or (found is self.function and as_it_is)

    def check(self, arguments: dict[str, Any]) -> None:
        self._parameters.values(arguments, self.name)

    async def call(self, arguments: dict[str, Any], context: ToolContext) -> AsyncIterator[Output]:
        values = self._parameters.values(arguments, self.name)
        for name, kind in self._injected.items():
            values[name] = context if kind is ToolContext else ThreadContext(context, asyncio.get_running_loop())
        call = _bound(self.function, values)
        if _is_async(self.function):
            async for output in _outputs(call()):
                yield output
            return
        async for what, value in outputs_of_thread(call):
            if what == "yielded":
                yield value
            else:
                async for output in _outputs(value):
                    yield output


@overload
def tool(
    function: Callable[P, R],
    /,
    *,
    name: str | None = None,
    description: str | None = None,
    permission: Permission = "always",
    timeout: float | None = None,
    retries: int = 0,
    idempotent: bool = False,
) -> FunctionTool[P, R]: ...


@overload
def tool(
    *,
    name: str | None = None,
    description: str | None = None,
    permission: Permission = "always",
    timeout: float | None = None,
    retries: int = 0,
    idempotent: bool = False,
) -> Callable[[Callable[P, R]], FunctionTool[P, R]]: ...


def tool(function: Callable[P, R] | None = None, /, **options: Any) -> Any:
    """A function as a tool: `@tool`, `@tool(permission="ask", …)`, or `tool(function, …)`.

    What it returns is the result: text as it is, bytes of an image as that, all else as JSON. A generator yields
    pieces of its result and `StatusLine`s for people; where it returns a value too, that is the whole result. An
    exception is told to the model by type and message; a `ToolError` in its own words. The options are those of `Tool`.
    Raises ToolInvalid.
    """
    if function is None:
        return lambda given: FunctionTool(given, **options)
    return FunctionTool(function, **options)


async def _outputs(value: Any) -> AsyncIterator[Output]:
    """What a function returned, as outputs; what comes later is waited for."""
    if inspect.isawaitable(value):
        value = await value
    if not hasattr(value, "__aiter__"):
        if value is not None:
            yield result_of(value)
        return
    try:
        async for piece in value:
            yield piece
    finally:
        close = getattr(value, "aclose", None)
        if close is not None:
            await close()


def _bound(function: Callable[..., Any], values: dict[str, Any]) -> Callable[[], Any]:
    parameters = inspect.signature(function).parameters.values()
    by_place = [one.name for one in parameters if one.kind is one.POSITIONAL_ONLY and one.name in values]
    by_name = {name: value for name, value in values.items() if name not in by_place}
    return functools.partial(function, *[values[name] for name in by_place], **by_name)


def _is_async(function: Any) -> bool:
    candidates = (function, getattr(function, "__call__", None))  # noqa: B004
    return any(inspect.iscoroutinefunction(one) or inspect.isasyncgenfunction(one) for one in candidates)


def _default_name(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    name = getattr(function, "__name__", None) or type(function).__name__
    return str(name).strip("<>")


async def _asked(context: ToolContext, question: str) -> str:
    return await context.ask(question)


_CONTEXTS: tuple[Any, ...] = (ToolContext, ThreadContext)
