"""One user's things are not there for another: every operation of the OpenAPI document is asked for them, so that a new
one cannot be forgotten."""

import re
from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx2
import pytest
from starlette.requests import HTTPConnection

from runnel import Runnel
from runnel.errors import Unauthenticated
from runnel.models.scripted import Scripted, tool_call
from runnel.server import create_app
from runnel.server.calls import Caller
from runnel.tools import tool
from tests.server.serving import client_of

# What an id is called in a path or a query → which of the owner's things it names. None: no id of anybody's.
NAMES: Mapping[str, str | None] = {
    "chat": "chat",
    "message": "message",
    "branch": "message",
    "run": "run",
    "document": "document",
    "call": "call",
    "input": "call",
    "schedule": "schedule",
    "with": "message",
    "response": "response",
    "conversation": "conversation",
    "id": "chat",  # of the AI SDK's, which is the client's own, or a chat's
    "model": None,
    "key": None,  # a caller's own, of which each has theirs
}
# Of queries that page a list: by operation, what the page is of.
PLACES: Mapping[str, str] = {
    "list_chats": "chat",
    "list_runs": "run",
    "list_documents": "document",
    "list_messages": "message",
    "list_schedule_runs": "run",
    "list_conversation_items": "message",
    "list_input_items": "message",
}
PLAIN_QUERY = {"limit", "search", "kinds", "status", "sources", "start", "end", "stream", "starting_after", "order"}
USER = {"role": "user", "id": "m", "parts": [{"type": "text", "text": "Hello?"}]}
# By operation: a body that is taken. `{chat}` is the id of a chat, and so on.
BODIES: Mapping[str, Any] = {
    "create_chat": {"documents": ["{document}"]},
    "change_chat": {"title": "Mine"},
    "fork_chat": {"message": "{message}"},
    "answer": {"prompt": "Hello?"},
    "start_run": {"prompt": "Hello?", "after": "{run}"},
    "edit_message": {"prompt": "Hello?"},
    "steer_run": {"text": "Hello?"},
    "approve_call": {"approve": True},
    "reply_to_input": {"text": "Hello?"},
    "create_schedule": {"prompt": "Hello?", "every": "0 9 * * *"},
    "create_response": {"input": "Hello?", "previous_response_id": "{response}"},
    "agui": {"threadId": "{chat}", "runId": "r", "messages": [{"role": "user", "id": "m", "content": "Hello?"}]},
    "ai_sdk_chat": {"id": "{chat}", "messages": [USER]},
}
# Bodies that name nothing, so that there is nothing of another's to ask for.
NAMELESS = {"upload_documents", "create_chat_completion", "create_conversation"}
# What is answered for whatever id, where that is not 404, and why.
NOT_MISSING = {
    "ai_sdk_resume": 204,  # the SDK takes this for: nothing is being answered
    "ai_sdk_stop": 204,  # nor is there anything to stop
}
UNKNOWN = {
    "chat": "chat_000000000000000000000000",
    "message": "msg_000000000000000000000000",
    "run": "run_000000000000000000000000",
    "document": "doc_000000000000000000000000",
    "call": "call_none",
    "schedule": "schedule_000000000000000000000000",
    "response": "resp_000000000000000000000000",
    "conversation": "conv_000000000000000000000000",
}


@tool(permission="ask")
def send(to: str) -> str:
    """Send a letter."""
    return to


@pytest.fixture
async def client(app: Runnel) -> AsyncIterator[httpx2.AsyncClient]:
    async def identify(connection: HTTPConnection) -> Caller:
        scheme, _, user = connection.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            raise Unauthenticated("say who you are")
        return Caller(app.as_user(user), user)

    async with client_of(create_app(app, identify=identify)) as client:
        yield client


ANNA, BERT = {"Authorization": "Bearer anna"}, {"Authorization": "Bearer bert"}


@pytest.fixture
async def things(app: Runnel, client: httpx2.AsyncClient) -> Mapping[str, str]:
    """Ids of what is Anna's: a chat with a document, a run that waits for her consent, and what other wires made."""
    anna = app.as_user("anna")
    model = Scripted(answers=[[tool_call("send", to="Carl")], ["Sent."]])
    chat = await anna.chat(model=model, tools=[send], documents=[b"The lamp turns once."], title="Letters of Anna")
    run = await chat.start("Write to Carl")
    async for event in run.events():
        if event.type == "tool.approval.requested":
            break
    (request,) = await run.waits_for()
    response = (await client.post("/v1/responses", headers=ANNA, json={"input": "Hello?"})).json()
    conversation = (await client.post("/v1/conversations", headers=ANNA, json={})).json()
    schedule = await chat.start("Good morning?", every="0 9 * * *")
    assert run.message_id is not None
    return {
        "chat": chat.id,
        "message": run.message_id,
        "run": run.id,
        "document": chat.settings.documents[0],
        "call": request.id,
        "schedule": schedule.id,
        "response": response["id"],
        "conversation": conversation["id"],
    }


class Asked:
    """One operation, as it can be asked for things by their ids."""

    def __init__(self, method: str, path: str, operation: Mapping[str, Any]) -> None:
        self.method = method
        self.name: str = operation["operationId"]
        self._path = path
        self._query: dict[str, str] = {}
        self.names: set[str] = set()
        for parameter in operation["parameters"]:
            self._name(parameter["name"], parameter["in"], parameter["schema"])
        self._body = BODIES.get(self.name)
        if "requestBody" in operation and self._body is None and self.name not in NAMELESS:
            raise AssertionError(f"{self}: say in BODIES which ids its body names, or in NAMELESS that it names none")
        self.names |= set(re.findall(r"\{(\w+)\}", str(self._body)))

    def __str__(self) -> str:
        return f"{self.method.upper()} {self._path} ({self.name})"

    def _name(self, name: str, place: str, schema: Mapping[str, Any]) -> None:
        if place == "header" or name in PLAIN_QUERY or schema.get("type") in ("integer", "boolean"):
            return
        named = PLACES.get(self.name) if name in ("before", "after") else NAMES.get(name, "")
        if named == "":
            raise AssertionError(f"{self}: say in NAMES what `{name}` is the id of, or that it is none")
        if named is None and name in ("before", "after"):
            raise AssertionError(f"{self}: say in PLACES what its pages are of")
        if named is None:
            return
        self.names.add(named)
        if place == "query":
            self._query[name] = named
        else:
            self._path = self._path.replace("{" + name + "}", "{" + named + "}")

    async def ask(self, client: httpx2.AsyncClient, ids: Mapping[str, str]) -> httpx2.Response:
        query = {name: ids[named] for name, named in self._query.items()}
        return await client.request(
            self.method,
            self._path.format_map(ids),
            params=query,
            json=None if self._body is None else _filled(self._body, ids),
            headers=BERT,
        )


def _filled(body: Any, ids: Mapping[str, str]) -> Any:
    if isinstance(body, str):
        return ids.get(body.strip("{}"), body) if body.startswith("{") else body
    if isinstance(body, dict):
        return {name: _filled(one, ids) for name, one in body.items()}
    return [_filled(one, ids) for one in body] if isinstance(body, list) else body


async def operations(client: httpx2.AsyncClient) -> list[Asked]:
    document = (await client.get("/openapi.json")).json()
    found, unsaid = [], []
    for path, each in document["paths"].items():
        for method, operation in each.items():
            try:
                found.append(Asked(method, path, operation))
            except AssertionError as error:
                unsaid.append(str(error))
    assert not unsaid, "\n".join(unsaid)
    return found


async def test_what_is_anothers_is_answered_as_what_is_not_there(
    client: httpx2.AsyncClient, things: Mapping[str, str]
) -> None:
    wrong = []
    for asked in await operations(client):
        if not asked.names:
            continue
        theirs, nobodys = await asked.ask(client, things), await asked.ask(client, UNKNOWN)
        said, unknown = theirs.text, nobodys.text
        for name, id in things.items():  # by the number alone: other wires have other words before it
            said = said.replace(id.rpartition("_")[2], UNKNOWN[name].rpartition("_")[2])
        if (theirs.status_code, said) != (nobodys.status_code, unknown):
            wrong.append(
                f"{asked}: {theirs.status_code} {theirs.text}, but for unknown ids {nobodys.status_code} {unknown}"
            )
        lists = asked.method == "get" and asked.name in PLACES and theirs.status_code == 200
        if not lists and theirs.status_code != NOT_MISSING.get(asked.name, 404):
            wrong.append(f"{asked}: {theirs.status_code} {theirs.text}, not 404")
    assert not wrong, "\n".join(wrong)


async def test_no_list_shows_what_is_anothers(client: httpx2.AsyncClient, things: Mapping[str, str]) -> None:
    wrong = []
    for asked in await operations(client):
        if asked.method == "get" and "{" not in asked._path:
            said = (await client.get(asked._path, headers=BERT)).text
            wrong += [f"{asked} shows {id}" for id in things.values() if id in said]
            wrong += [f"{asked} shows a title"] if "Letters of Anna" in said else []
    assert not wrong, "\n".join(wrong)


async def test_what_is_there_stays_as_it_was(
    app: Runnel, client: httpx2.AsyncClient, things: Mapping[str, str]
) -> None:
    """After all that another has asked for it, to delete, cancel and consent among them."""
    for asked in await operations(client):
        if asked.names:
            await asked.ask(client, things)
    anna = app.as_user("anna")
    chat = await anna.get_chat(things["chat"])
    assert chat.title == "Letters of Anna"
    assert [message.id for message in await chat.messages()][-1] == things["message"]
    assert [schedule.id for schedule in await chat.schedules()] == [things["schedule"]]
    run = await anna.run(things["run"])
    assert run.value.status == "waiting"
    assert [request.id for request in await run.waits_for()] == [things["call"]]
    assert (await anna.documents.get(things["document"])).content is not None


async def test_its_owner_sees_it(client: httpx2.AsyncClient, things: Mapping[str, str]) -> None:
    for path in ("chats/{chat}", "messages/{message}", "runs/{run}", "documents/{document}"):
        response = await client.get(f"/api/{path}".format_map(things), headers=ANNA)
        assert response.status_code == 200, response.text
