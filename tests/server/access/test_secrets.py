"""Keys, tokens, cookies, passwords and prompts, in a server that runs: in which files each is afterwards."""

import signal
from pathlib import Path

import httpx2
import msgspec
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from runnel import Runnel
from runnel.testing.upstream import Upstream
from tests.server.access.test_login import log_in
from tests.server.people import PASSWORD, settings
from tests.server.processes import serving

KEY = "sk-a-key-of-a-vendor-that-nobody-may-see"
PROMPT = "a-prompt-that-only-its-writer-may-see"
SAID = "an-answer-that-only-its-reader-may-see"


def has(place: Path, secret: str) -> list[str]:
    """The files below a folder that a secret is in."""
    return [file.name for file in place.rglob("*") if file.is_file() and secret.encode() in file.read_bytes()]


@pytest.mark.parametrize("style", ["text", "json"])
async def test_no_secret_is_in_a_log_an_error_or_a_file_that_need_not_have_it(tmp_path: Path, style: str) -> None:
    async with Upstream(tokens=[SAID]) as upstream, Upstream(status=401, key="another") as refusing:
        providers = {
            "vendor": {"base_url": upstream.url, "api_key": KEY},
            "wrong": {"base_url": refusing.url, "api_key": KEY},
        }
        (tmp_path / "data").mkdir()
        async with Runnel(f"sqlite:///{tmp_path}/data/runnel.db", config=settings()) as app:
            await app.users.add("ada", password=PASSWORD)
            _, token = await app.users.add_token("ada")
        variables = {
            "RUNNEL_PROVIDERS": msgspec.json.encode(providers).decode(),
            "RUNNEL_SERVER__MODELS": '["vendor:any", "wrong:any"]',
        }
        async with serving(tmp_path, upstream, "any", "--log", style, **variables) as server:
            async with httpx2.AsyncClient(base_url=server.url, timeout=30) as client:
                errors = await use(client, token)
                session = client.cookies["runnel"]
                url = server.url.replace("http", "ws") + f"/api/live?token={token}"
                with pytest.raises(InvalidStatus) as caught:
                    async with connect(url, additional_headers={"Authorization": f"Bearer {token}x"}):
                        pass
                errors += str(caught.value.response)
            server.send(signal.SIGTERM)
            assert await server.ended() == 0
        log = server.errors.read_text()
    assert "/api/chats" in log, "the log says what is asked"
    for secret in (KEY, token, session, PASSWORD):
        assert secret not in log
        assert secret not in errors
        assert has(tmp_path, secret) == []
    for text in (PROMPT, SAID):
        assert text not in log
        assert all(name.startswith("runnel.db") for name in has(tmp_path, text))
    assert has(tmp_path, PROMPT)


async def use(client: httpx2.AsyncClient, token: str) -> str:
    """Do what people do, right and wrong; returns what the errors said."""
    known = {"Authorization": f"Bearer {token}"}
    chat = (await client.post("/api/chats", json={"model": "vendor:any"}, headers=known)).json()["id"]
    answer = await client.post(f"/api/chats/{chat}/answer", json={"prompt": PROMPT}, headers=known)
    assert answer.json()["parts"][0]["text"] == SAID
    wrong = (await client.post("/api/chats", json={"model": "wrong:any"}, headers=known)).json()["id"]
    failed = await client.post(f"/api/chats/{wrong}/answer", json={"prompt": PROMPT}, headers=known)
    assert failed.json()["status"] == "failed"
    assert (await log_in(client)).status_code == 303
    said = [failed.json()["error"]]
    for response in (
        await client.get(f"/api/chats?token={token}&q={PROMPT}", headers={"Authorization": f"Bearer {token}x"}),
        await client.get("/api/chats", headers={"Authorization": f"Basic {token}"}),
        await client.get(f"/api/chats/{PROMPT[:3]}", headers={"Host": "evil.example"} | known),
        await client.post("/api/chats", json={"model": "none:such"}, headers=known),
        await client.post(f"/api/chats/{chat}/answer", json={"prompt": 7, "more": PROMPT}, headers=known),
        await client.post(f"/api/chats/{chat}/answer", content=PROMPT.encode(), headers=known),
        await client.post("/api/chats", json={}, headers={"Origin": "https://evil.example"}),
        await log_in(client, "ada", PASSWORD[:-1]),
    ):
        assert response.status_code >= 400
        said.append(response.text)
    return str(said)
