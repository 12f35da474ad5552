"""AG-UI: an agent that `HttpAgent` of `@ag-ui/client` runs.

A thread is a chat, and a run of theirs is one of ours, found again by its id: the same request again joins it, from its
beginning or after `Last-Event-ID`. An interrupted run goes on with the next request's `resume`, as another of theirs.
"""

from typing import Annotated, Any, Literal

import msgspec
from starlette.responses import Response

from ...chats.chat import Chat
from ...errors import InvalidRequest, NotWaiting
from ...runs.handles import Run
from ...vocabulary.chats import ChatSettings, ClientTool
from ...vocabulary.messages import MediaPart, MessageValue, Part, TextPart, ToolPart
from ..calls import Call
from ..operations import Operations
from ..streaming.streams import SSE, begin_after
from .agui_events import EventStream
from .threads import View, chat_of, data_url, run_id, said, stream, turn

__all__ = ["AGUI"]

AGUI = Operations("agui")

_NONE: dict[str, Any] = {"type": "object", "properties": {}}


class AGUIMessage(msgspec.Struct, rename="camel"):
    """A message of AG-UI's. What the server said itself it knows, and only looks at the id."""

    role: Literal["developer", "system", "assistant", "user", "tool", "activity", "reasoning"]
    id: str = ""
    content: Any = None
    tool_call_id: str | None = None
    error: str | None = None


class AGUITool(msgspec.Struct, rename="camel"):
    """A tool that the page carries out."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    description: str = ""
    parameters: dict[str, Any] | None = None


class Context(msgspec.Struct, rename="camel"):
    """Something that the page knows and the model is to know."""

    description: str
    value: str


class Resume(msgspec.Struct, rename="camel"):
    """The answer to an interrupt."""

    interrupt_id: str
    status: Literal["resolved", "cancelled"]
    payload: Any = None


class RunAgentInput(msgspec.Struct, rename="camel"):
    """What an agent is run with. A page's `state` is not used; `forwardedProps.model` names the model of a new chat."""

    thread_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    run_id: Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
    messages: list[AGUIMessage] = []
    tools: list[AGUITool] = []
    context: list[Context] = []
    resume: list[Resume] | None = None
    forwarded_props: Any = None


@AGUI.add("POST", "/agui", produces=(SSE,), errors=(409,))
async def agui(call: Call, body: RunAgentInput) -> Response:
    """Run the agent, or join the run that has this id, and get its events as AG-UI's."""
    after = begin_after(call, 0)
    props = body.forwarded_props
    chat = await chat_of(call, "ag-ui", body.thread_id, props.get("model") if isinstance(props, dict) else None)
    if body.resume:
        return await _go_on(call, chat, body)
    messages = [value for message in body.messages if (value := _said(message)) is not None]
    if not messages or messages[-1].role == "assistant":
        raise InvalidRequest(
            "there is nothing to answer: the last of `messages` has to be the user's, or a tool's result"
        )
    earlier = [one.id.partition(":")[0] for one in body.messages if one.role == "assistant"]
    run = await turn(
        chat, messages, earlier[-1] if earlier else None, run_id(chat.id, body.run_id), _settings(chat, body)
    )
    return _stream(call, run, body, after)


def _settings(chat: Chat, body: RunAgentInput) -> ChatSettings | None:
    """The chat's settings with what the page brings for this run: its tools, and what it knows."""
    if not body.tools and not body.context:
        return None
    tools = tuple(ClientTool(tool.name, tool.description, tool.parameters or _NONE) for tool in body.tools)
    known = [f"{one.description}:\n{one.value}" for one in body.context]
    system = "\n\n".join([*([chat.settings.system] if chat.settings.system else []), *known]) or None
    return msgspec.structs.replace(chat.settings, client_tools=tools, system=system)


async def _go_on(call: Call, chat: Chat, body: RunAgentInput) -> Response:
    """The user has answered the interrupts: hand that over, and go on with the run that waits."""
    waiting = [run for run in await chat.runs() if await run.waits_for()]
    if not waiting:
        raise NotWaiting("no run of this thread waits for an answer to an interrupt")
    run = waiting[0]
    seen = await run.last_seq()
    asked = {request.id: request for request in await run.waits_for()}
    for answer in body.resume or []:
        request = asked.get(answer.interrupt_id)
        if request is None:
            raise NotWaiting(f"run {run.id} does not wait for an answer to {answer.interrupt_id}")
        if request.kind == "input":
            await run.reply(request.id, answer.payload if isinstance(answer.payload, str) else "")
        else:
            given = answer.payload if isinstance(answer.payload, dict) else {}
            approve = answer.status == "resolved" and given.get("approved", True) is True
            await run.approve(request.id, approve, arguments=given.get("arguments"), note=given.get("note"))
    return _stream(call, run, body, seen)


def _stream(call: Call, run: Run, body: RunAgentInput, after: int) -> Response:
    fold = EventStream(body.thread_id, body.run_id)
    view = View(
        fold.opening,
        lambda problem: [{"type": "RUN_ERROR", "message": problem.detail, "code": problem.code}],
        after,
    )
    return stream(call, run, fold, view)


def _said(message: AGUIMessage) -> MessageValue | None:
    """A message as a value; None for one that a model is not given."""
    if message.role == "tool" and message.tool_call_id:
        result = message.error or _text(message.content)
        return said("tool", ToolPart(message.tool_call_id, status="error" if message.error else "ok", result=result))
    if message.role not in ("user", "assistant"):
        return None
    text = _text(message.content)
    media = [medium for part in _parts(message.content) if (medium := _medium(part)) is not None]
    parts: list[Part] = [*([TextPart(text)] if text else []), *media]
    return said("user" if message.role == "user" else "assistant", *parts) if parts else None


def _text(content: Any) -> str:
    if isinstance(content, str):
        return content
    return "".join(str(part.get("text", "")) for part in _parts(content) if part.get("type") == "text")


def _parts(content: Any) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _medium(part: dict[str, Any]) -> MediaPart | None:
    source = part.get("source")
    if not isinstance(source, dict) or source.get("type") not in ("data", "url"):
        return None
    media_type = str(source.get("mimeType") or "application/octet-stream")
    if source["type"] == "data":
        return MediaPart(media_type, str(source.get("value", "")))
    return data_url(str(source.get("value", "")), media_type)
