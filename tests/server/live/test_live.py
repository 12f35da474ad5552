"""`/api/live`: many runs and chats over one socket."""

import asyncio
import json
from collections.abc import AsyncIterator
from itertools import count
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from websockets.exceptions import ConnectionClosed

from runnel import Runnel
from runnel.models.scripted import Pause, Scripted
from runnel.server import create_app
from runnel.server.live.messages import MOST_BYTES
from runnel.server.live.socket import MOST_FOLLOWED
from runnel.store import Feed
from runnel.vocabulary.chats import ChatChange
from runnel.vocabulary.events import TextDelta
from tests.apps import events_of, in_time, text_of, until_said
from tests.server.live.sockets import Live, live_at
from tests.server.serving import served


@pytest.fixture
async def url(runnel: Runnel) -> AsyncIterator[str]:
    async with served(create_app(runnel)) as url:
        yield url


@pytest.fixture
async def live(url: str) -> AsyncIterator[Live]:
    async with live_at(url) as live:
        yield live


def contiguous(messages: list[dict[str, Any]], after: int = 0) -> bool:
    """Whether the frames of a run leave no gap."""
    for message in messages:
        if message.get("first_seq", message["seq"]) != after + 1:
            return False
        after = message["seq"]
    return True


def said(messages: list[dict[str, Any]]) -> str:
    return "".join([message["text"] for message in messages if message["type"] == "text.delta"])


async def test_many_runs_over_one_socket_each_whole_and_in_order(runnel: Runnel, live: Live) -> None:
    chats = [await runnel.chat(model=Scripted(*"many words", delay=0.001)) for _ in range(20)]
    runs = [await chat.start("Hello?") for chat in chats]
    for number, run in enumerate(runs):
        await live.say(id=number, do="subscribe", run=run.id)
    heard: dict[str, list[dict[str, Any]]] = {run.id: [] for run in runs}
    ended = 0
    while ended < len(runs):
        message = await live.hear()
        if "run" in message:
            heard[message["run"]].append(message)
            ended += message["type"] == "run.ended"
        else:
            assert message["ok"]
    for messages in heard.values():
        assert contiguous(messages)
        assert said(messages) == "many words"


async def test_a_subscription_begins_after_any_event(runnel: Runnel, live: Live) -> None:
    run = await (await runnel.chat(model=Scripted(*"some words"))).start("Hello?")
    events = await in_time(events_of(run))
    for after in range(len(events)):
        assert await live.ask(do="subscribe", run=run.id, after=after) == {"id": "ask", "ok": True}
        messages = await live.until("run.ended", run=run.id)
        assert contiguous(messages, after)
        assert said(messages) == text_of(events[after:])
    assert await live.ask(do="subscribe", run=run.id, after=len(events)) == {"id": "ask", "ok": True, "ended": True}


async def test_subscribing_once_more_begins_again_there(runnel: Runnel, live: Live) -> None:
    gate = asyncio.Event()
    run = await (await runnel.chat(model=Scripted("one", gate, "two"))).start("Hello?")
    await live.ask(do="subscribe", run=run.id)
    first = await live.until("text.delta", run=run.id)
    await live.ask(do="subscribe", run=run.id, after=2)
    again = await live.until("text.delta", run=run.id)
    assert contiguous(again, 2)
    assert again[-1] == first[-1]
    gate.set()
    assert contiguous(await live.until("run.ended", run=run.id), again[-1]["seq"])


async def test_what_is_not_followed_any_more_says_nothing(runnel: Runnel, live: Live) -> None:
    gate = asyncio.Event()
    chat = await runnel.chat(model=Scripted("one", gate, "two"))
    run = await chat.start("Hello?")
    await live.ask(do="subscribe", run=run.id)
    await live.until("text.delta", run=run.id)
    await live.ask(do="unsubscribe", run=run.id)
    gate.set()
    await in_time(run.wait())
    assert await live.ask(do="unsubscribe", run=run.id) == {"id": "ask", "ok": True}
    assert not live.kept


async def test_a_run_is_cancelled_steered_and_answered(runnel: Runnel, live: Live) -> None:
    run = await (await runnel.chat(model=Scripted("Hel", Pause(60), "lo"))).start("Hello?")
    await until_said(run)
    answer = await live.ask(do="cancel", run=run.id)
    assert (answer["message"]["status"], answer["message"]["parts"][0]["text"]) == ("cancelled", "Hel")
    assert (await live.ask(do="steer", run=run.id, text="More"))["problem"]["code"] == "misuse.not_waiting"
    assert (await live.ask(do="reply", run=run.id, input="i", text="x"))["problem"]["status"] == 409
    assert (await live.ask(do="approve", run=run.id, call="c"))["problem"]["status"] == 409


async def test_a_chat_is_followed(runnel: Runnel, live: Live) -> None:
    chat = await runnel.chat(model=Scripted("Hello"))
    await live.ask(do="follow_chat", chat=chat.id)
    run = await chat.start("Hello?")
    changes: list[dict[str, Any]] = []
    while not changes or (changes[-1]["type"], changes[-1].get("status")) != ("run.changed", "completed"):
        changes.append((await live.hear())["change"])
    assert [change["seq"] for change in changes] == list(range(1, len(changes) + 1))
    assert {change.get("run_id") for change in changes} >= {run.id}
    await live.ask(do="unfollow_chat", chat=chat.id)
    await live.ask(do="follow_chat", chat=chat.id, after=changes[-2]["seq"])
    assert (await live.hear())["change"] == changes[-1]


async def test_who_leaves_a_chat_and_follows_it_again_at_once_follows_it(
    runnel: Runnel, live: Live, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = await runnel.chat(model=Scripted("Hello"))
    looks, looking, leaving = count(1), asyncio.Event(), asyncio.Event()
    take = Feed.take

    async def slow(feed: Feed) -> list[ChatChange]:
        if next(looks) == 2:  # the first one is that of following
            looking.set()
            await leaving.wait()
        return await take(feed)

    monkeypatch.setattr(Feed, "take", slow)
    await live.ask(do="follow_chat", chat=chat.id)
    assert (await live.hear())["change"]["seq"] == 1
    await in_time(looking.wait())
    await live.ask(do="unfollow_chat", chat=chat.id)
    await live.ask(do="follow_chat", chat=chat.id)
    leaving.set()
    assert (await live.hear())["change"]["seq"] == 1
    await chat.start("Hello?")
    assert (await live.hear())["change"]["seq"] == 2


@pytest.mark.parametrize(
    "message",
    [
        "",
        "{",
        "[]",
        "null",
        '{"id": 1}',
        '{"id": 1, "do": "dance"}',
        '{"id": 1, "do": "subscribe"}',
        '{"id": 1, "do": "subscribe", "run": 7}',
        '{"id": 1, "do": "subscribe", "run": "run_x", "after": -1}',
        '{"id": 1, "do": "subscribe", "run": "run_x", "more": 1}',
        '{"id": 1, "do": "approve", "run": "r", "call": "c", "arguments": ' + "[" * 5000,
        '{"id": 1, "do": "steer", "run": "r", "text": "' + "x" * MOST_BYTES + '"}',
        b"\xff\x00",
        b'{"id": 1, "do": "cancel", "run": "run_x"}',
    ],
)
async def test_what_cannot_be_understood_is_answered_with_a_problem(live: Live, message: str | bytes) -> None:
    await live.socket.send(message)
    heard = await live.hear()
    assert heard["problem"]["status"] in (400, 413)
    assert heard["id"] in (None, 1)
    assert (await live.ask(do="subscribe", run="run_none"))["problem"]["code"] == "misuse.unknown_run"


@pytest.mark.parametrize("verb", ["subscribe", "cancel", "steer", "approve", "reply"])
async def test_a_run_that_is_not_there_is_a_problem(live: Live, verb: str) -> None:
    more = {"steer": {"text": "x"}, "approve": {"call": "c"}, "reply": {"input": "i", "text": "x"}}.get(verb, {})
    assert (await live.ask(do=verb, run="run_none", **more))["problem"]["status"] == 404


async def test_a_place_beyond_what_there_is_is_a_problem(runnel: Runnel, live: Live) -> None:
    run = await (await runnel.chat(model=Scripted("Hel", Pause(60)))).start("Hello?")
    assert (await live.ask(do="subscribe", run=run.id, after=1000))["problem"]["status"] == 400


async def test_what_one_socket_may_follow_has_a_limit(runnel: Runnel, live: Live) -> None:
    chats = [await runnel.chat(model="excerpts") for _ in range(MOST_FOLLOWED + 1)]
    answers = [await live.ask(do="follow_chat", chat=chat.id) for chat in chats]
    assert all("ok" in answer for answer in answers[:-1])
    assert answers[-1]["problem"]["details"] == {"limit": "live.followed", "most": MOST_FOLLOWED}


async def test_a_run_that_is_deleted_while_it_is_followed_is_told(runnel: Runnel, live: Live) -> None:
    chat = await runnel.chat(model=Scripted("Hel", Pause(60)))
    run = await chat.start("Hello?")
    await live.ask(do="subscribe", run=run.id)
    await live.ask(do="follow_chat", chat=chat.id)
    await live.until("text.delta", run=run.id)
    await runnel.delete_chat(chat.id)
    told: set[str] = set()
    while told != {"misuse.unknown_chat"} and len(told) < 2:
        message = await live.hear()
        if "problem" in message:
            told.add(message["problem"]["code"])
        if message.get("type") == "run.ended":  # it was cancelled before
            told.add("misuse.unknown_run")


async def test_a_socket_is_told_to_come_back_when_the_server_ends(runnel: Runnel) -> None:
    app = create_app(runnel)
    async with served(app) as url, live_at(url) as live:
        await live.ask(do="unsubscribe", run="x")
        app.state.server.draining.set()
        with pytest.raises(ConnectionClosed) as closed:
            await live.hear()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1012


async def test_a_socket_that_does_not_read_holds_nobody_up(runnel: Runnel, url: str) -> None:
    model = Scripted(*[TextDelta("x" * 1000) for _ in range(4000)])
    async with live_at(url) as slow, live_at(url) as quick:
        run = await (await runnel.chat(model=model)).start("Hello?")
        await slow.say(id=1, do="subscribe", run=run.id)
        await quick.ask(do="subscribe", run=run.id)
        assert len(said(await quick.until("run.ended", run=run.id))) == 4_000_000
        assert len(said(await slow.until("run.ended", run=run.id))) == 4_000_000


ASKS = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["id", "do", "run", "chat", "after", "text", "call"]), inner, max_size=6)
    ),
    max_leaves=12,
)
VERBS = st.sampled_from(
    ["subscribe", "unsubscribe", "follow_chat", "unfollow_chat", "cancel", "steer", "approve", "reply"]
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    messages=st.lists(
        ASKS.map(json.dumps)
        | st.builds(
            lambda verb, more: json.dumps({**more, "do": verb}), VERBS, st.dictionaries(st.text(max_size=5), ASKS)
        )
        | st.text(max_size=40)
        | st.binary(max_size=40),
        max_size=8,
    )
)
async def test_each_message_is_answered_once_whatever_it_is(url: str, messages: list[str | bytes]) -> None:
    async with live_at(url) as live:
        for message in messages:
            await live.socket.send(message)
        for _ in messages:
            heard = await live.hear()
            assert "id" in heard
            assert heard.get("problem", {}).get("status", 200) < 500
        assert await live.ask(do="unsubscribe", run="run_x") == {"id": "ask", "ok": True}
