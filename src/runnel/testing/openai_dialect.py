"""The vendor's side of OpenAI's dialect: what it refuses, and what it answers, as bytes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from .answers import Answer, Refusal, insist

__all__ = ["PATH", "check", "completion", "error_body", "events"]

PATH = "/chat/completions"

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
        reason = _reason(answer).encode()
        yield opened + b'{},"logprobs":null,"finish_reason":"' + reason + b'"}]}\n\n', 0
        if (body.get("stream_options") or {}).get("include_usage"):
            usage = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1, "model": body["model"]}
            yield b"data: " + _json({**usage, "choices": [], "usage": _counts(answer)}) + b"\n\n", 0
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
                "finish_reason": _reason(answer),
            }
        ],
        "usage": _counts(answer),
    }


def _reason(answer: Answer) -> str:
    return answer.finish or ("tool_calls" if answer.calls else "stop")


def _counts(answer: Answer) -> Mapping[str, Any]:
    given = len(answer.tokens) + len(answer.reasoning)
    return answer.usage or {
        "prompt_tokens": 7,
        "completion_tokens": given,
        "total_tokens": 7 + given,
        "prompt_tokens_details": {"cached_tokens": 0},
        "completion_tokens_details": {"reasoning_tokens": len(answer.reasoning)},
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
    except Refusal as refusal:
        return error_body(str(refusal), param=refusal.param)
    return None


def _check(body: Any, alternating: bool) -> None:
    insist(isinstance(body, dict), "We could not parse the JSON body of your request.", "")
    for member in body:
        insist(member in _MEMBERS, f"Unrecognized request argument supplied: {member}", member)
    insist(isinstance(body.get("model"), str), "you must provide a model parameter", "model")
    insist(0 <= body.get("temperature", 1) <= 2, "temperature must be between 0 and 2", "temperature")
    insist(0 <= body.get("top_logprobs", 0) <= 20, "top_logprobs must be between 0 and 20", "top_logprobs")
    insist(body.get("logprobs") or not body.get("top_logprobs"), "top_logprobs needs logprobs", "top_logprobs")
    for limit in ("max_tokens", "max_completion_tokens"):
        insist(body.get(limit, 1) >= 1, f"{limit} must be at least 1", limit)
    for tool in body.get("tools", ()):
        name = tool.get("function", {}).get("name", "")
        insist(_NAME.fullmatch(name), "Invalid 'tools[0].function.name'", "tools")
    _check_format(body.get("response_format", {}))
    turns = body.get("messages")
    insist(isinstance(turns, list) and turns, "Invalid 'messages': empty array.", "messages")
    open_calls: set[str] = set()
    called: set[str] = set()
    for number, turn in enumerate(turns):
        param = f"messages[{number}]"
        if turn.get("role") == "tool":
            insist(
                turn.get("tool_call_id") in open_calls,
                "messages with role 'tool' must be a response to a preceding message with 'tool_calls'.",
                param,
            )
            open_calls.discard(turn["tool_call_id"])
            insist(isinstance(turn.get("content"), str) and turn["content"], "content must be a string", param)
            continue
        _all_answered(open_calls, param)
        open_calls = _check_turn(turn, param)
        insist(not open_calls & called, "Duplicate call id", param)
        called |= open_calls
        if alternating and number:
            same = turn["role"] == turns[number - 1]["role"] in ("user", "assistant")
            insist(not same, "Conversation roles must alternate user/assistant/user/assistant/...", param)
    _all_answered(open_calls, "messages")
    insist(any(turn["role"] != "system" for turn in turns), "no user message", "messages")


def _check_format(given: Mapping[str, Any]) -> None:
    param = "response_format"
    insist(given.get("type", "text") in ("text", "json_object", "json_schema"), "Invalid value", f"{param}.type")
    if given.get("type") != "json_schema":
        return
    described = given.get("json_schema", {})
    insist(_NAME.fullmatch(described.get("name", "")), "Invalid name", f"{param}.json_schema.name")
    if described.get("strict"):
        _check_strict(described.get("schema"), param)


def _check_strict(schema: Any, param: str) -> None:
    for each in schema if isinstance(schema, list) else schema.values() if isinstance(schema, dict) else ():
        _check_strict(each, param)
    if isinstance(schema, dict) and schema.get("type") == "object":
        insist(
            schema.get("additionalProperties") is False,
            "'additionalProperties' is required to be supplied and to be false.",
            param,
        )
        members = set(schema.get("properties", {}))
        insist(set(schema.get("required", ())) == members, "'required' has to include every key in properties.", param)


def _all_answered(open_calls: set[str], param: str) -> None:
    insist(
        not open_calls,
        "An assistant message with 'tool_calls' must be followed by tool messages responding to each"
        f" 'tool_call_id'. These did not have response messages: {', '.join(sorted(open_calls))}",
        param,
    )


def _check_turn(turn: dict[str, Any], param: str) -> set[str]:
    """Checks one turn; gives the ids of the calls that it makes."""
    role, content, calls = turn.get("role"), turn.get("content"), turn.get("tool_calls", [])
    insist(role in ("system", "developer", "user", "assistant"), f"Invalid role {role!r}", param)
    insist(isinstance(content, str | list) or (content is None and calls), "content is missing", param)
    insist(content or calls, f"the {role} turn is empty", param)
    insist(not isinstance(content, str) or content.strip(), f"the {role} turn is blank", param)
    for part in content if isinstance(content, list) else ():
        insist(part.get("type") in ("text", "image_url", "input_audio", "file"), "Invalid part", param)
        inner = part.get(part["type"])
        insist(inner.strip() if isinstance(inner, str) else inner, "the part is empty", param)
    insist("tool_calls" not in turn or (role == "assistant" and calls), "[] is too short", param)
    for call in calls:
        function = call.get("function", {})
        insist(0 < len(call.get("id", "")) <= 40, "a call needs an id of at most 40 characters", param)
        insist(call.get("type") == "function", "a call needs a type", param)
        insist(_NAME.fullmatch(function.get("name", "")), "Invalid function name", param)
        try:
            msgspec.json.decode(function.get("arguments", ""), type=dict)
        except msgspec.MsgspecError:
            raise Refusal("the arguments of a call must be a JSON object", param) from None
    ids = {call["id"] for call in calls}
    insist(len(ids) == len(calls), "Duplicate call id", param)
    return ids
