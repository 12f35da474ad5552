"""Any prompt makes a request that the vendor takes."""

from collections.abc import Mapping

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from runnel.models.openai_prompt import messages, request_body
from runnel.models.provider import BUILT_IN, Provider
from runnel.testing.models import HISTORY
from runnel.testing.openai_dialect import check
from runnel.vocabulary.messages import MediaPart, MessageValue, Source, Status, TextPart, ToolPart
from runnel.vocabulary.prompt import Prompt, Sampling
from tests.models.prompts import PROMPTS, SCHEMA

OPENAI = BUILT_IN["openai"]
VLLM = BUILT_IN["vllm"]


def turns(prompt: Prompt, provider: Provider = OPENAI) -> list[tuple[str, object]]:
    """Roles and contents."""
    return [(turn["role"], turn.get("content")) for turn in messages(prompt, provider)]


@given(PROMPTS, st.sampled_from([OPENAI, VLLM]))
def test_any_history_is_accepted(prompt: Prompt, provider: Provider) -> None:
    prefill = prompt.prefill if provider.prefill else None
    body = request_body("any", msgspec.structs.replace(prompt, prefill=prefill), provider)
    assert check(msgspec.json.decode(msgspec.json.encode(body))) is None


def test_turns_of_one_role_that_meet_are_joined() -> None:
    assert turns(Prompt("Now?", history=HISTORY[2:4])) == [
        ("user", "Please answer"),
        ("assistant", "It is a c"),
        ("user", "Now?"),
    ]
    history = (HISTORY[2], HISTORY[1])
    assert turns(Prompt("Now?", history=history)) == [("user", "Please answer\n\nNow?")]


def test_a_call_that_was_not_carried_out_is_never_sent_and_each_other_has_a_result() -> None:
    sent = messages(Prompt("And?", history=HISTORY), OPENAI)
    calls = [call["id"] for turn in sent for call in turn.get("tool_calls", ())]
    results = {turn["tool_call_id"]: turn["content"] for turn in sent if turn["role"] == "tool"}
    assert calls == ["call_1", "call_2"]
    assert results == {"call_1": "a cat", "call_2": "The call was cancelled before it gave a result."}
    assert ("assistant", "It is ") in [(turn["role"], turn["content"]) for turn in sent]


def test_results_that_come_in_messages_of_their_own_follow_their_calls() -> None:
    call = MessageValue("m1", "assistant", Status.RUNNING, parts=(ToolPart("c1", "look", "{}", True, "ok"),))
    result = MessageValue("m2", "tool", Status.COMPLETED, parts=(ToolPart("c1", "look", "{}", True, "ok", "a cat"),))
    asked = MessageValue("m0", "user", Status.COMPLETED, parts=(TextPart("What?"),))
    sent = turns(Prompt("", history=(asked, call, result)))
    assert sent == [("user", "What?"), ("assistant", None), ("tool", "a cat")]


def test_sources_are_numbered_and_quoted_before_the_question() -> None:
    source = Source("s", "d", "a.txt", "Cats purr.", page=3, heading=("Animals",))
    ((_, content),) = turns(Prompt("Do they?", sources=(source, source), rewritten_question="Do cats purr?"))
    assert isinstance(content, str)
    assert "[1] a.txt, page 3, Animals\nCats purr." in content
    assert "[2] " in content
    assert content.endswith("Question: Do cats purr?")


def test_pictures_go_with_the_question_and_stay_in_history() -> None:
    picture = MediaPart("image/png", "aGk=")
    ((_, content),) = turns(Prompt("What is it?", media=(picture,)))
    assert content == [
        {"type": "text", "text": "What is it?"},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGk="}},
    ]
    _, first = turns(Prompt("And?", history=HISTORY[:1]))[0]
    assert isinstance(first, list)
    assert [part["type"] for part in first] == ["text", "image_url", "text"]


def test_a_partial_answer_is_asked_for_as_each_provider_takes_it() -> None:
    prompt = Prompt("Go", prefill="It is")
    for provider, extra in (
        (VLLM, {"add_generation_prompt": False, "continue_final_message": True}),
        (BUILT_IN["llamacpp"], {}),
    ):
        body = request_body("any", prompt, provider)
        assert body["messages"][-1] == {"role": "assistant", "content": "It is"}
        assert extra.items() <= body.items()
    mistral = Provider.of("mistral", {"base_url": "http://x/v1", "prefill": "prefix"})
    assert request_body("any", prompt, mistral)["messages"][-1]["prefix"] is True


def test_a_schema_is_strict_where_the_vendor_can_be() -> None:
    def formatted(schema: Mapping[str, object]) -> dict[str, object]:
        made: dict[str, object] = request_body("any", Prompt("Go", output=schema), OPENAI)["response_format"]
        return made

    assert formatted(SCHEMA)["json_schema"] == {"name": "answer", "schema": SCHEMA, "strict": True}
    loose = {"title": "My answer!", "type": "object", "properties": {"a": {"type": "string"}}}
    assert formatted(loose)["json_schema"] == {"name": "My_answer_", "schema": loose, "strict": False}
    assert formatted({}) == {"type": "json_object"}


def test_sampling_goes_by_the_names_that_the_provider_knows() -> None:
    prompt = Prompt("Go", sampling=Sampling(0.5, 0.9, 10, 1, ("x",), 0, "low"))
    body = request_body("any", prompt, OPENAI)
    assert body["max_completion_tokens"] == 10
    assert body["logprobs"] is True
    assert "top_logprobs" not in body
    assert (body["temperature"], body["top_p"], body["seed"], body["stop"]) == (0.5, 0.9, 1, ["x"])
    assert body["reasoning_effort"] == "low"
    assert request_body("any", prompt, VLLM)["max_tokens"] == 10


def test_tools_may_be_objects_or_mappings() -> None:
    class Tool:
        name = "look"
        description = "Look something up"
        parameters = SCHEMA

    whole = {"type": "function", "function": {"name": "add", "parameters": SCHEMA}}
    prompt = Prompt("Go", tools=(Tool(), {"name": "look", "description": "x", "parameters": SCHEMA}, whole))
    tools = request_body("any", prompt, OPENAI)["tools"]
    assert [tool["function"]["name"] for tool in tools] == ["look", "look", "add"]
    assert all(tool["type"] == "function" for tool in tools)


def test_a_tool_that_is_to_be_called_is_said() -> None:
    tools = ({"name": "look"},)
    required, named = Sampling(tool_choice="required"), Sampling(tool_choice="look")
    assert request_body("any", Prompt("Go", tools=tools, sampling=required), OPENAI)["tool_choice"] == "required"
    assert request_body("any", Prompt("Go", tools=tools, sampling=named), OPENAI)["tool_choice"] == {
        "type": "function",
        "function": {"name": "look"},
    }
    assert "tool_choice" not in request_body("any", Prompt("Go", sampling=required), OPENAI)
