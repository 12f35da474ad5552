"""What every operation has in common: errors are problem documents, and what is sent is read by its type."""

from collections.abc import AsyncIterator

import httpx2
import pytest

from runnel import Runnel
from runnel.server import create_app
from tests.apps import config
from tests.server.serving import client_of


@pytest.fixture
async def client() -> AsyncIterator[httpx2.AsyncClient]:
    async with client_of(create_app(Runnel("sqlite://", config=config()))) as client:
        yield client


async def test_an_answer_comes_whole(client: httpx2.AsyncClient) -> None:
    chat = (await client.post("/api/chats", json={"model": "excerpts"})).json()
    response = await client.post(f"/api/chats/{chat['id']}/answer", json={"prompt": "Hello?"})
    assert response.status_code == 200
    assert response.json()["role"] == "assistant"
    assert response.json()["status"] == "completed"


async def test_an_unknown_chat_is_a_problem_document_that_names_it(client: httpx2.AsyncClient) -> None:
    response = await client.post("/api/chats/chat_none/answer", json={"prompt": "Hello?"})
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:runnel:error:misuse.unknown_chat",
        "title": "Not Found",
        "status": 404,
        "detail": "there is no chat chat_none",
        "code": "misuse.unknown_chat",
        "details": {"chat": "chat_none"},
    }


@pytest.mark.parametrize("body", [b"{", b'{"prompt": 7}', b'{"prompt": "x", "more": 1}', b"\xff", b'{"prompt": ""}'])
async def test_a_body_of_another_form_is_refused_saying_where(client: httpx2.AsyncClient, body: bytes) -> None:
    response = await client.post("/api/chats/chat_none/answer", content=body)
    assert response.status_code == 400
    assert response.json()["code"] == "misuse.invalid_request"


async def test_a_path_that_is_not_there_is_a_problem_document(client: httpx2.AsyncClient) -> None:
    response = await client.get("/nowhere")
    assert (response.status_code, response.json()["code"]) == (404, "misuse.not_found")
    response = await client.get("/api/chats/chat_none/answer")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
