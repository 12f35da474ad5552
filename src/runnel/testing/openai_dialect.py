"""The vendor's side of OpenAI's dialect: what it refuses, and what it answers, as bytes."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

__all__ = ["Answer", "check", "completion", "error_body", "events"]

# fmt: off
_MEMBERS = frozenset({
    "model", "messages", "stream", "stream_options", "temperature", "top_p", "n", "seed", "stop",
    "logprobs", "top_logprobs", "max_tokens", "max_completion_tokens", "reasoning_effort", "tools",
    "tool_choice", "parallel_tool_calls", "response_format", "user", "frequency_penalty",
    "presence_penalty", "logit_bias", "metadata", "store", "add_generation_prompt",
    "continue_final_message",
})
# fmt: on
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,64}")
_json = msgspec.json.Encoder().encode


@dataclass(frozen=True, eq=False)
class Answer:
    """What the fake vendor does with a request. Times in seconds.

    It waits `first_delay`, then says `reasoning`, `tokens` and `calls` (name and arguments as JSON text),
    `delay` apart, and ends as vendors do. `status` other than 200 answers with `error` and `headers` instead;
    with `status` 200, `error` comes in the middle of the stream, after the tokens. `end` False ends without
    the end marker; `cut` hangs up there; `never` says nothing at all; `raw` is sent in place of the stream,
    as it is.
    """

    tokens: Sequence[str] = ("Hello", " world")
    reasoning: Sequence[str] = ()
    reasoning_member: str = "reasoning_content"
    calls: Sequence[tuple[str, str]] = ()
    refusal: str | None = None
    finish: str | None = None
    usage: Mapping[str, Any] | None = None
    first_delay: float = 0.0
    delay: float = 0.0
    status: int = 200
    error: Mapping[str, Any] | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    end: bool = True
    cut: bool = False
    never: bool = False
    raw: Sequence[bytes] | None = None

    @property
    def reason(self) -> str:
        """Why it stops, in the vendor's word."""
        return self.finish or ("tool_calls" if self.calls else "stop")

    def counts(self) -> Mapping[str, Any]:
        """The usage that it reports."""
        given = len(self.tokens) + len(self.reasoning)
        return self.usage or {
            "prompt_tokens": 7,
            "completion_tokens": given,
            "total_tokens": 7 + given,
            "prompt_tokens_details": {"cached_tokens": 0},
            "completion_tokens_details": {"reasoning_tokens": len(self.reasoning)},
        }


def error_body(message: str, kind: str = "invalid_request_error", **members: Any) -> dict[str, Any]:
    """An error as the vendor shapes it."""
    return {"error": {"message": message, "type": kind, "param": None, "code": None, **members}}


def events(answer: Answer, body: Mapping[str, Any]) -> Iterator[tuple[bytes, int]]:
    """The events of the stream, each with the number of tokens in it (0 or 1)."""
    head = f'data: {{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":{_text(body["model"])},'
    head += '"system_fingerprint":"fp_1","choices":[{"index":0,"delta":'
    opened, closed = head.encode(), b',"finish_reason":null}]}\n\n'
    plain = b',"logprobs":null' + closed
    yield opened + b'{"role":"assistant","content":"","refusal":null}' + plain, 0
    member = answer.reasoning_member
    for thought in answer.reasoning:
        yield opened + _json({member: thought}) + plain, 1
    top = int(body.get("top_logprobs") or 0)
    for number, token in enumerate(answer.tokens):
        tail = b',"logprobs":' + _logprobs(token, number, top) + closed if body.get("logprobs") else plain
        yield opened + b'{"content":' + _json(token) + b"}" + tail, 1
    for number, call in enumerate(answer.calls):
        for piece in _call(number, *call):
            yield opened + _json({"tool_calls": [piece]}) + plain, 1
    if answer.refusal is not None:
        yield opened + _json({"refusal": answer.refusal}) + plain, 1
    if answer.error is not None:
        yield b"data: " + _json({"error": answer.error}) + b"\n\n", 0
    elif answer.end and not answer.cut:
        reason = answer.reason.encode()
        yield opened + b'{},"logprobs":null,"finish_reason":"' + reason + b'"}]}\n\n', 0
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
            yield b"data: " + _json({**usage, "choices": [], "usage": answer.counts()}) + b"\n\n", 0
        yield b"data: [DONE]\n\n", 0


def completion(answer: Answer, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request that does not stream."""
    calls = [
        {"id": f"call_{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
        for number, (name, arguments) in enumerate(answer.calls)
    ]
    message = {"role": "assistant", "content": "".join(answer.tokens), "refusal": answer.refusal}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": body["model"],
        "choices": [
            {
                "index": 0,
                "message": message | ({"tool_calls": calls} if calls else {}),
                "logprobs": None,
                "finish_reason": answer.reason,
            }
        ],
        "usage": answer.counts(),
    }


def _text(value: Any) -> str:
    return _json(value).decode()


def _logprobs(token: str, number: int, top: int) -> bytes:
    chance = -0.01 - (number % 7) / 10
    each = {"token": token, "logprob": chance, "bytes": list(token.encode())}
    others = [
        {"token": f"{token}{other}" if other else token, "logprob": chance - other, "bytes": list(token.encode())}
        for other in range(top)
    ]
    return _json({"content": [{**each, "top_logprobs": others}], "refusal": None})


def _call(number: int, name: str, arguments: str) -> Iterator[dict[str, Any]]:
    function = {"name": name, "arguments": ""}
    yield {"index": number, "id": f"call_{number}", "type": "function", "function": function}
    third = len(arguments) // 3 + 1
    for at in range(0, len(arguments), third):
        yield {"index": number, "function": {"arguments": arguments[at : at + third]}}


def check(body: Any, *, alternating: bool = False) -> dict[str, Any] | None:
    """The error with which the vendor refuses the request, if it does. `alternating`: as chat templates of
    local models do, also where two turns of the user or of the assistant follow each other."""
    try:
        _check(body, alternating)
    except _Refusal as refusal:
        return error_body(str(refusal), param=refusal.param)
    return None


class _Refusal(Exception):
    def __init__(self, message: str, param: str) -> None:
        super().__init__(message)
        self.param = param


def _insist(holds: object, message: str, param: str) -> None:
    if not holds:
        raise _Refusal(message, param)


def _check(body: Any, alternating: bool) -> None:
    _insist(isinstance(body, dict), "We could not parse the JSON body of your request.", "")
    for member in body:
        _insist(member in _MEMBERS, f"Unrecognized request argument supplied: {member}", member)
    _insist(isinstance(body.get("model"), str), "you must provide a model parameter", "model")
    _insist(0 <= body.get("temperature", 1) <= 2, "temperature must be between 0 and 2", "temperature")
    _insist(0 <= body.get("top_logprobs", 0) <= 20, "top_logprobs must be between 0 and 20", "top_logprobs")
    _insist(body.get("logprobs") or not body.get("top_logprobs"), "top_logprobs needs logprobs", "top_logprobs")
    for limit in ("max_tokens", "max_completion_tokens"):
        _insist(body.get(limit, 1) >= 1, f"{limit} must be at least 1", limit)
    for tool in body.get("tools", ()):
        name = tool.get("function", {}).get("name", "")
        _insist(_NAME.fullmatch(name), "Invalid 'tools[0].function.name'", "tools")
    turns = body.get("messages")
    _insist(isinstance(turns, list) and turns, "Invalid 'messages': empty array.", "messages")
    open_calls: set[str] = set()
    called: set[str] = set()
    for number, turn in enumerate(turns):
        param = f"messages[{number}]"
        if turn.get("role") == "tool":
            _insist(
                turn.get("tool_call_id") in open_calls,
                "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
                param,
            )
            open_calls.discard(turn["tool_call_id"])
            _insist(isinstance(turn.get("content"), str) and turn["content"], "content must be a string", param)
            continue
        _all_answered(open_calls, param)
        open_calls = _check_turn(turn, param)
        _insist(not open_calls & called, "Duplicate call id", param)
        called |= open_calls
        if alternating and number:
            same = turn["role"] == turns[number - 1]["role"] in ("user", "assistant")
            _insist(not same, "Conversation roles must alternate user/assistant/user/assistant/...", param)
    _all_answered(open_calls, "messages")
    _insist(any(turn["role"] != "system" for turn in turns), "no user message", "messages")


def _all_answered(open_calls: set[str], param: str) -> None:
    _insist(
        not open_calls,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
        f" 'tool_call_id'. These did not have response messages: {', '.join(sorted(open_calls))}",
        param,
    )


def _check_turn(turn: dict[str, Any], param: str) -> set[str]:
    """Checks one turn; gives the ids of the calls that it makes."""
    role, content, calls = turn.get("role"), turn.get("content"), turn.get("tool_calls", [])
    _insist(role in ("system", "developer", "user", "assistant"), f"Invalid role {role!r}", param)
    _insist(isinstance(content, str | list) or (content is None and calls), "content is missing", param)
    _insist(content or calls, f"the {role} turn is empty", param)
    _insist(not isinstance(content, str) or content.strip(), f"the {role} turn is blank", param)
    for part in content if isinstance(content, list) else ():
        _insist(part.get("type") in ("text", "image_url", "input_audio", "file"), "Invalid part", param)
        inner = part.get(part["type"])
        _insist(inner.strip() if isinstance(inner, str) else inner, "the part is empty", param)
    _insist("tool_calls" not in turn or (role == "assistant" and calls), "[] is too short", param)
    for call in calls:
        function = call.get("function", {})
        _insist(0 < len(call.get("id", "")) <= 40, "a call needs an id of at most 40 characters", param)
        _insist(call.get("type") == "function", "a call needs a type", param)
        _insist(_NAME.fullmatch(function.get("name", "")), "Invalid function name", param)
        try:
            msgspec.json.decode(function.get("arguments", ""), type=dict)
        except msgspec.MsgspecError:
            raise _Refusal("the arguments of a call must be a JSON object", param) from None
    ids = {call["id"] for call in calls}
    _insist(len(ids) == len(calls), "Duplicate call id", param)
    return ids
