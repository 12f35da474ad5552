"""An OpenID Connect issuer on a socket: it hands out what a test says, signed with a key of its own."""

import time
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any
from urllib.parse import parse_qsl, urlencode

from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from tests.server.serving import served

CLIENT, SECRET = "runnel-here", "a secret that only the issuer knows"


class Issuer:
    """`claims` are changed, and `key` is replaced, by tests that want a wrong answer; `asked` is what the endpoint of
    tokens was asked with, `page` what the authorization page was."""

    def __init__(self) -> None:
        self.url = ""
        self.published: list[Any] = [RSAKey.generate_key(2048, {"kid": "one"})]
        self.key: Any = self.published[0]
        self.algorithm = "RS256"
        self.claims: dict[str, Any] = {}
        self.page: dict[str, str] = {}
        self.asked: list[dict[str, str]] = []

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/.well-known/openid-configuration", self._about),
                Route("/keys", self._keys),
                Route("/authorize", self._authorize),
                Route("/token", self._token, methods=["POST"]),
            ]
        )

    async def _about(self, request: Request) -> Response:
        urls = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys"}
        return JSONResponse({"issuer": self.url} | {name: f"{self.url}/{path}" for name, path in urls.items()})

    async def _keys(self, request: Request) -> Response:
        return JSONResponse(KeySet(self.published).as_dict(private=False))

    async def _authorize(self, request: Request) -> Response:
        """Whoever comes consents."""
        self.page = dict(request.query_params)
        back = urlencode({"code": "the-code", "state": self.page["state"]})
        return RedirectResponse(f"{self.page['redirect_uri']}?{back}")

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode()))
        self.asked.append(form)
        challenge = urlsafe_b64encode(sha256(form.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        right = {"client_id": CLIENT, "client_secret": SECRET, "code": "the-code", "grant_type": "authorization_code"}
        if challenge != self.page["code_challenge"] or not right.items() <= form.items():
            return JSONResponse({"error": "invalid_grant"}, 400)
        now = int(time.time())
        claims = {
            "iss": self.url,
            "aud": CLIENT,
            "sub": "subject-1",
            "iat": now,
            "exp": now + 60,
            "nonce": self.page["nonce"],
            "email": "Ada@example.com",
            "email_verified": True,
        } | self.claims
        header = {"alg": self.algorithm, "kid": getattr(self.key, "kid", None) or "one"}
        given = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(header, given, self.key, algorithms=[self.algorithm])
        return JSONResponse({"access_token": "x", "token_type": "Bearer", "id_token": token})


@asynccontextmanager
async def an_issuer() -> AsyncIterator[Issuer]:
    """An issuer that is there."""
    issuer = Issuer()
    async with served(issuer.app()) as issuer.url:
        yield issuer
