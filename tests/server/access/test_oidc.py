"""Logging in with an account elsewhere: what the issuer must have signed, and for whom it opens."""

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx2
import pytest

pytest.importorskip("joserfc", reason="the extra `oidc` is not installed")

from joserfc.jwk import OctKey, RSAKey
from pydantic import SecretStr

from runnel.config import OIDCConfig
from runnel.server.access import oidc
from tests.server.access.issuer import CLIENT, SECRET, Issuer, an_issuer
from tests.server.people import Town, a_town, settings

PAGE = {"Accept": "text/html"}


@pytest.fixture
async def issuer() -> AsyncIterator[Issuer]:
    async with an_issuer() as issuer:
        yield issuer


@pytest.fixture
async def town(tmp_path: Path, issuer: Issuer) -> AsyncIterator[Town]:
    """Where everybody with an address at example.com is made a user."""
    async with a_town(tmp_path, config_of(issuer, domains=("example.com",), create_users=True)) as town:
        yield town


def config_of(issuer: Issuer, **options: Any) -> Any:
    return settings(oidc=OIDCConfig(issuer=issuer.url, client_id=CLIENT, client_secret=SecretStr(SECRET), **options))


async def leave(browser: httpx2.AsyncClient, issuer: Issuer, next: str = "/") -> None:
    """Follow the link of the page, to the issuer's."""
    left = await browser.get("/oidc/login", params={"next": next})
    assert left.status_code == 303
    assert left.headers["location"].startswith(f"{issuer.url}/authorize?")
    issuer.page = dict(parse_qsl(urlsplit(left.headers["location"]).query))


async def log_in(browser: httpx2.AsyncClient, issuer: Issuer, next: str = "/", **changes: str) -> httpx2.Response:
    """Leave, and come back as the issuer would send us."""
    await leave(browser, issuer, next)
    return await browser.get("/oidc/callback", params={"code": "the-code", "state": issuer.page["state"]} | changes)


async def is_in(browser: httpx2.AsyncClient) -> bool:
    return (await browser.get("/api/chats")).status_code == 200


async def test_who_logs_in_elsewhere_is_a_user_here(town: Town, issuer: Issuer) -> None:
    async with town.client() as browser:
        assert "/oidc/login" in (await browser.get("/login")).text
        done = await log_in(browser, issuer, next="/?chat=1")
        assert (done.status_code, done.headers["location"]) == (303, "/?chat=1")
        assert await is_in(browser)
        assert issuer.page["code_challenge_method"] == "S256"
        assert issuer.page["redirect_uri"] == f"{town.url}/oidc/callback" == issuer.asked[0]["redirect_uri"]
        issuer.claims = {"email": "ada.new@example.com"}
        await log_in(browser, issuer)
        assert [user.name for user in await town.app.users.all()] == ["ada", "ada@example.com", "ben"]


WRONG: dict[str, dict[str, Any]] = {
    "another issuer's": {"iss": "https://evil.example"},
    "for another program": {"aud": "another"},
    "for several, not us": {"aud": ["another", "third"]},
    "for several, by another": {"aud": [CLIENT, "another"], "azp": "another"},
    "for several, by nobody": {"aud": [CLIENT, "another"]},
    "an answer to another request": {"nonce": "another"},
    "an answer to none": {"nonce": None},
    "over": {"exp": int(time.time()) - 3600},
    "without an end": {"exp": None},
    "not yet": {"nbf": int(time.time()) + 3600},
    "of the future": {"iat": int(time.time()) + 3600},
    "of nobody": {"sub": None},
    "of no known form": {"exp": "soon"},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG.keys())
async def test_what_is_signed_but_not_for_this_is_refused(town: Town, issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.claims = claims
    async with town.client() as browser:
        refused = await log_in(browser, issuer)
        assert (refused.status_code, refused.json()["code"]) == (401, "misuse.unauthenticated")
        assert not await is_in(browser)
    assert len(await town.app.users.all()) == 2


async def test_what_another_key_signed_is_refused(town: Town, issuer: Issuer) -> None:
    async with town.client() as browser:
        for key, algorithm in (
            (RSAKey.generate_key(2048, {"kid": "one"}), "RS256"),
            (OctKey.import_key(SECRET, {"kid": "one"}), "HS256"),
        ):
            issuer.key, issuer.algorithm = key, algorithm
            assert (await log_in(browser, issuer)).status_code == 401
            assert not await is_in(browser)


async def test_a_key_that_is_new_is_asked_for(town: Town, issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oidc, "_PATIENCE", 0.0)
    async with town.client() as browser:
        assert (await log_in(browser, issuer)).status_code == 303
        issuer.key = RSAKey.generate_key(2048, {"kid": "two"})
        issuer.published = [issuer.key]
        assert (await log_in(browser, issuer)).status_code == 303


async def test_an_answer_that_was_not_asked_for_here_is_refused(town: Town, issuer: Issuer) -> None:
    async with town.client() as browser, town.client() as victim:
        await leave(browser, issuer)
        query = {"code": "the-code", "state": issuer.page["state"]}
        for wrong in ({"state": "another"}, {"state": ""}, {"state": "é"}):
            await leave(browser, issuer)
            assert (await browser.get("/oidc/callback", params=query | wrong)).status_code == 403
        await leave(browser, issuer)
        query["state"] = issuer.page["state"]
        assert (await victim.get("/oidc/callback", params=query)).status_code == 403
        forged = {"Cookie": "runnel-oidc=" + browser.cookies["runnel-oidc"].rpartition(".")[0] + ".00"}
        assert (await victim.get("/oidc/callback", params=query, headers=forged)).status_code == 403
        assert (await browser.get("/oidc/callback", params=query)).status_code == 303
        assert (await browser.get("/oidc/callback", params=query)).status_code == 403


async def test_an_issuer_that_says_no_is_told_on_the_page(town: Town, issuer: Issuer) -> None:
    async with town.client(headers=PAGE) as browser:
        await leave(browser, issuer)
        query = {"error": "access_denied<script>", "state": issuer.page["state"]}
        page = await browser.get("/oidc/callback", params=query)
        assert page.status_code == 401
        assert "access_denied&lt;script&gt;" in page.text


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "ada@evil.example"},
        {"email": "ada@example.com.evil.example"},
        {"email": "ada@evil.example@example.org"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": None},
    ],
)
async def test_who_is_not_listed_may_not(town: Town, issuer: Issuer, claims: dict[str, Any]) -> None:
    issuer.claims = claims
    async with town.client() as browser:
        assert (await log_in(browser, issuer)).status_code == 403
        assert not await is_in(browser)


async def test_without_being_made_only_who_is_a_user_may(tmp_path: Path, issuer: Issuer) -> None:
    async with a_town(tmp_path, config_of(issuer), names=("ben",)) as town, town.client() as browser:
        assert (await log_in(browser, issuer)).status_code == 403
        ada = await town.app.users.add("ada@example.com")
        assert (await log_in(browser, issuer)).status_code == 303
        assert (await town.app.users.by_subject(issuer.url, "subject-1")) == await town.app.users.get(ada.name)
        issuer.claims = {"sub": "subject-2"}
        assert (await log_in(browser, issuer)).status_code == 409, "another account with the same address is not ada"


async def test_an_issuer_that_cannot_be_asked_is_told_on_the_page(tmp_path: Path, issuer: Issuer) -> None:
    config = config_of(issuer).model_copy()
    gone = config.oidc.model_copy(update={"issuer": f"{issuer.url}/nowhere"})
    async with a_town(tmp_path, config.model_copy(update={"oidc": gone})) as town, town.client(headers=PAGE) as browser:
        page = await browser.get("/oidc/login")
        assert page.status_code == 401
        assert 'role="alert"' in page.text


async def test_no_secret_of_the_issuer_is_told(town: Town, issuer: Issuer, caplog: pytest.LogCaptureFixture) -> None:
    issuer.claims = {"aud": "another"}
    async with town.client() as browser:
        refused = await log_in(browser, issuer)
        assert SECRET not in refused.text
        assert SECRET not in caplog.text
