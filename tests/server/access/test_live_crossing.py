"""Over the socket, too, another's chat and run are not there: whatever is asked of them is answered as for an id that
nobody has. Every verb is asked, so that a new one cannot be forgotten."""

import asyncio
from typing import Any, get_args

from runnel.models.scripted import Scripted
from runnel.server.live.messages import Ask
from tests.apps import until_said
from tests.server.live.sockets import live_at
from tests.server.people import Town

# What each verb needs besides its run or chat. Those that only end what this socket itself follows say nothing of it.
ASKED: dict[str, dict[str, Any]] = {
    "subscribe": {"run": ...},
    "follow_chat": {"chat": ...},
    "cancel": {"run": ...},
    "steer": {"run": ..., "text": "more"},
    "approve": {"run": ..., "call": "call_1", "approve": True},
    "reply": {"run": ..., "input": "input_1", "text": "blue"},
}
ENDING = {"unsubscribe", "unfollow_chat"}


async def test_another_users_runs_and_chats_are_not_there(town: Town) -> None:
    assert {kind.__struct_config__.tag for kind in get_args(Ask)} == {*ASKED, *ENDING}
    chat = await town.app.as_user(town.ids["ada"]).chat(model=Scripted("one ", asyncio.Event()))
    run = await chat.start("Count")
    await until_said(run)
    async with live_at(town.url, town.tokens["ben"]) as live:
        for verb, body in ASKED.items():
            for name in [name for name, value in body.items() if value is ...]:
                theirs = {"run": run.id, "chat": chat.id}[name]
                answers = [await live.ask(do=verb, **{**body, name: id}) for id in (theirs, "nobody")]
                problems = [answer["problem"] for answer in answers]
                assert [problem["status"] for problem in problems] == [404, 404], verb
                assert problems[0]["detail"].replace(theirs, "nobody") == problems[1]["detail"]
    async with live_at(town.url, town.tokens["ada"]) as live:
        assert "problem" not in await live.ask(do="cancel", run=run.id)
    assert (await run.wait()).status == "cancelled"
