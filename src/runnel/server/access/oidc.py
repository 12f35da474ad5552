"""Logging in with an account elsewhere, by OpenID Connect: the authorization code flow with PKCE, state and nonce.

What the issuer signs is checked by joserfc: the signature by the issuer's published keys, the issuer, that it is meant
for us, its time, and that it answers this very request.
"""

import json
import secrets
import time
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from hashlib import sha256
from typing import Any
from urllib.parse import urlencode, urlsplit

import httpx2
import msgspec
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from ...config import OIDCConfig
from ...errors import ConfigError, NotAllowed, RunnelError, Unauthenticated
from ...users import User, check, sign
from . import cookies
from .identity import Identity
from .login import OIDC_LOGIN, Login

try:
    from joserfc import jwt
    from joserfc.errors import JoseError
    from joserfc.jwk import KeySet
except ImportError:
    raise ConfigError("the setting `oidc` needs more than is installed: pip install 'runnel[oidc]'") from None

__all__ = ["SingleSignOn"]

CALLBACK = "/oidc/callback"
# Whoever takes longer to log in begins again.
_SECONDS = 600
# Clocks of two machines differ by so many seconds.
_LEEWAY = 60
_TIMEOUT = 10.0
# What an issuer tells of itself, and its keys, are asked for anew after so many seconds; keys that are not known, no
# more often than after so many.
_FRESH, _PATIENCE = 3600.0, 30.0
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"]


class _Issuer(msgspec.Struct):
    """What an issuer tells of itself (OpenID Connect Discovery)."""

    issuer: str
    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


class _Asked(msgspec.Struct):
    """What is remembered, in a cookie that only we can write, while somebody is elsewhere. `until` is in Unix
    seconds."""

    state: str
    nonce: str
    verifier: str
    next: str
    until: int


class SingleSignOn:
    """The two pages by which people leave for the issuer and come back."""

    def __init__(self, config: OIDCConfig, identity: Identity, login: Login) -> None:
        self._config = config
        self._identity = identity
        self._login = login
        self._key = secrets.token_bytes(32)
        self._issuer: _Issuer | None = None
        self._keys: KeySet | None = None
        self._found_at = self._keys_at = float("-inf")

    def routes(self) -> list[Route]:
        """The pages' routes: anybody may call them."""
        return [
            Route(OIDC_LOGIN, self._leave, methods=["GET"]),
            Route(CALLBACK, self._come_back, methods=["GET"]),
        ]

    async def _leave(self, request: Request) -> Response:
        try:
            issuer = await self._discovered()
        except RunnelError as error:
            return self._login.refused(request, error)
        asked = _Asked(
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(32),
            secrets.token_urlsafe(64),
            request.query_params.get("next", ""),
            int(time.time()) + _SECONDS,
        )
        challenge = urlsafe_b64encode(sha256(asked.verifier.encode()).digest()).rstrip(b"=").decode()
        query = {
            "response_type": "code",
            "client_id": self._config.client_id,
            "redirect_uri": _redirect_uri(request),
            "scope": " ".join(self._config.scopes),
            "state": asked.state,
            "nonce": asked.nonce,
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        joint = "&" if urlsplit(issuer.authorization_endpoint).query else "?"
        response = RedirectResponse(f"{issuer.authorization_endpoint}{joint}{urlencode(query)}", 303)
        kept = urlsafe_b64encode(msgspec.json.encode(asked)).decode()
        cookies.write(response, request.scope, cookies.OIDC, f"{kept}.{sign(self._key, kept)}", _SECONDS)
        return response

    async def _come_back(self, request: Request) -> Response:
        try:
            response = await self._logged_in(request)
        except RunnelError as error:
            response = self._login.refused(request, error)
        cookies.clear(response, request.scope, cookies.OIDC)
        return response

    async def _logged_in(self, request: Request) -> Response:
        asked = self._asked(cookies.read(request, cookies.OIDC) or "")
        given = request.query_params
        if not secrets.compare_digest(asked.state.encode(), given.get("state", "").encode()):
            raise NotAllowed("this is no answer to what was asked here: log in again")
        if "code" not in given:
            raise Unauthenticated(f"the issuer did not log you in ({given.get('error', 'it gave no reason')[:100]})")
        claims = await self._claims(await self._id_token(request, asked, given["code"]), asked.nonce)
        user = await self._user(claims)
        return await self._login.begin(request, user.id, asked.next)

    def _asked(self, cookie: str) -> _Asked:
        kept, _, signature = cookie.partition(".")
        if check(self._key, kept, signature):
            asked = msgspec.json.decode(urlsafe_b64decode(kept), type=_Asked)
            if asked.until > time.time():
                return asked
        raise NotAllowed("logging in took too long, or was begun elsewhere: log in again")

    async def _id_token(self, request: Request, asked: _Asked, code: str) -> str:
        secret = self._config.client_secret
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": _redirect_uri(request),
            "client_id": self._config.client_id,
            "code_verifier": asked.verifier,
        } | ({} if secret is None else {"client_secret": secret.get_secret_value()})
        answer = await self._ask("POST", (await self._discovered()).token_endpoint, form)
        token = answer.get("id_token")
        if not isinstance(token, str):
            raise Unauthenticated("the issuer did not say who you are: it gave no id_token")
        return token

    async def _claims(self, token: str, nonce: str) -> Mapping[str, Any]:
        """What the issuer signed. Raises Unauthenticated where anything of it is not as it must be."""
        wanted = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY,
            iss={"essential": True, "value": (await self._discovered()).issuer},
            aud={"essential": True, "value": self._config.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = await self._signed(token)
            wanted.validate(claims)
        except (JoseError, ValueError, TypeError) as error:
            raise Unauthenticated(f"what the issuer signed is not accepted ({type(error).__name__})") from None
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if claims.get("azp", self._config.client_id) != self._config.client_id or (several and "azp" not in claims):
            raise Unauthenticated("what the issuer signed is meant for another program")
        return claims

    async def _signed(self, token: str) -> dict[str, Any]:
        try:
            return jwt.decode(token, await self._key_set(_FRESH), algorithms=_ALGORITHMS).claims
        except (JoseError, ValueError):  # signed with a key that is new
            return jwt.decode(token, await self._key_set(_PATIENCE), algorithms=_ALGORITHMS).claims

    async def _user(self, claims: Mapping[str, Any]) -> User:
        """The user whose account that is; made, or found by their address, where the settings allow it. Raises
        NotAllowed."""
        users = self._identity.directory.users
        issuer, subject = str(claims["iss"]), str(claims["sub"])
        email = str(claims.get("email", "")).casefold()
        verified = claims.get("email_verified") is True
        config = self._config
        domain = email.rpartition("@")[2]
        listed = verified and (email in map(str.casefold, config.emails) or domain in map(str.casefold, config.domains))
        if (config.domains or config.emails) and not listed:
            raise NotAllowed("this account may not log in here: its address is not among those that are allowed")
        found = await users.by_subject(issuer, subject)
        if found is not None:
            return found
        if verified and any(one.name.casefold() == email for one in await users.all()):
            return await users.link(email, issuer, subject)
        if not (config.create_users and listed):
            raise NotAllowed("this account is no user here: ask whoever runs the server for one")
        user = await users.add(email, issuer=issuer, subject=subject)
        self._identity.directory.forget()
        return user

    async def _discovered(self) -> _Issuer:
        now = time.monotonic()
        if self._issuer is None or now - self._found_at > _FRESH:
            url = self._config.issuer.rstrip("/") + "/.well-known/openid-configuration"
            try:
                found = msgspec.convert(await self._ask("GET", url), _Issuer)
            except msgspec.ValidationError as error:
                raise ConfigError(f"{url} is not what an issuer tells of itself: {error}") from None
            if found.issuer.rstrip("/") != self._config.issuer.rstrip("/"):
                raise ConfigError(f"{url} is not of the issuer {self._config.issuer}, but of {found.issuer}")
            self._issuer, self._found_at = found, now
        return self._issuer

    async def _key_set(self, fresh: float) -> KeySet:
        now = time.monotonic()
        if self._keys is None or now - self._keys_at > fresh:
            answer: Any = await self._ask("GET", (await self._discovered()).jwks_uri)
            self._keys, self._keys_at = KeySet.import_key_set(answer), now
        return self._keys

    async def _ask(self, method: str, url: str, form: Mapping[str, str] | None = None) -> dict[str, Any]:
        """What the issuer answers. Raises Unauthenticated, without what was sent."""
        try:
            async with httpx2.AsyncClient(timeout=_TIMEOUT) as client:
                response = await client.request(method, url, data=form, headers={"Accept": "application/json"})
            answer = json.loads(response.content)
        except (httpx2.HTTPError, ValueError) as error:
            raise Unauthenticated(f"the issuer cannot be asked now ({type(error).__name__}): try again") from None
        if response.status_code != 200 or not isinstance(answer, dict):
            raise Unauthenticated(f"the issuer refused (status {response.status_code}): try again")
        return answer


def _redirect_uri(request: Request) -> str:
    root = request.scope.get("root_path", "")
    return f"{request.url.scheme}://{request.url.netloc}{root}{CALLBACK}"
