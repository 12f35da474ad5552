"""Prompts of every kind, for tests that hold for any."""

from hypothesis import strategies as st

from runnel.vocabulary.messages import (
    MediaPart,
    MessageValue,
    ReasoningPart,
    Source,
    Status,
    SteeredPart,
    TextPart,
    ToolPart,
)
from runnel.vocabulary.prompt import Prompt, Sampling

SCHEMA = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
LOOSE = {"title": "A b!", "type": "object", "properties": {"a": {"type": "integer", "minimum": 0}, "b": SCHEMA}}

TEXTS = st.sampled_from(["", " ", "\n", "Yes", "A longer answer.", "\N{GRINNING FACE}"])
TOOLS = st.builds(
    ToolPart,
    call=st.sampled_from(["", "call_0", "call_1", "call_0_2", "functions.look:0", "c" * 40, "c" * 41]),
    name=st.sampled_from(["look", "add_up", "", "look up!", "l" * 65]),
    arguments=st.sampled_from(["", "{}", '{"a": 1}', '{"a', "[]", "null"]),
    called=st.booleans(),
    status=st.sampled_from(["pending", "running", "ok", "error", "cancelled"]),
    result=st.none() | TEXTS,
    step=st.integers(0, 3),
)
PARTS = st.one_of(
    st.builds(TextPart, TEXTS),
    st.builds(ReasoningPart, TEXTS, st.none() | st.sampled_from(["anthropic:s", "anthropic.redacted:s", "other:s"])),
    st.builds(SteeredPart, TEXTS),
    TOOLS,
    st.just(MediaPart("image/png", "aGk=")),
    st.just(MediaPart("audio/wav", "aGk=")),
    st.just(MediaPart("application/pdf", "aGk=")),
)
MESSAGES = st.builds(
    MessageValue,
    id=st.just("msg"),
    role=st.sampled_from(["user", "assistant", "assistant", "tool", "system"]),
    status=st.sampled_from(list(Status)),
    parts=st.lists(PARTS, max_size=5).map(tuple),
)
SO_FAR = st.builds(
    MessageValue,
    id=st.just("msg_so_far"),
    role=st.just("assistant"),
    status=st.just(Status.RUNNING),
    parts=st.lists(PARTS, max_size=8).map(tuple),
)
SAMPLINGS = [
    Sampling(),
    Sampling(0.5, 0.9, 10, 1, ("x",), 0, "low"),
    Sampling(1.5, stop=(" ", "x"), reasoning_effort="minimal"),
    Sampling(top_p=0.5, max_tokens=5000, reasoning_effort="high"),
    Sampling(top_logprobs=5, reasoning_effort="none"),
]
SOURCES = st.lists(st.just(Source("s", "d", "a.txt", "Text.", page=2, heading=("One", "Two"))), max_size=3).map(tuple)
PROMPTS = st.builds(
    Prompt,
    question=TEXTS,
    history=st.lists(MESSAGES, max_size=8, unique_by=id).map(tuple),
    system=st.none() | TEXTS,
    sources=SOURCES,
    tools=st.sampled_from([(), ({"name": "look", "description": "Look", "parameters": {"type": "object"}},)]),
    media=st.sampled_from([(), (MediaPart("image/png", url="https://example.com/a.png"),)]),
    output=st.sampled_from([None, {}, SCHEMA, LOOSE]),
    sampling=st.sampled_from(SAMPLINGS),
    rewritten_question=st.none() | st.just("Which one?"),
    prefill=st.none() | st.sampled_from(["It is", "It is ", " "]),
    so_far=st.none() | SO_FAR,
)
