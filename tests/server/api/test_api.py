"""The REST API: chats, messages, documents and models over HTTP, as they are for Python."""

from typing import Any

import httpx2
import msgspec
import pytest
from pydantic import SecretStr

from runnel import Runnel
from runnel.config import Config, NotifyConfig, ServerConfig
from runnel.server import create_app
from runnel.webhooks import new_secret
from tests.apps import config
from tests.server.serving import client_of

from .asking import asked, made, texts

# Chats


async def test_a_chat_is_made_with_all_that_a_caller_may_say(client: httpx2.AsyncClient) -> None:
    settings = {
        "model": "excerpts",
        "system": "Be brief.",
        "history": 3,
        "sampling": {"temperature": 0.5, "stop": ["END"]},
        "if_busy": "enqueue",
        "limits": {"steps": 3},
        "retrieval": "tool",
        "steering": "interrupt",
        "output": {"type": "object"},
    }
    id = await made(client, title="A title", **settings)
    chat = (await client.get(f"/api/chats/{id}")).json()
    assert chat["title"] == "A title"
    assert {name: chat["settings"].get(name) for name in settings} == settings


async def test_a_callers_key_finds_its_chat(client: httpx2.AsyncClient) -> None:
    id = await made(client, key={"thread": 17})
    assert await made(client, key={"thread": 17}, title="other") == id


async def test_what_is_not_said_stays_and_null_takes_away(client: httpx2.AsyncClient) -> None:
    id = await made(client, system="Be brief.", history=2)
    changed = (await client.patch(f"/api/chats/{id}", json={"title": "New"})).json()
    assert (changed["title"], changed["settings"]["system"], changed["settings"]["history"]) == ("New", "Be brief.", 2)
    changed = (await client.patch(f"/api/chats/{id}", json={"system": None})).json()
    assert "system" not in changed["settings"]


REFUSED = [
    ({"model": "os:getcwd"}, 422, "something of the server's own"),
    ({"model": "recorded:/etc/passwd"}, 422, "something of the server's own"),
    ({"model": "openai:gpt-5-mini"}, 422, "not one of those that this server offers"),
    ({"tools": ["os:getcwd"]}, 403, "code of the server's"),
    ({"documents": ["/etc/passwd"]}, 403, "upload it"),
    ({"documents": ["doc_000000000000000000000000"]}, 404, "no document"),
    ({"notify": "http://169.254.169.254/"}, 403, "server.notify"),
    ({"key": {}}, 400, "must not be empty"),
]


@pytest.mark.parametrize(("body", "status", "why"), REFUSED, ids=[str(body) for body, _, _ in REFUSED])
async def test_what_is_the_servers_own_is_refused_with_the_reason(
    client: httpx2.AsyncClient, body: Any, status: int, why: str
) -> None:
    response = await client.post("/api/chats", json=body)
    assert response.status_code == status
    assert why in response.json()["detail"]
    assert (await client.get("/api/chats")).json()["chats"] == []


async def test_whoever_runs_the_server_may_offer_more() -> None:
    settings = Config(
        server=ServerConfig(models=("scripted:Hello", "excerpts"), notify=True),
        notify=NotifyConfig(secret=SecretStr(new_secret())),
        tools=("os:getcwd",),
    )
    async with client_of(create_app(Runnel("sqlite://", config=settings))) as client:
        models = (await client.get("/api/models")).json()["models"]
        assert [(one["name"], one.get("default", False)) for one in models] == [
            ("scripted:Hello", True),
            ("excerpts", False),
        ]
        id = await made(client, tools=["os:getcwd"], notify="https://example.com/hook")
        assert (await client.get(f"/api/chats/{id}")).json()["settings"]["model"] == "scripted:Hello"
        assert (await asked(client, await made(client), "?"))["parts"][0]["text"] == "Hello"


async def test_chats_are_listed_lightly_by_page_and_title(client: httpx2.AsyncClient) -> None:
    ids = [await made(client, title=f"Chat {number}", system="secret") for number in range(5)]
    first = (await client.get("/api/chats?limit=3")).json()
    rest = (await client.get("/api/chats", params={"limit": 3, "before": first["next"]})).json()
    assert [one["id"] for one in [*first["chats"], *rest["chats"]]] == ids[::-1]
    assert rest["next"] is None
    assert "secret" not in str(first)
    (found,) = (await client.get("/api/chats?search=chat 2")).json()["chats"]
    assert (found["title"], found["match"]) == ("Chat 2", {"title_marks": [[0, 4], [5, 6]]})
    assert "match" not in str(first)


async def test_a_chat_that_was_found_says_where(client: httpx2.AsyncClient, scripted: str) -> None:
    answer = await asked(client, scripted, "Is it found?")
    (found,) = (await client.get("/api/chats", params={"search": "found SAI"})).json()["chats"]
    assert found["id"] == scripted
    assert found["match"]["message"] == answer["id"]
    assert [found["match"]["text"][start:end].lower() for start, end in found["match"]["marks"]] == ["sai", "found"]
    for syntax in ('"', "*", "found AND (", "NEAR(found", "title:found^"):
        assert (await client.get("/api/chats", params={"search": syntax})).status_code == 200


async def test_a_deleted_chat_is_not_there(client: httpx2.AsyncClient) -> None:
    id = await made(client)
    assert (await client.delete(f"/api/chats/{id}")).status_code == 204
    assert (await client.get(f"/api/chats/{id}")).status_code == 404
    assert (await client.delete(f"/api/chats/{id}")).status_code == 404


async def test_a_fork_goes_on_by_itself(client: httpx2.AsyncClient, scripted: str) -> None:
    answer = await asked(client, scripted, "One")
    await asked(client, scripted, "Two")
    response = await client.post(f"/api/chats/{scripted}/fork", json={"message": answer["id"]})
    assert response.status_code == 201
    assert await texts(client, response.json()["id"]) == ["One", "You said: One"]


async def test_what_a_fork_shares_is_answered_again_in_the_chat_that_is_named(
    client: httpx2.AsyncClient, scripted: str
) -> None:
    answer = await asked(client, scripted, "One")
    fork = (await client.post(f"/api/chats/{scripted}/fork", json={"message": answer["id"]})).json()["id"]
    started = await client.post(f"/api/messages/{answer['id']}/retry?chat={fork}")
    assert started.json()["chat_id"] == fork
    await client.get(started.json()["events"])  # to its end
    ids = [(await client.get(f"/api/chats/{id}/messages")).json()["messages"][-1]["id"] for id in (scripted, fork)]
    assert ids == [answer["id"], started.json()["message_id"]]
    beside = [
        (await client.get(f"/api/messages/{answer['id']}/alternatives?chat={id}")).json()["messages"]
        for id in (scripted, fork)
    ]
    assert [len(messages) for messages in beside] == [1, 2]


# Messages


async def test_messages_are_those_of_the_branch_filtered_and_after_one(
    client: httpx2.AsyncClient, scripted: str
) -> None:
    answer = await asked(client, scripted, "One")
    await asked(client, scripted, "Two")
    assert await texts(client, scripted) == ["One", "You said: One", "Two", "You said: Two"]
    assert await texts(client, scripted, limit=1) == ["You said: Two"]
    assert await texts(client, scripted, after=answer["id"]) == ["Two", "You said: Two"]
    assert await texts(client, scripted, after=answer["id"], limit=1) == ["Two"]
    assert await texts(client, scripted, kinds="tool,media") == ["", "", "", ""]
    unknown = await client.get(f"/api/chats/{scripted}/messages", params={"after": "msg_none"})
    assert unknown.status_code == 404


async def test_retrying_editing_and_switching_make_branches(client: httpx2.AsyncClient, scripted: str) -> None:
    answer = await asked(client, scripted, "One")
    retried = (await client.post(f"/api/messages/{answer['id']}/retry")).json()
    await client.get(retried["events"])
    found = (await client.get(f"/api/messages/{answer['id']}/alternatives")).json()["messages"]
    assert [one["id"] for one in found] == [answer["id"], retried["message_id"]]
    edited = (await client.post(f"/api/messages/{answer['parent']}/edit", json={"prompt": "Other"})).json()
    await client.get(edited["events"])
    assert await texts(client, scripted) == ["Other", "You said: Other"]
    switched = await client.post(f"/api/messages/{answer['id']}/switch")
    assert switched.json()["head"] == answer["id"]
    assert await texts(client, scripted) == ["One", "You said: One"]
    compared = (await client.get(f"/api/messages/{answer['id']}/compare", params={"with": edited["message_id"]})).json()
    assert [len(compared[side]) for side in ("common", "left", "right")] == [0, 2, 2]


# Documents


async def test_a_document_is_uploaded_indexed_cited_read_and_deleted(client: httpx2.AsyncClient) -> None:
    text = "# The lighthouse\n\nThe lamp turns once in twelve seconds.\n"
    response = await client.post("/api/documents", files={"files": ("Bericht über.md", text.encode())})
    assert response.status_code == 202
    (document,), run = response.json()["documents"], response.json()["run"]
    assert "run.ended" in (await client.get(run["events"])).text
    assert (await client.get(f"/api/runs/{run['id']}")).json()["kind"] == "index"
    chat = await made(client, documents=[document["id"]])
    (source,) = (await asked(client, chat, "How often does the lamp turn?"))["sources"]
    assert source["location"] == "Bericht über.md#the-lighthouse"
    range = {"start": source.get("start", 0), "end": source["end"]}
    passage = (await client.get(f"/api/documents/{document['id']}/text", params=range)).json()
    assert (passage["text"], passage["length"]) == (source["text"], len(text))
    content = await client.get(f"/api/documents/{document['id']}/content")
    assert content.content == text.encode()
    assert content.headers["content-disposition"] == "inline; filename*=UTF-8''Bericht%20%C3%BCber.md"
    assert [one["id"] for one in (await client.get("/api/documents")).json()["documents"]] == [document["id"]]
    assert (await client.delete(f"/api/documents/{document['id']}")).status_code == 204
    assert (await client.get(f"/api/documents/{document['id']}/content")).status_code == 404


async def test_no_path_of_the_servers_goes_out(app: Runnel, client: httpx2.AsyncClient, tmp_path: Any) -> None:
    (tmp_path / "light.txt").write_text("The lamp turns once in twelve seconds.")
    chat = await app.chat(documents=[tmp_path / "light.txt"], model="excerpts")
    message = await asked(client, chat.id, "What turns?")
    assert message["sources"]
    (document,) = chat.settings.documents
    for path in (
        f"/api/chats/{chat.id}",
        f"/api/chats/{chat.id}/messages",
        f"/api/runs/{message['run']}/events",
        f"/api/runs/{message['run']}/trace",
        f"/api/documents/{document}",
        "/api/documents",
        "/api/runs",
    ):
        assert str(tmp_path) not in (await client.get(path)).text, path


@pytest.mark.parametrize("depth", [1_000, 100_000])
async def test_what_is_nested_too_deep_is_refused_or_taken(client: httpx2.AsyncClient, depth: int) -> None:
    body = b'{"output": {"a": ' + b"[" * depth + b"]" * depth + b"}}"
    response = await client.post("/api/chats", content=body)
    assert response.status_code in (201, 400)
    assert (await client.get("/api/chats")).status_code == 200


async def test_the_model_list_says_how_to_get_a_better_one() -> None:
    async with client_of(create_app(Runnel("sqlite://", config=config()))) as client:
        found = (await client.get("/api/models")).json()
    default = next(one for one in found["models"] if one.get("default"))
    assert found["models"][0] == default
    assert default["usable"]
    assert all(one.get("reason") for one in found["models"] if not one["usable"])
    assert "advice" in found or default["name"] != "excerpts"


async def test_a_trace_is_the_same_for_python(app: Runnel, client: httpx2.AsyncClient, scripted: str) -> None:
    answer = await asked(client, scripted, "One")
    run = await app.run(answer["run"])
    assert (await client.get(f"/api/runs/{run.id}/trace")).content == msgspec.json.encode(await run.trace())
