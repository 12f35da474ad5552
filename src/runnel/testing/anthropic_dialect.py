"""The vendor's side of Anthropic's dialect: what it refuses, and what it answers, as bytes."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from .answers import Answer, Refusal, insist

__all__ = ["PATH", "check", "completion", "error_body", "events"]

PATH = "/messages"

# fmt: off
_MEMBERS = frozenset({
    "model", "messages", "stream", "max_tokens", "system", "temperature", "top_p", "top_k",
    "stop_sequences", "thinking", "output_config", "tools", "tool_choice", "metadata", "cache_control",
    "service_tier",
})
# fmt: on
_NAME = re.compile(r"[a-zA-Z0-9_-]{1,128}")
_ID = re.compile(r"[a-zA-Z0-9_-]+")
# What each role may say.
_KINDS = {
    "user": {"text", "image", "document", "tool_result"},
    "assistant": {"text", "thinking", "redacted_thinking", "tool_use"},
}
# The models from 4.7 on, which take no sampling and no text to go on from.
_BARE = re.compile(r"claude-[a-z]+-(4-[7-9]|[5-9])")
_IMAGES = ("image/jpeg", "image/png", "image/gif", "image/webp")
_json = msgspec.json.Encoder().encode


def error_body(message: str, kind: str = "invalid_request_error", **members: Any) -> dict[str, Any]:
    """An error as the vendor shapes it."""
    return {"type": "error", "error": {"type": kind, "message": message, **members}, "request_id": "req_1"}


def events(answer: Answer, body: Mapping[str, Any]) -> Iterator[tuple[bytes, int]]:
    """The events of the stream, each with the number of tokens in it (0 or 1)."""
    usage = _counts(answer)
    opening = {**_message(body), "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    yield _event("message_start", message=opening), 0
    yield _event("ping"), 0
    for index, (block, pieces) in enumerate(_blocks(answer)):
        yield _event("content_block_start", index=index, content_block=block), 0
        head = b'event: content_block_delta\ndata: {"type":"content_block_delta","index":%d,"delta":' % index
        for piece in pieces:
            yield head + _json(piece) + b"}\n\n", 1
        if answer.error is not None and block["type"] == "text":
            break
        yield _event("content_block_stop", index=index), 0
    if answer.error is not None:
        yield _event("error", error=answer.error), 0
    elif answer.end and not answer.cut:
        details = {"type": "refusal", "explanation": answer.refusal} if answer.refusal else None
        delta = {"stop_reason": _reason(answer), "stop_sequence": None, "stop_details": details}
        yield _event("message_delta", delta=delta, usage={"output_tokens": usage["output_tokens"]}), 0
        yield _event("message_stop"), 0


def completion(answer: Answer, body: Mapping[str, Any]) -> dict[str, Any]:
    """The answer to a request that does not stream."""
    content: list[dict[str, Any]] = []
    for block, pieces in _blocks(answer):
        whole = dict(block)
        said = "".join([piece.get("partial_json", "") for piece in pieces])
        for member in ("text", "thinking", "signature"):
            if member in whole:
                whole[member] += "".join([piece.get(member, "") for piece in pieces])
        if block["type"] == "tool_use":
            whole["input"] = msgspec.json.decode(said or "{}")
        content.append(whole)
    return {**_message(body), "content": content, "stop_reason": _reason(answer), "usage": _counts(answer)}


def _message(body: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": "msg_1", "type": "message", "role": "assistant", "model": body["model"], "stop_sequence": None}


def _event(kind: str, **members: Any) -> bytes:
    return b"event: %b\ndata: %b\n\n" % (kind.encode(), _json({"type": kind, **members}))


def _blocks(answer: Answer) -> Iterator[tuple[dict[str, Any], list[dict[str, Any]]]]:
    """The blocks of the answer, each with its pieces."""
    if answer.reasoning:
        thoughts = [{"type": "thinking_delta", "thinking": piece} for piece in answer.reasoning]
        signed = [{"type": "signature_delta", "signature": answer.signature}] if answer.signature else []
        yield {"type": "thinking", "thinking": "", "signature": ""}, [*thoughts, *signed]
    for data in answer.redacted:
        yield {"type": "redacted_thinking", "data": data}, []
    if answer.tokens or answer.error is not None:
        yield {"type": "text", "text": ""}, [{"type": "text_delta", "text": token} for token in answer.tokens]
    for number, (name, arguments) in enumerate(answer.calls):
        third = len(arguments) // 3 + 1
        pieces = ["", *[arguments[at : at + third] for at in range(0, len(arguments), third)]]
        call = {"type": "tool_use", "id": f"toolu_{number}", "name": name, "input": {}}
        yield call, [{"type": "input_json_delta", "partial_json": piece} for piece in pieces]


def _reason(answer: Answer) -> str:
    return answer.finish or ("refusal" if answer.refusal else "tool_use" if answer.calls else "end_turn")


def _counts(answer: Answer) -> Mapping[str, Any]:
    given = len(answer.tokens) + len(answer.reasoning)
    return answer.usage or {"input_tokens": 7, "output_tokens": given, "cache_read_input_tokens": 0}


def check(body: Any, *, alternating: bool = True) -> dict[str, Any] | None:
    """The error with which the vendor refuses the request, if it does. Turns of one role that meet are one to it,
    whatever `alternating`."""
    try:
        _check(body)
    except Refusal as refusal:
        return error_body(f"{refusal.param}: {refusal}")
    return None


def _check(body: Any) -> None:
    insist(isinstance(body, dict), "The request body is not valid JSON", "")
    for member in body:
        insist(member in _MEMBERS, "Extra inputs are not permitted", member)
    insist(isinstance(body.get("model"), str) and body["model"], "Field required", "model")
    insist(isinstance(body.get("max_tokens"), int) and body["max_tokens"] >= 1, "Field required", "max_tokens")
    insist(0 <= body.get("temperature", 1) <= 1, "Input should be less than or equal to 1", "temperature")
    insist("temperature" not in body or "top_p" not in body, "cannot both be specified", "temperature")
    for stop in body.get("stop_sequences", ()):
        insist(stop.strip(), "each stop sequence must contain non-whitespace", "stop_sequences")
    bare = _BARE.match(body["model"])
    for member in ("temperature", "top_p", "top_k"):
        insist(not bare or member not in body, f"`{member}` is deprecated for this model.", member)
    _check_thinking(body, bool(bare))
    _check_system(body.get("system", "."))
    _check_tools(body)
    _check_schema(body.get("output_config", {}).get("format", {}).get("schema", {}), "output_config.format.schema")
    turns = body.get("messages")
    insist(isinstance(turns, list) and turns, "at least one message is required", "messages")
    _check_turns(_merged(turns), body, bool(bare))
    marks = _json(body).count(b'"cache_control":{')
    insist(marks <= 4, f"A maximum of 4 blocks with cache_control may be provided. Found {marks}.", "messages")


def _check_system(system: Any) -> None:
    blocks = [{"type": "text", "text": system}] if isinstance(system, str) else system
    for block in blocks:
        insist(block.get("type") == "text" and block["text"].strip(), "text content blocks must be non-empty", "system")


def _check_thinking(body: Mapping[str, Any], bare: bool) -> None:
    thinking = body.get("thinking", {"type": "disabled"})
    insist(thinking["type"] in ("enabled", "adaptive", "disabled", "between_tools"), "Input tag is unknown", "thinking")
    if thinking["type"] != "enabled":
        return
    insist(not bare, '"thinking.type.enabled" is not supported for this model.', "thinking.type")
    insist(thinking["budget_tokens"] >= 1024, "Input should be greater than or equal to 1024", "thinking.budget_tokens")
    fits = body["max_tokens"] > thinking["budget_tokens"]
    insist(fits, "`max_tokens` must be greater than `thinking.budget_tokens`.", "max_tokens")
    insist(
        body.get("temperature", 1) == 1, "`temperature` may only be set to 1 when thinking is enabled.", "temperature"
    )


def _check_tools(body: Mapping[str, Any]) -> None:
    names = [tool.get("name", "") for tool in body.get("tools", ())]
    for number, tool in enumerate(body.get("tools", ())):
        param = f"tools.{number}"
        insist(_NAME.fullmatch(tool.get("name", "")), "String should match pattern", f"{param}.name")
        insist(tool.get("input_schema", {}).get("type") == "object", "Field required", f"{param}.input_schema")
    insist(len(names) == len(set(names)), "Tool names must be unique.", "tools")
    used = b'"tool_use"' in _json(body.get("messages"))
    insist(names or not used, "Requests which include `tool_use` or `tool_result` blocks must define tools", "tools")
    insist(names or "tool_choice" not in body, "tool_choice may only be specified while providing tools", "tool_choice")


def _check_schema(schema: Any, param: str) -> None:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            insist(schema.get("additionalProperties") is False, "'additionalProperties' must be false", param)
        for limit in ("minimum", "maximum", "minLength", "maxLength", "pattern", "maxItems", "oneOf"):
            insist(limit not in schema or isinstance(schema[limit], dict), f"'{limit}' is not supported", param)
        for each in schema.values():
            _check_schema(each, param)
    elif isinstance(schema, list):
        for each in schema:
            _check_schema(each, param)


def _merged(turns: list[dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Roles and blocks: turns of one role that meet are one."""
    merged: list[tuple[str, list[dict[str, Any]]]] = []
    for number, turn in enumerate(turns):
        param, role, content = f"messages.{number}", turn.get("role"), turn.get("content")
        insist(role in _KINDS, f"Unexpected role {role!r}", f"{param}.role")
        assert isinstance(role, str)
        insist(isinstance(content, str | list), "Field required", f"{param}.content")
        blocks = [{"type": "text", "text": content}] if isinstance(content, str) else list(content or ())
        insist(blocks, "all messages must have non-empty content", param)
        for at, block in enumerate(blocks):
            _check_block(block, role, f"{param}.content.{at}")
        if merged and merged[-1][0] == role:
            merged[-1][1].extend(blocks)
        else:
            merged.append((role, blocks))
    return merged


def _check_block(block: Mapping[str, Any], role: str, param: str) -> None:
    kind = block.get("type")
    insist(kind in _KINDS[role], f"`{kind}` blocks are not allowed in a turn of the {role}", param)
    match kind:
        case "text":
            insist(block.get("text", "").strip(), "text content blocks must contain non-whitespace text", param)
        case "tool_use":
            insist(_ID.fullmatch(block.get("id", "")), "String should match pattern", f"{param}.id")
            insist(1 <= len(block.get("name", "")) <= 200, "String should have at most 200 characters", f"{param}.name")
            insist(isinstance(block.get("input"), dict), "Input should be a valid dictionary", f"{param}.input")
        case "tool_result":
            insist(block.get("content"), "content is empty", param)
        case "thinking":
            insist(block.get("signature"), "Invalid `signature` in `thinking` block", param)
            insist("cache_control" not in block, "Extra inputs are not permitted", param)
        case "image":
            source = block.get("source", {})
            insist(source.get("url") or source.get("media_type") in _IMAGES, "Input should be an image", param)
            insist(source.get("url") or source.get("data"), "image cannot be empty", param)
        case _:
            pass


def _check_turns(turns: list[tuple[str, list[dict[str, Any]]]], body: Mapping[str, Any], bare: bool) -> None:
    insist(turns[0][0] == "user", 'first message must use the "user" role', "messages.0")
    called: set[str] = set()
    waiting: set[str] = set()
    for number, (role, blocks) in enumerate(turns):
        param = f"messages.{number}"
        results = [block["tool_use_id"] for block in blocks if block["type"] == "tool_result"]
        insist(set(results) <= waiting, "unexpected `tool_use_id` found in `tool_result` blocks", param)
        insist(len(results) == len(set(results)), "each tool_use must have a single result", param)
        insist(
            set(results) == waiting,
            "`tool_use` ids were found without `tool_result` blocks immediately after: "
            f"{', '.join(sorted(waiting - set(results)))}",
            param,
        )
        first = [block["type"] for block in blocks[: len(results)]]
        insist(set(first) <= {"tool_result"}, "results come first", param)
        calls = [block["id"] for block in blocks if block["type"] == "tool_use"]
        insist(len(calls) == len(set(calls)) and not called & set(calls), "`tool_use` ids must be unique", param)
        kinds = [block["type"] for block in blocks]
        if calls:
            insist(set(kinds[kinds.index("tool_use") :]) == {"tool_use"}, "calls come last", param)
        called |= set(calls)
        waiting = set(calls)
        insist(
            role != "assistant" or not kinds[-1].endswith("thinking"), "The final block cannot be `thinking`.", param
        )
    insist(not waiting, "`tool_use` ids were found without `tool_result` blocks immediately after", "messages")
    _check_last(turns, body, bare)


def _check_last(turns: list[tuple[str, list[dict[str, Any]]]], body: Mapping[str, Any], bare: bool) -> None:
    thinks = body.get("thinking", {}).get("type") == "enabled"
    if turns[-1][0] == "assistant":
        insist(not bare, "This model does not support assistant message prefill.", "messages")
        text = turns[-1][1][-1].get("text", "")
        insist(text == text.rstrip(), "final assistant content cannot end with trailing whitespace", "messages")
        insist(not thinks, "a final assistant message excludes thinking", "messages")
    for role, blocks in reversed(turns):
        if role == "user" and any(block["type"] != "tool_result" for block in blocks):
            break
        starts = blocks[0]["type"] in ("thinking", "redacted_thinking", "tool_result")
        insist(starts or not thinks, "a final `assistant` message must start with a thinking block", "messages")
