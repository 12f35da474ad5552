"""A chat's feed over HTTP: what comes and changes in it, from any change on."""

import json

import httpx2

from runnel import Runnel
from runnel.models.scripted import Scripted
from tests.apps import in_time
from tests.server.streaming.sse import Frame, contiguous, frames_in

NDJSON = {"Accept": "application/x-ndjson"}


async def test_a_chats_feed_is_a_stream(runnel: Runnel, client: httpx2.AsyncClient) -> None:
    chat = await runnel.chat(model=Scripted("Hello"))
    await in_time((await chat.start("Hello?")).wait())
    path = f"/api/chats/{chat.id}/events"
    found: list[Frame] = []
    async with client.stream("GET", path) as response:
        async for frame in frames_in(response.aiter_lines()):
            found.append(frame)
            if (frame.event, frame.json.get("status")) == ("run.changed", "completed"):
                break
    assert contiguous(found)
    async with client.stream("GET", path, headers={**NDJSON, "Last-Event-ID": "1"}) as response:
        async for line in response.aiter_lines():
            change = json.loads(line)
            assert change.pop("seq") == int(found[1].id)
            assert change.pop("type") == found[1].event
            assert change == found[1].json
            break
    assert (await client.get(path, params={"after": 1000})).status_code == 400


async def test_a_chat_that_is_deleted_while_it_is_followed_is_told_as_a_problem(
    runnel: Runnel, client: httpx2.AsyncClient
) -> None:
    chat = await runnel.chat(model="excerpts")
    frames: list[Frame] = []
    async with client.stream("GET", f"/api/chats/{chat.id}/events") as response:
        async for frame in frames_in(response.aiter_lines()):
            frames.append(frame)
            if frame.event == "chat.changed":
                await runnel.delete_chat(chat.id)
    assert (frames[-1].event, frames[-1].json["status"]) == ("error", 404)
