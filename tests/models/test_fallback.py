"""Several models as one."""

import asyncio
import math
from collections.abc import Iterator

import pytest

from runnel import Runnel, errors
from runnel.models.base import Model
from runnel.models.fallback import Fallback
from runnel.models.registry import Registry
from runnel.models.scripted import Pause, Scripted
from runnel.testing.models import ModelContract, read, text_of
from runnel.vocabulary.events import AttemptStarted
from runnel.vocabulary.prompt import Delta, Finish, Prompt

GO = Prompt("Go")
BUSY = errors.Overloaded("no capacity", status_code=529)
KEYLESS = errors.AuthenticationFailed("no key")


def attempts(deltas: list[Delta]) -> list[tuple[int, str | None, str | None]]:
    return [(each.attempt, each.model, each.reason) for each in deltas if isinstance(each, AttemptStarted)]


class TestFallback(ModelContract):
    @pytest.fixture
    def model(self) -> Model:
        return Fallback([Scripted(BUSY, name="first"), Scripted("Hello", name="second")])

    @pytest.fixture
    def slow_model(self) -> Model:
        return Fallback([Scripted(BUSY), Scripted(*["word "] * 1000, delay=0.01)])


async def test_the_first_that_answers_is_the_only_one_asked() -> None:
    first, second = Scripted("Hello"), Scripted("never")
    assert await read(Fallback([first, second])) == ["Hello", Finish("stop")]
    assert not second.calls


async def test_a_failure_before_the_first_word_goes_over_to_the_next() -> None:
    chain = Fallback([Scripted(BUSY, name="a"), Scripted(KEYLESS, name="b"), Scripted("Hello", name="c")])
    said = await read(chain)
    assert attempts(said) == [(2, "b", "model.overloaded"), (3, "c", "model.authentication")]
    assert said[2:] == ["Hello", Finish("stop")]


async def test_a_failure_after_the_first_word_begins_a_new_attempt() -> None:
    said = await read(Fallback([Scripted("Hel", BUSY, name="a"), Scripted("Hello", name="b")]))
    assert said[0] == "Hel"
    assert attempts(said[1:2]) == [(2, "b", "model.overloaded")]
    assert said[2:] == ["Hello", Finish("stop")]


@pytest.mark.parametrize("kind", [errors.BadRequest, errors.ContextTooLong, errors.Refused])
async def test_what_is_wrong_with_the_prompt_goes_no_further(kind: type[errors.ModelError]) -> None:
    second = Scripted("never")
    with pytest.raises(kind):
        await read(Fallback([Scripted(kind("no")), second]))
    assert not second.calls


async def test_a_defect_goes_no_further() -> None:
    with pytest.raises(ZeroDivisionError):
        await read(Fallback([Scripted(ZeroDivisionError()), Scripted("never")]))


async def test_which_errors_go_over_can_be_chosen() -> None:
    chain = Fallback([Scripted(errors.ContextTooLong("no")), Scripted("Hello")], passes=lambda error: True)
    assert text_of(await read(chain)) == "Hello"


async def test_where_all_fail_without_a_word_nothing_is_said_and_what_may_pass_is_raised() -> None:
    chain = Fallback([Scripted(BUSY, name="a"), Scripted(KEYLESS, name="b")])
    with pytest.raises(errors.Overloaded) as raised:
        await anext(chain.stream(GO))
    assert raised.value.details["tried"] == {"a": "no capacity", "b": "no key"}


async def test_one_that_stays_silent_is_given_up() -> None:
    silent = Scripted(Pause(math.inf), name="a")
    chain = Fallback([silent, Scripted("Hello", name="b")], first_token=0.01)
    said = await read(chain)
    assert attempts(said) == [(2, "b", "model.timeout.first_token")]
    assert text_of(said) == "Hello"
    assert silent.calls[0].ended == "cancelled"


async def test_cancelling_lets_the_one_that_speaks_go() -> None:
    model = Scripted("Hello", Pause(math.inf))
    stream = Fallback([Scripted(BUSY), model]).stream(GO)
    while await anext(stream) != "Hello":
        pass
    task = asyncio.create_task(anext(stream))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert model.calls[0].ended == "cancelled"


async def test_plain_generators_are_models_too() -> None:
    class Plain:
        name = "plain"

        def stream(self, prompt: Prompt) -> Iterator[Delta]:
            yield "Hel"
            yield "lo"

    assert await read(Fallback([Scripted(BUSY), Plain()])) != []
    assert text_of(await read(Fallback([Plain()]))) == "Hello"


def test_it_takes_what_all_of_them_take() -> None:
    assert Fallback([Scripted(prefill=True), Scripted(prefill=True)]).prefill
    assert not Fallback([Scripted(prefill=True), Scripted()]).prefill
    assert Fallback([Scripted(context_window=1000), Scripted()]).context_window == 1000
    with pytest.raises(errors.ConfigError):
        Fallback([])


async def test_a_chain_is_tried_again_as_a_whole_while_nothing_was_said() -> None:
    first, second = Scripted(answers=[[BUSY], [BUSY]]), Scripted(answers=[[BUSY], ["Hello"]])
    async with Runnel("sqlite://") as app:
        chat = await app.chat(model=Fallback([first, second]))
        message = await chat.answer("Hi")
    assert message.content == "Hello"
    assert (len(first.calls), len(second.calls)) == (2, 2)


async def test_an_answer_holds_what_the_last_attempt_said() -> None:
    async with Runnel("sqlite://") as app:
        chat = await app.chat(model=Fallback([Scripted("Hel", BUSY, name="a"), Scripted("Bonjour", name="b")]))
        message = await chat.answer("Hi")
        assert message.content == "Bonjour"
        assert message.status == "completed"
        chunks = [chunk async for chunk in await chat.answer("Hi", stream=True)]
    assert [(str(chunk), chunk.replaces) for chunk in chunks] == [("Hel", 0), ("Bonjour", 3)]


def test_names_with_commas_between_them_are_a_chain() -> None:
    registry = Registry()
    chain = registry.resolve("openai:gpt-5-mini, anthropic:claude-sonnet-5-5,excerpts")
    assert isinstance(chain, Fallback)
    assert [model.name for model in chain.models] == ["openai:gpt-5-mini", "anthropic:claude-sonnet-5-5", "excerpts"]
    assert registry.resolve("scripted:Hello, world: how, are you").name == "scripted:Hello, world: how, are you"
    chain = registry.resolve("scripted:Hello, world, ollama:llama3.2")
    assert chain.name == "scripted:Hello, world, ollama:llama3.2"
    assert isinstance(chain, Fallback)
    for name in ("openai:a, nobody:b", "openai:a,", "openai:a, recorded:x.jsonl"):
        with pytest.raises(errors.ModelUnknown):
            registry.resolve(name, allow_modules=False)
