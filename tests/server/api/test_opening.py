"""What opening a chat costs: its messages come with all that is shown beside them."""

import json

import httpx2

from runnel import Runnel
from runnel.models.scripted import Scripted


async def test_a_page_of_messages_has_what_stands_beside_them_and_where_the_feed_goes_on(
    app: Runnel, client: httpx2.AsyncClient
) -> None:
    chat = await app.chat(model=Scripted("x"))
    first = await chat.answer("one")
    again = await chat.retry(first)
    await chat.answer("two")
    page = (await client.get(f"/api/chats/{chat.id}/messages")).json()
    assert page["alternatives"] == {again.id: [first.id, again.id]}
    await chat.change(title="Another")
    async with client.stream(
        "GET",
        f"/api/chats/{chat.id}/events",
        params={"after": page["last_change"]},
        headers={"Accept": "application/x-ndjson"},
    ) as feed:
        change = json.loads(await anext(feed.aiter_lines()))
    assert (change["seq"], change["type"]) == (page["last_change"] + 1, "chat.changed")
