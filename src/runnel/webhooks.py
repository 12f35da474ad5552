"""Signed webhooks, by the Standard Webhooks specification (symmetric signatures, `v1`), for those who send notices and
for those who receive them. Knows nothing of how they travel.

    notice = verify(request.headers, await request.body(), secret)
"""

import base64
import binascii
import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import msgspec

from .errors import ConfigError, SignatureInvalid
from .vocabulary.notices import Notice, NoticeType

__all__ = ["Notice", "encode", "key_of", "new_secret", "sign", "verify"]

_PREFIX = "whsec_"
# How far, in seconds, a sender's clock may be from ours; what is older may have been recorded and sent again.
TOLERANCE = 300


class _Body(msgspec.Struct, frozen=True):
    type: NoticeType
    timestamp: str
    data: Notice


_body: msgspec.json.Decoder[_Body] = msgspec.json.Decoder(_Body)


def new_secret() -> str:
    """A new secret, for the sender and its receivers."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(32)).decode()


def key_of(secret: str) -> bytes:
    """The key that a secret stands for: base64 after `whsec_`. Raises ConfigError, which does not repeat the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) < 16:
        raise ConfigError(
            "a webhook's secret is `whsec_` and at least 16 bytes in base64: runnel.webhooks.new_secret()"
        )
    return key


def encode(notice: Notice) -> bytes:
    """The body of a webhook: `type`, `timestamp` (ISO 8601) and `data`, which is the notice."""
    at = datetime.fromtimestamp(notice.at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return msgspec.json.encode(_Body(notice.type, at, notice))


def sign(id: str, timestamp: int, body: bytes, secret: str) -> str:
    """The `webhook-signature` of a body. Raises ConfigError for what is no secret."""
    signed = hmac.digest(key_of(secret), f"{id}.{timestamp}.".encode() + body, hashlib.sha256)
    return f"v1,{base64.b64encode(signed).decode()}"


def verify(headers: Mapping[str, str], body: bytes, secret: str | Sequence[str], *, now: float | None = None) -> Notice:
    """The notice that a request carries, once it is sure that its sender has the secret, or one of several while one
    takes another's place.

    `headers` in whichever case; `body` as it came, to the byte; `now` in Unix seconds. A notice may come more than
    once: its `id` tells. Raises SignatureInvalid; ConfigError for what is no secret.
    """
    given = {name.lower(): value for name, value in headers.items()}
    id, at, signatures = (given.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    if not (id and at and signatures):
        raise SignatureInvalid("the request has no webhook-id, webhook-timestamp or webhook-signature")
    if not (at.isascii() and at.isdecimal()):
        raise SignatureInvalid("the request's webhook-timestamp is no number of seconds")
    if abs(int(at) - (time.time() if now is None else now)) > TOLERANCE:
        raise SignatureInvalid("the request's webhook-timestamp is too old, or too far ahead")
    accepted = [sign(id, int(at), body, one) for one in ([secret] if isinstance(secret, str) else secret)]
    # Every pair is compared, so that the time taken tells nothing.
    matches = [
        hmac.compare_digest(signature.encode(), one.encode()) for signature in signatures.split() for one in accepted
    ]
    if not any(matches):
        raise SignatureInvalid("the request is not signed with this secret, or was changed on its way")
    try:
        return _body.decode(body).data
    except msgspec.DecodeError as error:
        raise SignatureInvalid(f"the request is signed, and is no notice: {error}") from error
