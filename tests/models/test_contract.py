"""Every model that is shipped holds to the contract of models."""

from collections.abc import AsyncIterator

import pytest

from runnel.models.anthropic import AnthropicModel
from runnel.models.base import Model
from runnel.models.excerpts import Excerpts
from runnel.models.openai import OpenAIModel
from runnel.models.recorded import Recorded
from runnel.models.scripted import Scripted, token
from runnel.testing.models import ModelContract
from runnel.testing.upstream import Upstream
from runnel.vocabulary.events import Event, ReasoningDelta, RunEnded, RunStarted, StepStarted, TextDelta
from runnel.vocabulary.messages import Status

RUN: list[Event] = [
    RunStarted("run_1", seq=1),
    StepStarted(1, seq=2),
    ReasoningDelta("Hm.", seq=3, at=5),
    TextDelta("Hel", seq=4, at=10),
    TextDelta("lo", seq=5, at=20),
    RunEnded(Status.COMPLETED, "stop", seq=6, at=30),
]


class TestScripted(ModelContract):
    @pytest.fixture
    def model(self) -> Model:
        return Scripted("Hello", [" my", " world"], token("!", -0.5, {"!": -0.5, "?": float("-inf")}), prefill=True)

    @pytest.fixture
    def slow_model(self) -> Model:
        return Scripted(*["word "] * 1000, delay=0.01)


class TestScriptedByName(ModelContract):
    @pytest.fixture
    def model(self) -> Model:
        return Scripted.named("Hello world")

    @pytest.fixture
    def slow_model(self) -> Model:
        return Scripted.named("Hello world?delay=0.01&repeat=1000")


class TestRecorded(ModelContract):
    @pytest.fixture
    def model(self) -> Model:
        return Recorded(RUN)

    @pytest.fixture
    def slow_model(self) -> Model:
        return Recorded([*RUN[:4], TextDelta("later", seq=5, at=60_000)], pace="recorded")


class TestExcerpts(ModelContract):
    @pytest.fixture
    def model(self) -> Model:
        return Excerpts()


class TestOpenAI(ModelContract):
    @pytest.fixture
    async def model(self) -> AsyncIterator[Model]:
        async with Upstream(reasoning=["Hm."], tokens=["Hel", "lo"], alternating=True) as upstream:
            model = OpenAIModel("any", base_url=upstream.url, prefill="assistant")
            yield model
            await model.aclose()

    @pytest.fixture
    async def slow_model(self) -> AsyncIterator[Model]:
        async with Upstream(tokens=["word "] * 1000, delay=0.01) as upstream:
            model = OpenAIModel("any", base_url=upstream.url)
            yield model
            await model.aclose()


class TestAnthropic(ModelContract):
    @pytest.fixture(params=["claude-haiku-4-5", "claude-opus-5"])
    async def model(self, request: pytest.FixtureRequest) -> AsyncIterator[Model]:
        async with Upstream(reasoning=["Hm."], tokens=["Hel", "lo"]) as upstream:
            model = AnthropicModel(request.param, base_url=upstream.url)
            yield model
            await model.aclose()

    @pytest.fixture
    async def slow_model(self) -> AsyncIterator[Model]:
        async with Upstream(tokens=["word "] * 1000, delay=0.01) as upstream:
            model = AnthropicModel("any", base_url=upstream.url)
            yield model
            await model.aclose()
