"""Users of a server, and what they show to be known: tokens, passwords, sessions of browsers. What belongs to whom is
the other rooms' matter: they are given a user's id."""

from .directory import Directory
from .passwords import Passwords
from .schema import MIGRATIONS
from .secrets import check, digest, new_secret, sign
from .users import Credential, Token, User, Users

__all__ = [
    "MIGRATIONS",
    "Credential",
    "Directory",
    "Passwords",
    "Token",
    "User",
    "Users",
    "check",
    "digest",
    "new_secret",
    "sign",
]
