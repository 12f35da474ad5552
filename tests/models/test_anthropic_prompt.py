"""Any prompt makes a request that Anthropic takes."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnel.models.anthropic_prompt import generation, request_body
from runnel.models.provider import BUILT_IN, Provider
from runnel.testing.anthropic_dialect import check
from runnel.testing.models import HISTORY, SO_FAR
from runnel.vocabulary.messages import MediaPart, MessageValue, ReasoningPart, Status, SteeredPart, TextPart, ToolPart
from runnel.vocabulary.prompt import Prompt, Sampling
from tests.models.prompts import PROMPTS, SCHEMA

ANTHROPIC = BUILT_IN["anthropic"]
PLAIN = Provider.of("anthropic", {"cache": False})
OLD, NEW = "claude-haiku-4-5", "claude-opus-5"


def body(prompt: Prompt, model: str = NEW, provider: Provider = PLAIN) -> dict[str, Any]:
    return request_body(model, prompt, provider)


def said(prompt: Prompt, model: str = NEW) -> list[tuple[str, list[Any]]]:
    """Roles, and what is in each block."""
    members = ("text", "thinking", "data", "name", "content", "source")
    return [
        (turn["role"], [next(block[name] for name in members if name in block) for block in turn["content"]])
        for turn in body(prompt, model)["messages"]
    ]


def answer(*parts: Any) -> MessageValue:
    return MessageValue("msg", "assistant", Status.RUNNING, parts=parts)


CALL = ToolPart("call_0", "look", '{"at": 1}', True, "ok", "a cat", 1)


@given(PROMPTS, st.sampled_from([OLD, "claude-sonnet-4-6", NEW, "kimi-k3"]))
def test_any_prompt_is_accepted(prompt: Prompt, model: str) -> None:
    if generation(model) in ("adaptive", "bare"):
        prompt = msgspec.structs.replace(prompt, prefill=None)
    made = request_body(model, prompt, ANTHROPIC)
    assert check(msgspec.json.decode(msgspec.json.encode(made))) is None


def test_results_come_first_in_the_turn_after_their_calls() -> None:
    so_far = answer(TextPart("Let me look."), CALL, SteeredPart("Quickly!"))
    assert said(Prompt("Go", so_far=so_far)) == [
        ("user", ["Go"]),
        ("assistant", ["Let me look.", "look"]),
        ("user", ["a cat", "Quickly!"]),
    ]


def test_a_call_that_failed_says_so() -> None:
    failed = ToolPart("c", "look", "{}", True, "error", "No such cat.", 1)
    (result,) = body(Prompt("Go", so_far=answer(failed)))["messages"][-1]["content"]
    assert (result["content"], result["is_error"]) == ("No such cat.", True)


def test_a_conversation_that_the_assistant_begins_is_begun_by_the_user() -> None:
    assert [role for role, _ in said(Prompt("Hi", history=(answer(TextPart("Welcome!")),)))] == [
        "user",
        "assistant",
        "user",
    ]


def test_system_turns_go_to_the_system_prompt_wherever_they_stand() -> None:
    history = (*HISTORY[2:3], MessageValue("m", "system", Status.COMPLETED, parts=(TextPart("Be kind."),)))
    made = body(Prompt("Go", history=history, system="Be brief."))
    assert made["system"] == [{"type": "text", "text": "Be brief.\n\nBe kind."}]
    assert [turn["role"] for turn in made["messages"]] == ["user"]


def test_pictures_and_documents_are_shown_and_others_named() -> None:
    media = (
        MediaPart("image/png", "aGk="),
        MediaPart("image/*", url="https://example.com/a"),
        MediaPart("application/pdf", "aGk="),
        MediaPart("audio/wav", "aGk="),
    )
    blocks = body(Prompt("What is it?", media=media))["messages"][0]["content"]
    assert [block["type"] for block in blocks] == ["text", "image", "image", "document", "text"]
    assert blocks[1]["source"] == {"type": "base64", "media_type": "image/png", "data": "aGk="}
    assert "audio/wav" in blocks[-1]["text"]


def test_thoughts_that_it_signed_are_given_back_and_others_are_not() -> None:
    thoughts = (
        ReasoningPart("Mine.", "anthropic:s"),
        ReasoningPart("", "anthropic.redacted:r"),
        ReasoningPart("Another's.", "other:s"),
        ReasoningPart("Cut"),
    )
    prompt = Prompt("Go", so_far=answer(*thoughts, CALL))
    assert said(prompt)[1] == ("assistant", ["Mine.", "r", "look"])
    assert body(prompt)["messages"][1]["content"][0]["signature"] == "s"
    assert said(prompt, OLD)[1] == ("assistant", ["look"]), "it does not think where it is not asked to"


def test_thinking_is_asked_for_as_each_generation_takes_it() -> None:
    prompt = Prompt("Go", sampling=Sampling(reasoning_effort="medium", temperature=0.5))
    new, old = body(prompt), body(prompt, OLD)
    assert new["thinking"] == {"type": "adaptive", "display": "summarized"}
    assert new["output_config"] == {"effort": "medium"}
    assert old["thinking"] == {"type": "enabled", "budget_tokens": 8192}
    assert old["max_tokens"] > 8192
    assert "temperature" not in old
    assert "thinking" not in body(Prompt("Go"))
    off = Prompt("Go", sampling=Sampling(reasoning_effort="none"))
    assert body(off)["thinking"] == {"type": "disabled"}


def test_manual_thinking_waits_where_a_step_began_without() -> None:
    sampling = Sampling(reasoning_effort="high")
    assert "thinking" not in body(Prompt("Go", so_far=answer(CALL), sampling=sampling), OLD)
    thought = ReasoningPart("Hm.", "anthropic:s")
    made = body(Prompt("Go", so_far=answer(thought, CALL), sampling=sampling), OLD)
    assert made["thinking"]["type"] == "enabled"
    assert made["messages"][1]["content"][0]["type"] == "thinking"


def test_what_a_model_does_not_take_is_left_out() -> None:
    sampling = Sampling(1.5, 0.9, 10, 1, ("x", "\n"), 5)
    assert body(Prompt("Go", sampling=sampling), OLD) | {"messages": []} == {
        "model": OLD,
        "messages": [],
        "stream": True,
        "max_tokens": 10,
        "temperature": 1.0,
        "stop_sequences": ["x"],
    }
    assert "temperature" not in body(Prompt("Go", sampling=sampling), NEW)


def test_some_limit_of_the_answer_is_always_given() -> None:
    assert body(Prompt("Go"))["max_tokens"] == 16_384
    assert body(Prompt("Go"), provider=Provider.of("anthropic", {"output_tokens": 5}))["max_tokens"] == 5


@pytest.mark.parametrize(
    ("model", "kind"),
    [
        ("claude-3-haiku-20240307", "manual"),
        ("claude-opus-4-20250514", "manual"),
        ("claude-opus-4-5-20251101", "manual"),
        ("claude-sonnet-4-6", "adaptive"),
        ("anthropic/claude-sonnet-4.6", "adaptive"),
        ("claude-opus-4-8", "bare"),
        ("eu.anthropic.claude-sonnet-5-5", "bare"),
        ("claude-mythos-preview", "bare"),
        ("kimi-k3", "other"),
    ],
)
def test_what_a_model_takes_is_known_by_its_name(model: str, kind: str) -> None:
    assert generation(model) == kind


def test_the_text_to_go_on_from_ends_without_space() -> None:
    assert said(Prompt("Go", prefill="It is "), OLD)[-1] == ("assistant", ["It is"])


def test_tools_of_earlier_calls_are_named_though_there_are_none_now() -> None:
    made = body(Prompt("Go", history=(HISTORY[0], answer(CALL))))
    assert [tool["name"] for tool in made["tools"]] == ["look"]
    assert made["tool_choice"] == {"type": "none"}
    tool = {"name": "add", "description": "Add", "parameters": SCHEMA}
    assert body(Prompt("Go", tools=(tool,)))["tools"] == [{"name": "add", "description": "Add", "input_schema": SCHEMA}]


def test_the_cache_is_told_what_comes_again() -> None:
    prompt = Prompt("Go", history=HISTORY, so_far=SO_FAR, system="Be brief.")
    made = body(prompt, provider=ANTHROPIC)
    assert made["system"][-1]["cache_control"] == {"type": "ephemeral"}
    marked = [turn["role"] for turn in made["messages"] for block in turn["content"] if "cache_control" in block]
    assert marked == ["user", "user"]
    assert "cache_control" in made["messages"][-1]["content"][-1]
    assert b"cache_control" not in msgspec.json.encode(body(prompt))


def test_a_schema_is_closed_and_what_it_cannot_hold_is_told_in_words() -> None:
    schema = {
        "type": "object",
        "title": "Cat",
        "properties": {
            "age": {"type": "integer", "minimum": 0, "description": "In years."},
            "names": {"type": "array", "items": {"type": "string", "maxLength": 5}, "minItems": 1},
            "home": {"oneOf": [{"$ref": "#/definitions/home"}, {"type": "null"}]},
        },
        "definitions": {"home": {"type": "object", "properties": {"minimum": {"type": "string"}}}},
    }
    made = body(Prompt("Go", output=schema))["output_config"]["format"]
    assert made == {
        "type": "json_schema",
        "schema": {
            "type": "object",
            "title": "Cat",
            "properties": {
                "age": {"type": "integer", "description": 'In years. {"minimum":0}'},
                "names": {
                    "type": "array",
                    "items": {"type": "string", "description": '{"maxLength":5}'},
                    "minItems": 1,
                },
                "home": {"anyOf": [{"$ref": "#/$defs/home"}, {"type": "null"}]},
            },
            "$defs": {
                "home": {
                    "type": "object",
                    "properties": {"minimum": {"type": "string"}},
                    "additionalProperties": False,
                }
            },
            "additionalProperties": False,
        },
    }
    assert check(body(Prompt("Go", output=schema))) is None


def test_json_of_no_known_schema_is_asked_for_in_words() -> None:
    made = body(Prompt("Go", output={}))
    assert "output_config" not in made
    assert "JSON" in made["system"][0]["text"]


def test_a_schema_and_an_effort_stand_beside_each_other() -> None:
    made = body(Prompt("Go", output=SCHEMA, sampling=Sampling(reasoning_effort="low")))
    assert made["output_config"] == {"effort": "low", "format": {"type": "json_schema", "schema": SCHEMA}}


def test_a_tool_that_is_to_be_called_is_said_and_then_nothing_is_thought() -> None:
    tools = ({"name": "look"},)
    sampling = Sampling(tool_choice="required", reasoning_effort="high")
    made = body(Prompt("Go", tools=tools, sampling=sampling), OLD)
    assert made["tool_choice"] == {"type": "any"}
    assert "thinking" not in made
    made = body(Prompt("Go", tools=tools, sampling=Sampling(tool_choice="look")), OLD)
    assert made["tool_choice"] == {"type": "tool", "name": "look"}
