"""The response itself: what it echoes of its request, and what its end says."""

from typing import Any

from ...errors import BadRequest, ContextTooLong, RateLimited, Refused, RunnelError
from ...vocabulary.events import RunEnded
from ...vocabulary.messages import Usage
from ...vocabulary.runs import RunValue
from .ids import response_id

__all__ = ["ECHOED", "ended_value", "response_value"]

# What a response says of its request, and what it says where the request did not.
ECHOED: dict[str, Any] = {
    "background": False,
    "conversation": None,
    "instructions": None,
    "max_output_tokens": None,
    "metadata": {},
    "parallel_tool_calls": True,
    "previous_response_id": None,
    "reasoning": None,
    "store": True,
    "temperature": None,
    "text": {"format": {"type": "text"}},
    "tool_choice": "auto",
    "tools": [],
    "top_logprobs": None,
    "top_p": None,
    "truncation": "disabled",
    "user": None,
}


def response_value(run: RunValue) -> dict[str, Any]:
    """The response of a run that has just been asked for."""
    return {
        "id": response_id(run.id),
        "object": "response",
        "created_at": run.began_at / 1000,
        "status": "queued",
        "error": None,
        "incomplete_details": None,
        "model": run.model or "",
        "output": [],
        "usage": None,
        **ECHOED,
        **run.memo.get("echo", {}),
    }


def ended_value(event: RunEnded, status: str, began_at: int) -> dict[str, Any]:
    """What the end of its run says of a response."""
    said: dict[str, Any] = {"status": status}
    if event.usage is not None:
        said["usage"] = _usage(event.usage)
    if status == "completed":
        said["completed_at"] = (began_at + event.at) / 1000
    elif status == "incomplete":
        reason = "content_filter" if event.finish_reason == "content_filter" else "max_output_tokens"
        said["incomplete_details"] = {"reason": reason}
    elif status == "failed":
        error = None if event.error is None else event.error.error()
        said["error"] = {"code": _code(error), "message": "the run failed" if error is None else error.message}
    return said


def _code(error: RunnelError | None) -> str:
    if isinstance(error, RateLimited):
        return "rate_limit_exceeded"
    return "invalid_prompt" if isinstance(error, BadRequest | ContextTooLong | Refused) else "server_error"


def _usage(usage: Usage) -> dict[str, Any]:
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": usage.cached_tokens, "cache_write_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.total_tokens,
    }
