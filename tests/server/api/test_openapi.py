"""The OpenAPI document is true: schemathesis asks every operation what the document allows and what it does not."""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path

import httpx2
import msgspec
import pytest
from starlette.requests import HTTPConnection

from runnel import Runnel
from runnel.errors import Unauthenticated
from runnel.server import create_app
from runnel.server.calls import Caller
from tests.server.serving import served

TOKEN = "a-token-of-the-test"
# Feeds end only when their readers leave.
ENDLESS = ["/api/chats/{chat}/events"]
# What other wires say of themselves is less than what they mean: their own clients are their tests.
WIRES = "^/(v1|agui|ai-sdk)"
# What the document allows is taken, or refused for what it is; whether a text is a cron expression no schema can say.
PRECISE = """
[checks.positive_data_acceptance]
expected-statuses = ['2xx', 401, 403, 404, 409, 422, 429]
[[operations]]
include-operation-id = "create_schedule"
checks.positive_data_acceptance.expected-statuses = ['2xx', 400, 401, 403, 404, 409, 422, 429]
"""


async def check(url: str, folder: Path, config: str, *options: str) -> None:
    """Fails with what schemathesis says where something is wrong with the server at `url`."""
    (folder / "schemathesis.toml").write_text(config)
    endless = [word for path in ENDLESS for word in ("--exclude-path", path)]
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", "schemathesis.toml", "run", f"{url}/openapi.json"),
        *("--phases", "coverage,fuzzing,stateful", "--continue-on-failure", "--no-color", "--seed", "1"),
        *("--max-examples", "4", "--generation-database", "none", "--request-timeout", "20", *endless, *options),
        cwd=folder,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    try:
        said, _ = await asking.communicate()
    finally:
        if asking.returncode is None:
            asking.kill()
    if asking.returncode:
        pytest.fail(said.decode().partition("= FAILURES =")[2] or said.decode(), pytrace=False)


async def test_every_operation_does_what_the_document_says(app: Runnel, tmp_path: Path) -> None:
    config = (
        f"{PRECISE}[[operations]]\ninclude-path-regex = '{WIRES}'\n"
        "checks.positive_data_acceptance.expected-statuses = ['2xx', 400, 401, 403, 404, 409, 422, 429]\n"
    )
    async with served(create_app(app)) as url:
        await check(url, tmp_path, config)


async def test_the_document_is_true_of_what_is_there(app: Runnel, tmp_path: Path) -> None:
    """As above, with ids of things that are there, and callers who show who they are."""
    there = await things(app)
    parts = "\n".join(f"'path.{name}' = '{id}'" for name, id in there.items())
    config = f"{PRECISE}[parameters]\n{parts}\n"

    async def identify(connection: HTTPConnection) -> Caller:
        if connection.headers.get("authorization") != f"Bearer {TOKEN}":
            raise Unauthenticated("say who you are")
        return Caller(app)

    options = ("--include-path-regex", "^/api", "--exclude-method", "DELETE", "-H", f"Authorization: Bearer {TOKEN}")
    async with served(create_app(app, identify=identify)) as url:
        await check(url, tmp_path, config, *options)


async def things(app: Runnel) -> Mapping[str, str]:
    """The ids of a chat, a message, a run and a document, by the names that paths have for them."""
    chat = await app.chat(model="excerpts", documents=[b"The lamp turns once."])
    message = await chat.answer("What turns?")
    return {
        "chat": chat.id,
        "message": message.id,
        "run": message.run.id,
        "document": chat.settings.documents[0],
    }


async def test_the_document_says_what_a_caller_needs(client: httpx2.AsyncClient) -> None:
    document = msgspec.json.decode((await client.get("/openapi.json")).content)
    assert document["openapi"] == "3.1.0"
    assert "securitySchemes" not in document["components"]  # where there are no users
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            assert operation["summary"], f"{method} {path} says nothing of itself"
            assert operation["responses"]["500"]["content"].keys() == {"application/problem+json"}
            for parameter in operation["parameters"]:
                assert parameter["in"] != "path" or parameter["schema"]["pattern"]
    events = document["paths"]["/api/runs/{run}/events"]["get"]["responses"]["200"]["content"]
    assert events.keys() == {"text/event-stream", "application/x-ndjson"}
    names = [operation["operationId"] for each in document["paths"].values() for operation in each.values()]
    assert len(names) == len(set(names))


async def test_a_path_says_which_methods_it_has(client: httpx2.AsyncClient) -> None:
    response = await client.put("/api/chats/chat_none")
    assert (response.status_code, response.headers["allow"]) == (405, "DELETE, GET, HEAD, PATCH")
