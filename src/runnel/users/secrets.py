"""Secrets that a machine makes: 256 random bits. Nobody guesses them, so a plain hash of them is safe to keep."""

import hashlib
import hmac
import secrets

__all__ = ["check", "digest", "new_secret", "prefix", "sign"]

# What begins a token, so that a program that looks for secrets in files finds it.
_TOKEN = "rnl_"


def new_secret() -> str:
    """A new secret: 256 bits, in signs that need no quoting anywhere."""
    return _TOKEN + secrets.token_urlsafe(32)


def prefix(secret: str) -> str:
    """What may be shown of a secret, to tell it from others: 24 of its bits."""
    return secret[: len(_TOKEN) + 4]


def digest(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def sign(key: bytes, text: str) -> str:
    """A signature of `text` that only who has `key` can make."""
    return hmac.new(key, text.encode("utf-8", "surrogateescape"), hashlib.sha256).hexdigest()


def check(key: bytes, text: str, signature: str) -> bool:
    """Whether `signature` is `text`'s, in a time that does not tell how much of it is right."""
    return hmac.compare_digest(sign(key, text).encode(), signature.encode("utf-8", "surrogateescape"))
