"""The contract of a `Runnel`, as tests to inherit: whatever stands behind the object, a program sees the same.

    class TestMine(AppContract):
        @pytest.fixture
        async def app(self):
            async with Runnel("…") as app:
                yield app

`model` gives what a chat is asked with for a script; a `Runnel` that takes no objects gives a name instead.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest

from ..app import Runnel
from ..errors import (
    BadRequest,
    KeyConflict,
    MessageNotReady,
    Misuse,
    NotFound,
    RunInProgress,
    UnknownChat,
    UnknownMessage,
    UnknownRun,
)
from ..models.scripted import Item, Pause, Scripted
from ..runs.handles import Message, Run
from ..vocabulary.chats import Match
from ..vocabulary.events import Event, TextDelta

__all__ = ["AppContract", "UsersContract"]

_FOR_EVER = 3600.0


class AppContract:
    """What every `Runnel` does. Nothing here is measured in seconds; what hangs is for the test runner to end."""

    @pytest.fixture
    def app(self) -> Any:
        """An open `Runnel`, with nothing in it."""
        raise NotImplementedError

    def model(self, *script: Item) -> Any:
        """A model that plays a script."""
        return Scripted(*script, prefill=True)

    async def said(self, run: Run) -> None:
        """Wait until a run has said something."""
        async for event in run.events():
            if isinstance(event, TextDelta):
                return

    async def cut(self, app: Runnel) -> Message:
        """An answer that was cancelled after `one `."""
        run = await (await app.chat(model=self.model("one ", Pause(_FOR_EVER), "two"))).start("count")
        await self.said(run)
        return await run.cancel()

    async def test_an_answer_is_a_message(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("one ", "two"))
        message = await chat.answer("count")
        assert (str(message), message.role, message.status, message.error) == (
            "one two",
            "assistant",
            "completed",
            None,
        )
        assert message.chat_id == chat.id
        assert message.usage is not None

    async def test_a_stream_gives_the_whole_text_and_then_the_message(self, app: Runnel) -> None:
        message = await (await app.chat(model=self.model("one ", "two"))).answer("count", stream=True)
        with pytest.raises(MessageNotReady):
            str(message)
        assert "".join([chunk async for chunk in message]) == "one two"
        assert message.content == await message.read() == "one two"

    async def test_a_run_starts_at_once_and_is_followed_from_its_first_event(self, app: Runnel) -> None:
        run = await (await app.chat(model=self.model("one ", "two"))).start("count")
        events = [event async for event in run.events()]
        assert [event.seq for event in events] == list(range(1, len(events) + 1))
        assert (events[0].type, events[-1].type) == ("run.started", "run.ended")
        assert [event.type for event in events].count("run.ended") == 1
        assert "".join([event.text for event in events if isinstance(event, TextDelta)]) == "one two"

    async def test_a_reader_resumes_after_any_event(self, app: Runnel) -> None:
        run = await (await app.chat(model=self.model(*["x"] * 20))).start("go")
        await run.wait()
        whole = [event async for event in run.events()]
        for after in range(len(whole) + 1):
            assert [event async for event in run.events(after)] == whole[after:]

    async def test_readers_at_once_get_the_same(self, app: Runnel) -> None:
        run = await (await app.chat(model=self.model(*["x"] * 50))).start("go")

        async def read() -> list[Event]:
            return [event async for event in run.events()]

        first, *rest = await asyncio.gather(*[read() for _ in range(10)])
        assert all(one == first for one in rest)

    async def test_a_reader_that_leaves_stops_nothing(self, app: Runnel) -> None:
        message = await (await app.chat(model=self.model("one ", Pause(0.01), "two"))).answer("count", stream=True)
        async for _ in message:
            break
        assert (await message.run.wait()).content == "one two"

    async def test_a_cancel_keeps_the_partial_and_is_idempotent(self, app: Runnel) -> None:
        message = await self.cut(app)
        assert (message.status, message.content, message.error) == ("cancelled", "one ", None)
        assert message.usage is not None
        assert message.usage.estimated
        again = await (await app.run(message.run.id)).cancel()
        assert again.value == message.value
        assert (await app.message(message.id)).value == message.value

    async def test_an_error_keeps_the_partial_and_its_class(self, app: Runnel) -> None:
        message = await (await app.chat(model=self.model("one ", BadRequest("no")))).answer("count")
        assert (message.status, message.content) == ("failed", "one ")
        assert type(message.error) is BadRequest

    async def test_a_chat_that_is_busy_says_so_or_is_interrupted(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("one ", Pause(_FOR_EVER)))
        run = await chat.start("count")
        await self.said(run)
        with pytest.raises(RunInProgress):
            await chat.start("again")
        after = await chat.start("again", if_busy="interrupt")
        assert (await run.wait()).status == "cancelled"
        await self.said(after)
        await after.cancel()
        assert [one.content for one in await chat.messages()] == ["count", "one ", "again", "one "]

    async def test_a_queued_question_is_answered_afterwards(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("one ", Pause(0.01), "two"))
        first = await chat.start("first")
        second = await chat.start("second", if_busy="enqueue")
        assert (await second.wait()).status == (await first.wait()).status == "completed"
        assert [one.content for one in await chat.messages()] == ["first", "one two", "second", "one two"]

    async def test_a_question_after_a_run_is_asked_once_that_has_ended(self, app: Runnel) -> None:
        first = await (await app.chat(model=self.model("one ", Pause(_FOR_EVER)))).start("count")
        chat = await app.chat(model=self.model("then"))
        second = await chat.start("and then?", after=first)
        assert (await second.message()).status == "queued"
        await first.cancel()
        assert (await second.wait()).content == "then"
        assert (await (await chat.start("and?", after=first.id)).wait()).content == "then"
        with pytest.raises(UnknownRun, match="nobody"):
            await chat.start("and?", after="nobody")

    async def test_a_question_is_asked_at_its_time(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        at = datetime(2020, 1, 1, 12, tzinfo=UTC)  # nobody was there
        schedule = await chat.start("now?", at=at, zone="Europe/Berlin")
        assert (schedule.chat_id, schedule.question, schedule.every, schedule.zone) == (
            chat.id,
            "now?",
            None,
            "Europe/Berlin",
        )
        assert schedule.next_at == at
        async for change in chat.events():
            if (change.type, change.status) == ("run.changed", "completed"):
                break
        assert [one.content for one in await chat.messages()] == ["now?", "yes"]
        (run,) = await schedule.runs()
        assert (await run.message()).content == "yes"
        assert await schedule.runs(before=run) == await schedule.runs(limit=0) == []
        assert [one.id for one in await schedule.runs(5)] == [run.id]

    async def test_schedules_are_listed_until_they_are_cancelled(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        weekly = await chat.start("news?", every="0 9 * * 1", zone="Europe/Berlin", id="news")
        later = await chat.start("later?", at=datetime(2090, 1, 1, tzinfo=UTC))
        again = await chat.start("news?", every="0 9 * * 1", zone="Europe/Berlin", id="news")
        assert again.id == weekly.id
        assert [one.id for one in await chat.schedules()] == [weekly.id, later.id]
        assert ((await chat.schedule("news")).id, weekly.every) == (weekly.id, "0 9 * * 1")
        for _ in range(2):
            await weekly.cancel()
            assert weekly.next_at is None
        assert [one.id for one in await chat.schedules()] == [later.id]
        assert (await chat.schedule(weekly.id)).next_at is None
        assert await weekly.runs() == []
        with pytest.raises(NotFound, match="nobody"):
            await chat.schedule("nobody")
        with pytest.raises(NotFound):
            await (await app.chat(model=self.model("yes"))).schedule(weekly.id)
        with pytest.raises(KeyConflict):
            await chat.start("other?", every="0 9 * * 1", id="news")

    async def test_a_moment_that_makes_no_sense_is_misuse(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        soon = datetime(2090, 1, 1, tzinfo=UTC)
        wrong: list[dict[str, Any]] = [
            {"at": soon.replace(tzinfo=None)},
            {"at": soon, "every": "* * * * *"},
            {"at": soon, "after": "run_1"},
            {"at": soon, "if_busy": "interrupt"},
            {"every": "soon"},
            {"every": "* * * * *", "zone": "Atlantis"},
        ]
        for when in wrong:
            with pytest.raises(Misuse):
                await chat.start("when?", **when)
        assert await chat.schedules() == []

    async def test_the_same_id_is_the_same_run(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("once"))
        first, again = await asyncio.gather(*[chat.answer("go", id="mine") for _ in range(2)])
        assert first.id == again.id
        assert len(await chat.messages()) == 2

    async def test_a_cut_answer_goes_on_as_a_sibling(self, app: Runnel) -> None:
        cut = await self.cut(app)
        assert cut.chat_id is not None
        chat = await app.get_chat(cut.chat_id, model=self.model("one ", "two"))
        whole = await chat.continue_message(cut)
        assert (whole.content, whole.parent_id) == ("one two", cut.parent_id)

    async def test_a_fork_shares_what_came_before(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        first = await chat.answer("one")
        await chat.answer("two")
        fork = await chat.fork(first)
        await fork.answer("other")
        assert [one.content for one in await fork.messages()] == ["one", "yes", "other", "yes"]
        assert [one.id for one in (await fork.messages())[:2]] == [one.id for one in (await chat.messages())[:2]]

    async def test_messages_are_filtered_and_limited(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        await chat.answer("one")
        await chat.answer("two")
        assert [one.content for one in await chat.messages(limit=3)] == ["yes", "two", "yes"]
        assert [one.parts for one in await chat.messages(kinds={"tool"})] == [()] * 4
        assert [one.parts for one in await chat.messages(kinds=())] == [()] * 4

    async def test_a_branch_is_read_by_pages(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        await chat.answer("one")
        last = await chat.answer("two")
        whole = [message.id for message in await chat.messages()]

        async def ids(**page: Any) -> list[str]:
            return [message.id for message in await chat.messages(**page)]

        assert await ids(before=last, limit=2) == whole[1:3]
        assert await ids(after=whole[0], limit=2) == whole[1:3]
        assert await ids(after=whole[0]) == whole[1:]
        assert await ids(after=whole[0], before=whole[3]) == whole[1:3]
        assert await ids(before=whole[0]) == await ids(after=last) == await ids(after=whole[0], limit=0) == []
        await chat.retry(last)
        assert await ids(before=last) == whole[:3]
        again = [message.id for message in await chat.messages()]
        assert await ids(branch=last) == whole
        assert await ids(branch=whole[2], after=whole[2]) == again[3:], "the newest where branches part"
        assert await ids(branch=last, limit=1) == whole[3:]
        with pytest.raises(UnknownMessage):
            await chat.messages(after=last)

    async def test_chats_are_found_by_their_titles_and_by_what_was_said_in_them(self, app: Runnel) -> None:
        said = await app.chat(model=self.model("It was inter", "rupted."), title="Rivers")
        answer = await said.answer("What of the lamp?")
        named = await app.chat(model=self.model("no"), title="Interludes")
        first, second = await app.chats(search="INTER")
        assert (first.id, second.id) == (named.id, said.id)
        assert first.match == Match(title_marks=((0, 5),))
        assert second.match == Match(answer.id, "It was interrupted.", ((7, 12),))
        assert [one.id for one in await app.chats(1, before=first.id, search="inter")] == [said.id]
        assert [one.id for one in await app.chats(search='rivers "LAMP" inter')] == [said.id]
        assert await app.chats(search="lamp AND (nobody*") == []
        assert [one.match for one in await app.chats(search=" ")] == [None, None]

    async def test_the_chats_feed_has_no_gap(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        await chat.answer("one")
        seen = []
        async for change in chat.events():
            seen.append(change)
            if (change.type, change.status) == ("run.changed", "completed"):
                break
        assert [change.seq for change in seen] == list(range(1, len(seen) + 1))
        assert {change.type for change in seen} >= {"message.added", "run.started", "run.changed"}

    async def test_what_is_unknown_is_named(self, app: Runnel) -> None:
        with pytest.raises(UnknownRun, match="nobody"):
            await app.run("nobody")
        with pytest.raises(UnknownChat, match="nobody"):
            await app.get_chat("nobody")
        with pytest.raises(UnknownMessage, match="nobody"):
            await app.message("nobody")

    async def test_a_deleted_chat_is_gone_and_its_followers_end(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("one ", Pause(_FOR_EVER)))
        run = await chat.start("count")
        await self.said(run)

        async def follow() -> list[Event]:
            return [event async for event in run.events()]

        following = asyncio.ensure_future(follow())
        await asyncio.sleep(0)
        await app.delete_chat(chat.id)
        await following
        with pytest.raises(UnknownChat, match=chat.id):
            await app.get_chat(chat.id)
        with pytest.raises(UnknownRun, match=run.id):
            await app.run(run.id)
        assert await app.chats() == []

    async def test_runs_are_listed_by_page_and_status(self, app: Runnel) -> None:
        chat = await app.chat(model=self.model("yes"))
        runs = [(await chat.answer(f"{n}")).run.id for n in range(3)][::-1]
        first = await app.runs(2)
        rest = await app.runs(2, before=first[-1].id)
        assert [run.id for run in (*first, *rest)] == runs
        assert {(run.value.kind, run.value.status, run.value.chat) for run in first} == {
            ("answer", "completed", chat.id)
        }
        assert await app.runs(statuses={"failed", "waiting"}) == []


class UsersContract(AppContract):
    """What every `Runnel` does that has users: `ada` and `bob` are `as_user` views of one `app`."""

    @pytest.fixture
    def ada(self, app: Runnel) -> Runnel:
        """What one user sees."""
        return app.as_user("user_ada")

    @pytest.fixture
    def bob(self, app: Runnel) -> Runnel:
        """What another user of the same sees."""
        return app.as_user("user_bob")

    async def test_a_user_sees_what_is_theirs(self, ada: Runnel, bob: Runnel) -> None:
        for user in (ada, bob):
            message = await (await user.chat(model=self.model("yes"), key={"n": 1})).answer("go", id="mine")
            assert (await user.run("mine")).id == message.run.id
            assert [run.id for run in await user.runs()] == [message.run.id]
            assert [chat.id for chat in await user.chats()] == [message.chat_id]
            assert (await user.message(message.id)).content == "yes"
            assert [chat.id for chat in await user.chats(search="go yes")] == [message.chat_id]

    async def test_a_schedule_is_its_users(self, ada: Runnel, bob: Runnel) -> None:
        chats = [await user.chat(model=self.model("yes")) for user in (ada, bob)]
        hers, his = [await chat.start("news?", every="0 9 * * 1", id="news") for chat in chats]
        assert hers.id != his.id
        assert (await chats[0].schedule("news")).id == hers.id
        with pytest.raises(NotFound):
            await chats[1].schedule(hers.id)
        run = await chats[0].start("go")
        with pytest.raises(UnknownRun):
            await chats[1].start("then", after=run.id)
        await run.wait()

    async def test_anothers_things_are_not_there(self, ada: Runnel, bob: Runnel) -> None:
        chat = await ada.chat(model=self.model("yes"))
        message = await chat.answer("go")
        own = await bob.chat(model=self.model("no"))
        for ask, id in (
            (bob.get_chat, chat.id),
            (bob.delete_chat, chat.id),
            (bob.run, message.run.id),
            (bob.message, message.id),
            (own.fork, message.id),
            (own.retry, message.id),
            (own.switch, message.id),
            (own.alternatives, message.id),
        ):
            with pytest.raises(NotFound, match=id):
                await ask(id)
        assert [one.content for one in await chat.messages()] == ["go", "yes"]
