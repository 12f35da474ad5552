"""The REST API: runs, how they are started, looked at, spoken to and ended, over HTTP as they are for Python."""

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest

from runnel import Runnel
from runnel.models.scripted import Pause, Scripted, tool_call
from runnel.tools import tool
from runnel.vocabulary.events import StateChanged

from .asking import asked, texts


async def test_a_run_is_started_at_once_and_once_for_a_key(client: httpx2.AsyncClient, scripted: str) -> None:
    headers = {"Idempotency-Key": "caller.17"}
    runs = [await client.post(f"/api/chats/{scripted}/runs", json={"prompt": "One"}, headers=headers) for _ in range(3)]
    assert {response.status_code for response in runs} == {202}
    assert len({response.json()["message_id"] for response in runs}) == 1
    events = await client.get(runs[0].json()["events"])
    assert "run.ended" in events.text
    assert await texts(client, scripted) == ["One", "You said: One"]
    other = await client.post(f"/api/chats/{scripted}/runs", json={"prompt": "Two"}, headers=headers)
    assert (other.status_code, other.json()["code"]) == (409, "misuse.key_conflict")


async def test_runs_are_listed_by_page_chat_and_status(client: httpx2.AsyncClient, scripted: str) -> None:
    for prompt in ("One", "Two", "Three"):
        await asked(client, scripted, prompt)
    first = (await client.get("/api/runs", params={"limit": 2, "status": "completed,failed", "chat": scripted})).json()
    rest = (await client.get("/api/runs", params={"limit": 2, "before": first["next"]})).json()
    assert len({one["id"] for one in [*first["runs"], *rest["runs"]]}) == 3
    assert (await client.get("/api/runs?status=failed")).json() == {"runs": [], "next": None}
    assert (await client.get("/api/runs?status=canceled")).status_code == 400


@pytest.fixture
async def waiting(app: Runnel, client: httpx2.AsyncClient) -> AsyncIterator[Mapping[str, Any]]:
    """A run that waits for consent."""

    @tool(permission="ask")
    def send(to: str) -> str:
        """Send a letter."""
        return f"Sent to {to}."

    chat = await app.chat(model=Scripted(answers=[[tool_call("send", to="Anna")], ["Done."]]), tools=[send])
    run = await chat.start("Write")
    async for event in run.events():
        if isinstance(event, StateChanged) and event.status == "waiting":
            break
    yield (await client.get(f"/api/runs/{run.id}")).json()
    await run.cancel()


async def test_a_call_is_consented_to_once_with_other_arguments(
    client: httpx2.AsyncClient, waiting: Mapping[str, Any]
) -> None:
    (request,) = waiting["waits_for"]
    assert (request["kind"], request["name"], request["arguments"]) == ("approval", "send", {"to": "Anna"})
    path = f"/api/runs/{waiting['id']}/approvals/{request['id']}"
    given = await client.post(path, json={"approve": True, "arguments": {"to": "Bert"}})
    assert given.status_code == 204
    await client.get(waiting["events"])
    assert "Sent to Bert." in (await client.get(f"/api/messages/{waiting['message_id']}")).text
    again = await client.post(path, json={"approve": True})
    assert (again.status_code, again.json()["code"]) == (409, "misuse.not_waiting")
    trace = (await client.get(f"/api/runs/{waiting['id']}/trace")).json()
    assert [span["kind"] for span in trace["spans"]] == ["queue", "step", "step"]
    assert [span["kind"] for span in trace["spans"][0 + 1]["spans"]] == ["attempt", "call"]


async def test_cancelling_is_answered_with_what_was_said_and_may_be_repeated(
    app: Runnel, client: httpx2.AsyncClient
) -> None:
    chat = await app.chat(model=Scripted("Half", Pause(3600)))
    run = await chat.start("Go")
    async for event in run.events():
        if event.type == "text.delta":
            break
    for _ in range(2):
        response = await client.post(f"/api/runs/{run.id}/cancel")
        assert response.status_code == 200
        assert (response.json()["status"], response.json()["parts"]) == (
            "cancelled",
            [{"kind": "text", "text": "Half"}],
        )
    steered = await client.post(f"/api/runs/{run.id}/steer", json={"text": "Go on"})
    assert (steered.status_code, steered.json()["code"]) == (409, "misuse.not_waiting")
    cannot = await client.post(f"/api/runs/{run.id}/continue")
    assert (cannot.status_code, cannot.json()["code"]) == (409, "misuse.cannot_continue")


async def test_a_cut_answer_is_continued(app: Runnel, client: httpx2.AsyncClient) -> None:
    chat = await app.chat(model=Scripted(answers=[["Half", Pause(3600)], ["Half and the rest"]], prefill=True))
    run = await chat.start("Go")
    async for event in run.events():
        if event.type == "text.delta":
            break
    await run.cancel()
    continued = (await client.post(f"/api/runs/{run.id}/continue")).json()
    await client.get(continued["events"])
    assert await texts(client, chat.id) == ["Go", "Half and the rest"]


async def test_leaving_cancels_only_where_it_is_asked_for(app: Runnel, client: httpx2.AsyncClient) -> None:
    for on_disconnect, status in (("cancel", "cancelled"), ("detach", "running")):
        chat = await app.chat(model=Scripted("Half", Pause(3600)))
        body = {"prompt": "Go", "stream": True, "on_disconnect": on_disconnect}
        async with client.stream("POST", f"/api/chats/{chat.id}/answer", json=body) as response:
            async for line in response.aiter_lines():
                if "text.delta" in line:
                    break
        (run,) = await app.runs(chat=chat.id)
        if status == "cancelled":
            assert (await run.wait()).status == status
        else:
            assert run.value.status == status
            await run.cancel()


async def test_an_answer_of_a_key_that_is_busy_is_a_conflict(app: Runnel, client: httpx2.AsyncClient) -> None:
    chat = await app.chat(model=Scripted("Half", Pause(3600)))
    run = await chat.start("Go")
    busy = await client.post(f"/api/chats/{chat.id}/answer", json={"prompt": "And?"})
    assert (busy.status_code, busy.json()["code"], busy.json()["details"]["run"]) == (
        409,
        "misuse.run_in_progress",
        run.id,
    )
    await run.cancel()


async def test_a_question_is_scheduled_once_for_a_key_and_cancelled(client: httpx2.AsyncClient, scripted: str) -> None:
    path, body = f"/api/chats/{scripted}/schedules", {"prompt": "News?", "every": "0 9 * * 1", "zone": "Europe/Berlin"}
    made = [await client.post(path, json=body, headers={"Idempotency-Key": "monday"}) for _ in range(2)]
    assert [one.status_code for one in made] == [201, 201]
    assert (await client.get(path)).json() == {"schedules": [made[0].json()]}
    for _ in range(2):
        assert (await client.delete(f"{path}/{made[0].json()['id']}")).status_code == 204
        assert (await client.get(path)).json() == {"schedules": []}
    assert (await client.get(f"{path}/monday")).json() == {**made[0].json(), "next_at": None}
    assert (await client.delete(f"{path}/tuesday")).status_code == 404
    for wrong in ({"every": "soon"}, {"at": 1, "every": "* * * * *"}, {}, {"every": "* * * * *", "zone": "../etc"}):
        assert (await client.post(path, json={"prompt": "News?", **wrong})).status_code == 400


async def test_a_question_is_asked_at_its_time(app: Runnel, client: httpx2.AsyncClient, scripted: str) -> None:
    scheduled = await client.post(f"/api/chats/{scripted}/schedules", json={"prompt": "Now?", "at": 0})
    assert scheduled.json()["next_at"] == 0
    async for change in (await app.get_chat(scripted)).events():
        if change.run_id is not None:
            await client.get(f"/api/runs/{change.run_id}/events")
            break
    assert await texts(client, scripted) == ["Now?", "You said: Now?"]
