"""Pages of a chat's messages: which messages they have, and that they cost the same in a chat of any length."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import httpx2
import pytest

from runnel import Chat, Runnel
from runnel.models.scripted import Scripted
from runnel.server import create_app
from runnel.vocabulary.messages import MessageValue, Status, TextPart
from tests.apps import config
from tests.server.serving import client_of


async def grown(app: Runnel, messages: int) -> Chat:
    """A chat whose branch has so many messages; its first answer and its last one are not alone."""
    chat = await app.chat(model=Scripted("x"), history=False)
    await chat.retry(await chat.answer("first"))
    question = MessageValue("", "user", Status.COMPLETED, parts=(TextPart("question"),))
    answer = MessageValue("", "assistant", Status.COMPLETED, parts=(TextPart("answer"),))
    rest = ([question, answer] * messages)[: messages - 3]
    message = await (await chat.start_from(rest)).wait()
    await chat.retry(message)
    return chat


async def page(client: httpx2.AsyncClient, chat: Chat, **query: Any) -> dict[str, Any]:
    response = await client.get(f"/api/chats/{chat.id}/messages", params=query)
    response.raise_for_status()
    found: dict[str, Any] = response.json()
    return found


def ids(found: dict[str, Any]) -> list[str]:
    return [message["id"] for message in found["messages"]]


async def test_a_branch_is_read_by_pages_from_either_end(app: Runnel, client: httpx2.AsyncClient) -> None:
    chat = await grown(app, 12)
    branch = [message.id for message in await chat.messages()]
    assert len(branch) == 12
    for limit in (1, 5, 12, 20):
        backwards = await page(client, chat, limit=limit)
        seen = ids(backwards)
        while backwards["messages"]:
            backwards = await page(client, chat, limit=limit, before=seen[0])
            seen = ids(backwards) + seen
        assert seen == branch
        seen = branch[:1]
        while forwards := ids(await page(client, chat, limit=limit, after=seen[-1])):
            seen += forwards
        assert seen == branch
    assert ids(await page(client, chat, after=branch[2], before=branch[6])) == branch[3:6]
    assert ids(await page(client, chat, after=branch[2], before=branch[6], limit=2)) == branch[3:5]
    assert ids(await page(client, chat, after=branch[-1])) == []
    filtered = await page(client, chat, before=branch[4], limit=2, kinds="tool")
    assert ids(filtered) == branch[2:4]
    assert [message.get("parts") for message in filtered["messages"]] == [None, None]


async def test_what_came_before_a_message_of_another_branch_is_that_branch(
    app: Runnel, client: httpx2.AsyncClient
) -> None:
    chat = await app.chat(model=Scripted("x"))
    await chat.answer("one")
    old = await chat.answer("two")
    branch = [message.id for message in await chat.messages()]
    await chat.edit(branch[2], "otherwise")
    assert ids(await page(client, chat, before=old.id)) == branch[:3]
    assert (await client.get(f"/api/chats/{chat.id}/messages", params={"after": old.id})).status_code == 404


async def test_a_message_that_the_chat_does_not_share_is_no_place_in_it(
    app: Runnel, client: httpx2.AsyncClient
) -> None:
    chat, other = await grown(app, 6), await app.chat(model=Scripted("x"))
    branch = [message.id for message in await chat.messages()]
    fork = await chat.fork(branch[3])
    await fork.answer("mine")
    own = [message.id for message in await fork.messages()]
    assert ids(await page(client, fork, before=own[5], limit=2)) == [branch[3], own[4]]
    assert ids(await page(client, fork, before=branch[3], limit=2)) == branch[1:3]
    assert ids(await page(client, fork, after=branch[2])) == own[3:]
    for where, place in ((other, branch[3]), (chat, own[4]), (chat, "nobody")):
        for side in ("before", "after"):
            response = await client.get(f"/api/chats/{where.id}/messages", params={side: place})
            assert (response.status_code, response.json()["code"]) == (404, "misuse.unknown_message")


@contextmanager
def counted() -> Iterator[list[int]]:
    """The steps that SQLite's machine takes for each statement of the databases that are opened in it."""
    steps: list[int] = []

    def watch(connection: apsw.Connection) -> None:
        connection.trace_v2(
            apsw.SQLITE_TRACE_PROFILE, lambda told: steps.append(told["stmt_status"]["SQLITE_STMTSTATUS_VM_STEP"])
        )

    apsw.connection_hooks.append(watch)
    try:
        yield steps
    finally:
        apsw.connection_hooks.remove(watch)


@pytest.mark.parametrize("kinds", [None, "text", ""])
async def test_a_page_costs_the_same_in_a_chat_of_any_length(tmp_path: Path, kinds: str | None) -> None:
    with counted() as steps:
        async with (
            Runnel(f"sqlite:///{tmp_path}/pages.db", config=config()) as app,
            client_of(create_app(app)) as client,
        ):

            async def cost(chat: Chat, **query: Any) -> int:
                given = query if kinds is None else query | {"kinds": kinds}
                await page(client, chat, limit=10, **given)
                steps.clear()
                assert len((await page(client, chat, limit=10, **given))["messages"]) == 10
                return sum(steps)

            costs: list[list[int]] = []
            for length in (40, 800):
                chat = await grown(app, length)
                branch = [message.id for message in await chat.messages(kinds=())]
                fork = await chat.fork(branch[-1])
                costs.append(
                    [
                        await cost(where, **query)
                        for where in (chat, fork)
                        for query in (
                            {},
                            {"before": branch[length // 2]},
                            {"before": branch[10]},
                            {"after": branch[-11]},
                        )
                    ]
                )
    for short, long in zip(*costs, strict=True):
        assert long < 1.2 * short, f"steps of pages: {costs}"
