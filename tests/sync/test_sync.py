"""The short programs of the README without `await`, from any thread; nothing is left behind."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Iterator
from math import inf
from typing import Any

import pytest

import runnel
from runnel import sync
from runnel.errors import Closed, MessageNotReady, Misuse, ModelUnknown, UnknownChat
from runnel.models.scripted import Pause, Scripted
from runnel.sync import Runnel
from runnel.vocabulary.prompt import Delta, Prompt
from tests.apps import Model, config


def until_said(run: sync.Run) -> None:
    next(event for event in run.events() if event.type == "text.delta")


def test_an_answer_is_awaited_by_blocking(app: Runnel) -> None:
    chat = app.chat(model=Scripted("Hello", " world"))
    message = chat.answer("hi")
    assert isinstance(message, sync.Message)
    assert (str(message), message.content, message.status) == ("Hello world", "Hello world", "completed")
    assert repr(message) == "Message(assistant, completed, 'Hello world')"
    assert [(one.role, one.content) for one in chat.messages()] == [("user", "hi"), ("assistant", "Hello world")]


def test_an_answer_is_streamed_by_iterating(app: Runnel) -> None:
    message = app.chat(model=Scripted("Hello", Pause(0.01), " world")).answer("hi", stream=True)
    with pytest.raises(MessageNotReady):
        message.content  # noqa: B018
    assert list(message) == ["Hello", " world"]
    assert message.content == "Hello world"
    assert "".join(message) == "Hello world"


def test_a_run_is_followed_found_and_cancelled(app: Runnel) -> None:
    with app.chat(model=Scripted("par", Pause(inf))) as chat:
        run = chat.start("go")
        until_said(run)
        same = app.run(run.id)
        assert isinstance(same, sync.Run)
        assert (same.id, same.chat_id) == (run.id, chat.id)
        assert isinstance(chat.runs()[0], sync.Run)
        message = same.cancel()
        assert (message.status, message.content) == ("cancelled", "par")
        assert [event.seq for event in run.events(after=2)] == list(range(3, 7))
        assert run.wait().value == message.value == message.run.message().value


def test_handles_may_be_given_back(app: Runnel) -> None:
    chat = app.chat(model=Scripted("yes"))
    message = chat.answer("one")
    chat.answer("two")
    fork = chat.fork(message)
    assert isinstance(fork, sync.Chat)
    assert [one.content for one in fork.messages()] == ["one", "yes"]
    assert chat.retry(message).parent_id == message.parent_id
    assert {one.id for one in app.chats()} == {chat.id, fork.id}


def test_errors_are_the_same(app: Runnel) -> None:
    with pytest.raises(UnknownChat, match="nobody"):
        app.get_chat("nobody")
    with pytest.raises(ModelUnknown):
        app.chat(model="no-such-model")


def test_a_long_stream_comes_in_order_and_whole(app: Runnel) -> None:
    def count(_: Prompt) -> Iterator[Delta]:
        for number in range(20_000):
            yield f"{number} "

    message = app.chat(model=Model(count)).answer("go", stream=True)
    assert "".join(message) == "".join([f"{number} " for number in range(20_000)])


def test_a_stream_is_handed_over_in_batches(app: Runnel, monkeypatch: pytest.MonkeyPatch) -> None:
    run = app.chat(model=Scripted(["x"] * 5000)).answer("go").run
    hops = 0
    call = app._portal.call  # type: ignore[attr-defined]

    def counted(*arguments: Any) -> Any:
        nonlocal hops
        hops += 1
        return call(*arguments)

    monkeypatch.setattr(app._portal, "call", counted)  # type: ignore[attr-defined]
    assert len(list(run.events())) > 5000
    assert hops < 50


def test_a_reader_that_leaves_stops_nothing(app: Runnel) -> None:
    message = app.chat(model=Scripted(["x"] * 50, delay=0.001)).answer("go", stream=True)
    for _ in message:
        break
    assert message.run.wait().content == "x" * 50


def test_many_threads_may_ask_at_once(app: Runnel) -> None:
    answers: list[str] = []

    def ask(number: int) -> None:
        chat = app.chat(model=Scripted(answers=lambda prompt: ["to ", prompt.question]))
        answers.append("".join(chat.answer(f"{number}", stream=True)))

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(10)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == sorted(f"to {number}" for number in range(10))


async def test_it_works_where_another_loop_is_running(app: Runnel) -> None:
    asyncio.get_running_loop()
    assert app.chat(model=Scripted("yes")).answer("go").content == "yes"


def test_a_wait_that_is_interrupted_leaves_the_run_going(app: Runnel, monkeypatch: pytest.MonkeyPatch) -> None:
    chat = app.chat(model=Scripted("a", Pause(0.1), "b"))
    run = chat.start("go")
    until_said(run)
    waited = []

    class Interrupted:
        def result(self) -> None:
            raise KeyboardInterrupt

        def cancel(self) -> None:
            waited.append(self)

    def interrupt(work: Any, _: Any) -> Interrupted:
        work.close()
        return Interrupted()

    with monkeypatch.context() as patched:
        patched.setattr("runnel.sync.portal.asyncio.run_coroutine_threadsafe", interrupt)
        with pytest.raises(KeyboardInterrupt):
            run.wait()
    assert len(waited) == 1
    assert run.wait().content == "ab"


def test_a_model_cannot_block_its_own_loop(app: Runnel) -> None:
    async def stream(_: Prompt) -> AsyncIterator[Delta]:
        app.chats()
        yield "never"

    message = app.chat(model=Model(stream)).answer("go")
    assert type(message.error) is Misuse


def test_closing_leaves_no_thread_behind(url: str) -> None:
    before = set(threading.enumerate())
    app = Runnel(url, config=config(drain=0))
    with app:
        run = app.chat(model=Scripted("par", Pause(inf))).start("go")
        until_said(run)
        reading = run.events()
        next(reading)
    app.close()
    assert not app.is_open
    assert set(threading.enumerate()) <= before
    for ask in (lambda: app.chats(), lambda: run.wait(), lambda: list(run.events())):
        with pytest.raises(Closed, match="with Runnel"):
            ask()
    with app:
        assert app.chat(model=Scripted("again")).answer("go").content == "again"
    assert set(threading.enumerate()) <= before


def test_a_database_that_cannot_be_opened_leaves_no_thread_behind(tmp_path: Any) -> None:
    before = set(threading.enumerate())
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(runnel.errors.LogError), Runnel(f"sqlite:///{tmp_path}/file/x.db", config=config()):
        pass
    assert set(threading.enumerate()) <= before


def test_a_reader_in_another_thread_is_told_of_the_end(url: str) -> None:
    ended: list[str] = []
    with Runnel(url, config=config(drain=0)) as app:
        run = app.chat(model=Scripted("par", Pause(inf))).start("go")
        until_said(run)

        def read() -> None:
            try:
                ended.extend(event.type for event in run.events())
            except Closed:
                ended.append("closed")

        thread = threading.Thread(target=read)
        thread.start()
    thread.join(20)
    assert ended[-1] in {"run.ended", "closed"}


def test_a_users_view_blocks_too_and_closes_nothing(app: Runnel) -> None:
    ada, bob = app.as_user("user_ada"), app.as_user("user_bob")
    chat = ada.chat(model=Scripted("yes"))
    assert str(chat.answer("go")) == "yes"
    with pytest.raises(UnknownChat):
        bob.get_chat(chat.id)
    with pytest.raises(Misuse):
        ada.close()
    with pytest.raises(Misuse), ada:
        pass
    assert [one.id for one in app.chats()] == [chat.id]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_is_told_to_open_its_own(url: str) -> None:
    with Runnel(url, config=config()) as app:
        chat = app.chat(model=Scripted("yes"))
        reading, writing = os.pipe()
        child = os.fork()
        if child == 0:
            try:
                chat.answer("go")
            except Closed as error:
                os.write(writing, str(error).encode())
            finally:
                os._exit(0)
        os.close(writing)
        assert b"forked" in os.read(reading, 1000)
        os.close(reading)
        os.waitpid(child, 0)
        assert chat.answer("go").content == "yes"
