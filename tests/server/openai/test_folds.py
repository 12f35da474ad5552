"""What a run's events become on OpenAI's wire: a pure function of them, in the shapes that its client reads."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnel.errors import ProcessDied, RateLimited
from runnel.server.openai.completion_fold import CompletionFold
from runnel.server.openai.response_fold import ResponseFold
from runnel.vocabulary import events as ev
from runnel.vocabulary.events import Event
from runnel.vocabulary.failures import ErrorValue
from runnel.vocabulary.fold import fold_message
from runnel.vocabulary.messages import Source, Status, Usage
from runnel.vocabulary.runs import RunValue
from runnel.vocabulary.tokens import Token
from runnel.vocabulary.wire import decode_lines, encode_lines
from tests.server.openai.typed import checked_chunk, checked_completion, checked_event, checked_response
from tests.vocabulary.strategies import runs

MEMO = {"functions": ["weather"], "logprobs": True, "include": ["file_search_call.results"]}


def run(memo: dict[str, Any] | None = None) -> RunValue:
    return RunValue("run_1", "answer", Status.QUEUED, 1000, "chat_1", "msg_1", "msg_0", "excerpts", memo or {})


def wire(events: list[Event], memo: dict[str, Any] | None = None) -> list[dict[str, Any]]:
    """The wire events of a run, each read by the client's types."""
    fold = ResponseFold(run(memo))
    found = [msgspec.json.decode(msgspec.json.encode(one)) for event in events for one in fold.apply(event)]
    for one in found:
        checked_event(one)
    checked_response(fold.value())
    return found


def whole(*events: Event, status: Status = Status.COMPLETED, **end: Any) -> list[Event]:
    return [
        ev.RunStarted("run_1", began_at=1000),
        ev.StateChanged(Status.QUEUED),
        ev.StateChanged(Status.RUNNING),
        ev.StepStarted(1, "excerpts"),
        *events,
        ev.RunEnded(status, usage=Usage(3, 4), **end),
    ]


def kinds(found: list[dict[str, Any]]) -> list[str]:
    return [one["type"].removeprefix("response.") for one in found]


def outputs(found: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """The items of the response at its end, and what they say."""
    return [
        (one["type"], "".join(part["text"] for part in one.get("content") or []) or one.get("arguments") or "")
        for one in found[-1]["response"]["output"]
    ]


@given(runs(), st.data())
def test_numbers_and_payloads_are_the_same_wherever_a_reader_begins(events: list[Event], data: st.DataObject) -> None:
    fold = ResponseFold(run(MEMO))
    first = [one for event in events for one in fold.apply(event)]
    assert [one["sequence_number"] for one in first] == list(range(len(first)))
    # After a restart the events come from the file, and in pieces of other sizes.
    again = ResponseFold(run(msgspec.json.decode(msgspec.json.encode(MEMO))))
    split = data.draw(st.integers(0, len(events)))
    second: list[dict[str, Any]] = []
    for piece in (events[:split], events[split:]):
        for event in decode_lines(encode_lines(piece)) if piece else ():
            second += msgspec.json.decode(msgspec.json.encode(again.apply(event)))
    assert msgspec.json.decode(msgspec.json.encode(first)) == second


@given(runs(), st.sampled_from([MEMO, {**MEMO, "functions": ["tool"]}]))
def test_every_event_is_one_that_the_client_knows_and_items_come_in_order(
    events: list[Event], memo: dict[str, Any]
) -> None:
    found = wire(events, memo)
    added = [one["output_index"] for one in found if one["type"] == "response.output_item.added"]
    done = [one["output_index"] for one in found if one["type"] == "response.output_item.done"]
    assert added == list(range(len(added)))
    assert sorted(done) == added
    open_items: set[int] = set()
    for one in found:
        if one["type"] == "response.output_item.added":
            open_items.add(one["output_index"])
        elif one["type"] == "response.output_item.done":
            open_items.remove(one["output_index"])
        elif "output_index" in one:
            assert one["output_index"] in open_items
    assert found[-1]["type"] == "response.completed"


@given(runs())
def test_the_response_says_at_its_end_what_the_message_says(events: list[Event]) -> None:
    found = wire(events)
    said = "".join(text for kind, text in outputs(found) if kind == "message")
    assert said == fold_message(events).content


@given(runs())
def test_a_completion_says_what_the_message_says_and_its_chunks_are_known(events: list[Event]) -> None:
    fold = CompletionFold(run({**MEMO, "include_usage": True}))
    said = ""
    for event in events:
        for chunk in fold.apply(event):
            checked_chunk(chunk)
            for choice in chunk["choices"]:
                said = said[: len(said) - chunk.get("replaces", 0)] + (choice["delta"].get("content") or "")
    completion = checked_completion(fold.value())
    assert (completion.choices[0].message.content or "") == fold_message(events).content


def test_a_plain_answer() -> None:
    found = wire(whole(ev.TextDelta("Hel"), ev.TextDelta("lo")))
    assert kinds(found) == [
        "created",
        "queued",
        "in_progress",
        "output_item.added",
        "content_part.added",
        "output_text.delta",
        "output_text.delta",
        "output_text.done",
        "content_part.done",
        "output_item.done",
        "completed",
    ]
    assert [one["delta"] for one in found[5:7]] == ["Hel", "lo"]
    response = checked_response(found[-1]["response"])
    assert (response.id, response.status, response.output_text) == ("resp_1", "completed", "Hello")
    assert response.usage is not None
    assert (response.usage.input_tokens, response.usage.total_tokens) == (3, 7)


def test_a_thought_is_an_item_of_its_own() -> None:
    found = wire(whole(ev.ReasoningDelta("Hm."), ev.ReasoningDelta("", signature="s"), ev.TextDelta("Yes.")))
    assert outputs(found) == [("reasoning", "Hm."), ("message", "Yes.")]
    assert "encrypted_content" not in found[-1]["response"]["output"][0]


def test_a_signed_thought_has_its_signature_where_it_is_asked_for() -> None:
    signed = whole(ev.ReasoningDelta("Hm."), ev.ReasoningDelta("", signature="s"))
    found = wire(signed, {"include": ["reasoning.encrypted_content"]})
    assert found[-1]["response"]["output"][0]["encrypted_content"] == "s"


def test_a_call_of_the_callers_tool_is_a_function_call() -> None:
    said: list[Event] = [
        ev.ToolCallDelta("call_1", name="weather"),
        ev.ToolCallDelta("call_1", '{"town":'),
        ev.ToolCallDelta("call_1", '"Graz"}'),
        ev.ToolCalled("call_1", "weather", {"town": "Graz"}, client=True),
    ]
    found = wire(whole(*said), MEMO)
    assert kinds(found)[3:-1] == [
        "output_item.added",
        "function_call_arguments.delta",
        "function_call_arguments.delta",
        "function_call_arguments.done",
        "output_item.done",
    ]
    (item,) = found[-1]["response"]["output"]
    assert (item["call_id"], item["arguments"], item["status"]) == ("call_1", '{"town":"Graz"}', "completed")


def test_a_call_of_a_tool_of_ours_is_told_with_its_result() -> None:
    said: list[Event] = [
        ev.ToolCallDelta("call_1", name="add"),
        ev.ToolCallDelta("call_1", "{}"),
        ev.ToolCalled("call_1", "add"),
        ev.ToolReturned("call_1", "ok", "3"),
        ev.StepStarted(2),
        ev.ToolCalled("call_1", "add"),
        ev.ToolReturned("call_1", "error", "no"),
    ]
    found = wire(whole(*said), MEMO)
    items = found[-1]["response"]["output"]
    assert [(one["type"], one["status"], one["output"]) for one in items] == [
        ("mcp_call", "completed", "3"),
        ("mcp_call", "failed", None),
    ]
    assert kinds(found).count("mcp_call.completed") == kinds(found).count("mcp_call.failed") == 1


def test_what_an_attempt_withdraws_ends_its_item_and_the_next_says_it_anew() -> None:
    found = wire(whole(ev.TextDelta("Wro"), ev.AttemptStarted(2), ev.TextDelta("Right")))
    assert outputs(found) == [("message", "Right")]
    done = [one["item"] for one in found if one["type"] == "response.output_item.done"]
    assert [(one["status"], one["content"]) for one in done[:1]] == [("incomplete", [])]


def test_what_remains_after_a_retraction_is_what_its_item_ends_with() -> None:
    found = wire(whole(ev.TextDelta("Hello wold"), ev.TextRetracted(4), ev.TextDelta("world")))
    assert outputs(found) == [("message", "Hello "), ("message", "world")]
    assert checked_response(found[-1]["response"]).output_text == "Hello world"


def test_sources_are_a_search_of_files() -> None:
    sources = (Source("s1", "doc_1", "ragna.txt", "Ragna is a tool.", score=0.5),)
    found = wire(whole(ev.QueryRewritten("What is Ragna?"), ev.SourcesFound(sources), ev.TextDelta("A tool.")), MEMO)
    item = found[-1]["response"]["output"][0]
    assert (item["type"], item["queries"]) == ("file_search_call", ["What is Ragna?"])
    assert item["results"] == [
        {"file_id": "doc_1", "filename": "ragna.txt", "score": 0.5, "text": "Ragna is a tool."},
    ]


def test_an_image_is_an_image_generation_call() -> None:
    found = wire(whole(ev.PartDelta(0, "image/png", "iVB"), ev.PartDelta(0, "image/png", "Ow0K"), ev.TextDelta("So.")))
    assert [item["type"] for item in found[-1]["response"]["output"]] == ["image_generation_call", "message"]
    assert found[-1]["response"]["output"][0]["result"] == "iVBOw0K"


def test_logprobs_come_where_they_are_asked_for() -> None:
    said = whole(ev.TextDelta("Hi", (Token("Hi", -0.5),)))
    (delta,) = [one for one in wire(said, MEMO) if one["type"] == "response.output_text.delta"]
    assert delta["logprobs"] == [{"token": "Hi", "bytes": [72, 105], "logprob": -0.5, "top_logprobs": []}]
    (delta,) = [one for one in wire(said) if one["type"] == "response.output_text.delta"]
    assert delta["logprobs"] == []


@pytest.mark.parametrize(
    ("end", "last", "status"),
    [
        ({"status": Status.CANCELLED}, "response.incomplete", "cancelled"),
        ({"status": Status.INCOMPLETE, "finish_reason": "length"}, "response.incomplete", "incomplete"),
        ({"status": Status.FAILED, "error": ErrorValue.of(RateLimited("slow"))}, "response.failed", "failed"),
        ({"status": Status.INTERRUPTED, "error": ErrorValue.of(ProcessDied("gone"))}, "response.failed", "failed"),
    ],
)
def test_however_a_run_ends_its_text_is_kept(end: dict[str, Any], last: str, status: str) -> None:
    found = wire(whole(ev.TextDelta("Half an ans"), **end))
    assert (found[-1]["type"], found[-1]["response"]["status"]) == (last, status)
    assert outputs(found) == [("message", "Half an ans")]
    assert found[-1]["response"]["output"][0]["status"] == "incomplete"
    response = checked_response(found[-1]["response"])
    assert (response.error is not None) == (status == "failed")
    if status == "incomplete":
        assert response.incomplete_details is not None
        assert response.incomplete_details.reason == "max_output_tokens"


def test_a_chunk_after_text_was_withdrawn_says_how_much() -> None:
    fold = CompletionFold(run())
    said = whole(ev.TextDelta("Wro"), ev.AttemptStarted(2), ev.TextDelta("Right"))
    chunks = [chunk for event in said for chunk in fold.apply(event)]
    assert [chunk["replaces"] for chunk in chunks if "replaces" in chunk] == [3]
    assert fold.value()["choices"][0]["message"]["content"] == "Right"
