"""What every operation has in common: errors are problem documents, and what is sent is read by its type."""

import logging
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest

from runnel import Runnel
from runnel.config import ServerConfig
from runnel.models.base import Deltas
from runnel.server import create_app
from runnel.vocabulary.prompt import Prompt
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


class Breaks:
    """A model with a mistake in it."""

    name = "breaks"

    async def stream(self, prompt: Prompt) -> Deltas:
        yield "par"
        raise ValueError("oops")


breaks = Breaks()
_BREAKS = f"{__name__}:breaks"


async def error_of_a_run(**runs: Any) -> dict[str, Any]:
    """The error of a run over HTTP whose model has a mistake in it, and the run's id with it."""
    settings = config(**runs).model_copy(update={"server": ServerConfig(models=(_BREAKS,))})
    async with client_of(create_app(Runnel("sqlite://", config=settings))) as client:
        chat = (await client.post("/api/chats", json={"model": _BREAKS})).json()["id"]
        message = (await client.post(f"/api/chats/{chat}/answer", json={"prompt": "x"})).json()
        events = (await client.get(f"/api/runs/{message['run']}/events")).text
        error: dict[str, Any] = message["error"]
        assert ("test_app.py" in events) == ("traceback" in error.get("details", {}))
        return {**error, "run": message["run"]}


async def test_where_a_models_code_failed_is_for_the_log_and_not_for_callers(caplog: pytest.LogCaptureFixture) -> None:
    error = await error_of_a_run()
    assert (error["code"], error["message"]) == ("internal", "ValueError: oops")
    assert "details" not in error
    [record] = [one for one in caplog.records if one.levelno >= logging.ERROR]
    assert error["run"] in record.getMessage()
    assert record.exc_info is not None
    assert isinstance(record.exc_info[1], ValueError)


async def test_who_sets_it_has_tracebacks_in_runs_on_a_server_too() -> None:
    error = await error_of_a_run(tracebacks=True)
    assert "test_app.py" in error["details"]["traceback"]
