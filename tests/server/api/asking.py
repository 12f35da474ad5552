"""What the tests of the API ask again and again."""

from collections.abc import Mapping
from typing import Any

import httpx2


async def made(client: httpx2.AsyncClient, **settings: Any) -> str:
    """The id of a new chat."""
    response = await client.post("/api/chats", json=settings)
    assert response.status_code == 201, response.text
    return str(response.json()["id"])


async def asked(client: httpx2.AsyncClient, chat: str, prompt: str) -> Mapping[str, Any]:
    """The answer to a question."""
    response = await client.post(f"/api/chats/{chat}/answer", json={"prompt": prompt})
    assert response.status_code == 200, response.text
    found: Mapping[str, Any] = response.json()
    return found


async def texts(client: httpx2.AsyncClient, chat: str, **query: Any) -> list[str]:
    """What the messages of a chat say."""
    response = await client.get(f"/api/chats/{chat}/messages", params=query)
    assert response.status_code == 200, response.text
    return ["".join(part.get("text", "") for part in one.get("parts", ())) for one in response.json()["messages"]]
