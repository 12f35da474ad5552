"""The rows of users, their tokens and their sessions."""

import re
import time
import unicodedata
from typing import Any

import apsw
import msgspec

from ..database import Database
from ..errors import InvalidRequest, NameTaken, UnknownToken, UnknownUser
from ..ids import new_id
from .passwords import Passwords
from .secrets import digest, new_secret, prefix

__all__ = ["Credential", "Token", "User", "Users"]

_NAME = re.compile(r"[\w.@+-]{1,254}")


class User(msgspec.Struct, frozen=True):
    """A user. Times are Unix milliseconds; `tokens` is how many they have that were not revoked, `issuer` who vouches
    for them where they log in by OpenID Connect."""

    id: str
    name: str
    created_at: int
    has_password: bool
    tokens: int
    issuer: str | None = None


class Token(msgspec.Struct, frozen=True):
    """A token, without its secret. Times are Unix milliseconds; `used_at` is right to the hour."""

    id: str
    prefix: str
    created_at: int
    expires_at: int | None
    used_at: int | None


class Credential(msgspec.Struct, frozen=True):
    """Whose a secret is. `token` is the id of the token, None for a browser's session."""

    user: str
    name: str
    expires_at: int | None
    token: str | None = None
    used_at: int | None = None


_USER = (
    "id, name, created_at, password IS NOT NULL, (SELECT count(*) FROM tokens t WHERE t.user = users.id), issuer"
    " FROM users"
)


class Users:
    """Users in a `Database` that was opened with `MIGRATIONS`."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._passwords = Passwords()

    async def add(
        self, name: str, *, password: str | None = None, issuer: str | None = None, subject: str | None = None
    ) -> User:
        """A new user. `issuer` and `subject` name their account elsewhere. Raises NameTaken; InvalidRequest where the
        name has signs that it must not have, or the password too few."""
        plain = unicodedata.normalize("NFKC", name)
        if not _NAME.fullmatch(plain):
            raise InvalidRequest(f"{name!r} cannot be a user's name: letters, digits and . _ - + @ can be in one")
        hashed = None if password is None else await self._passwords.hash(password)
        values = (new_id("user"), plain, plain.casefold(), hashed, issuer, subject, _now())

        def work(connection: apsw.Connection) -> User:
            if _find(connection, plain) is not None:
                raise NameTaken(f"there is a user {plain} already", user=plain)
            connection.execute("INSERT INTO users VALUES (?, ?, ?, ?, ?, ?, ?)", values)
            _changed(connection)
            return _get(connection, plain)

        return await self._database.write(work)

    async def all(self) -> list[User]:
        """All users, by their names."""
        sql = f"SELECT {_USER} ORDER BY folded"
        return await self._database.read(lambda connection: [_user(row) for row in connection.execute(sql)])

    async def get(self, name: str) -> User:
        """The user of that name, however it is capitalised. Raises UnknownUser."""
        return await self._database.read(lambda connection: _get(connection, name))

    async def by_subject(self, issuer: str, subject: str) -> User | None:
        """Whose account elsewhere that is."""
        sql = f"SELECT {_USER} WHERE issuer = ? AND subject = ?"

        def work(connection: apsw.Connection) -> User | None:
            row = connection.execute(sql, (issuer, subject)).fetchone()
            return None if row is None else _user(row)

        return await self._database.read(work)

    async def link(self, name: str, issuer: str, subject: str) -> User:
        """That account elsewhere is this user's from now on. Raises UnknownUser; NameTaken where they have another."""

        def work(connection: apsw.Connection) -> User:
            user = _get(connection, name)
            if user.issuer is not None:
                raise NameTaken(f"the user {user.name} logs in with another account", user=user.name)
            connection.execute("UPDATE users SET issuer = ?, subject = ? WHERE id = ?", (issuer, subject, user.id))
            return _get(connection, name)

        return await self._database.write(work)

    async def remove(self, name: str) -> User:
        """Remove a user, their tokens and their sessions. What they made stays, under an id that nobody has any more.
        Raises UnknownUser."""

        def work(connection: apsw.Connection) -> User:
            user = _get(connection, name)
            connection.execute("DELETE FROM users WHERE id = ?", (user.id,))
            _changed(connection)
            return user

        return await self._database.write(work)

    async def set_password(self, name: str, password: str | None) -> None:
        """Change a user's password, or take it away, and end their sessions. Raises UnknownUser, InvalidRequest."""
        hashed = None if password is None else await self._passwords.hash(password)

        def work(connection: apsw.Connection) -> None:
            user = _get(connection, name)
            connection.execute("UPDATE users SET password = ? WHERE id = ?", (hashed, user.id))
            connection.execute("DELETE FROM sessions WHERE user = ?", (user.id,))
            _changed(connection)

        await self._database.write(work)

    async def by_password(self, name: str, password: str) -> User | None:
        """The user who has that name and that password. That nobody has the name takes as long to find out."""

        def work(connection: apsw.Connection) -> tuple[User, str | None] | None:
            user = _find(connection, name)
            if user is None:
                return None
            hashed: Any = connection.execute("SELECT password FROM users WHERE id = ?", (user.id,)).get
            return user, hashed

        found = await self._database.read(work)
        right = await self._passwords.verify(None if found is None else found[1], password)
        return found[0] if right and found is not None else None

    async def add_token(self, name: str, lifetime: float | None = None) -> tuple[Token, str]:
        """A new token, and its secret, which is kept nowhere. `lifetime` is in seconds. Raises UnknownUser."""
        secret, now = new_secret(), _now()
        expires = None if lifetime is None else now + int(lifetime * 1000)
        token = Token(new_id("token"), prefix(secret), now, expires, None)

        def work(connection: apsw.Connection) -> None:
            user = _get(connection, name)
            connection.execute(
                "INSERT INTO tokens VALUES (?, ?, ?, ?, ?, ?, NULL)",
                (token.id, digest(secret), user.id, token.prefix, now, expires),
            )

        await self._database.write(work)
        return token, secret

    async def tokens(self, name: str) -> list[Token]:
        """A user's tokens, the oldest first. Raises UnknownUser."""
        sql = "SELECT id, prefix, created_at, expires_at, used_at FROM tokens WHERE user = ? ORDER BY created_at, id"

        def work(connection: apsw.Connection) -> list[Token]:
            rows: Any = connection.execute(sql, (_get(connection, name).id,))
            return [Token(*row) for row in rows]

        return await self._database.read(work)

    async def revoke(self, name: str, token: str) -> None:
        """A token of that user is worth nothing any more. Raises UnknownUser, UnknownToken."""

        def work(connection: apsw.Connection) -> None:
            user = _get(connection, name)
            connection.execute("DELETE FROM tokens WHERE id = ? AND user = ?", (token, user.id))
            if not connection.changes():
                raise UnknownToken(f"{user.name} has no token {token}", token=token)
            _changed(connection)

        await self._database.write(work)

    async def add_session(self, user: str, lifetime: float) -> str:
        """The secret of a new session of the user with that id, for `lifetime` seconds. Raises UnknownUser."""
        secret, now = new_secret(), _now()

        def work(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM sessions WHERE expires_at <= ?", (now,))
            if connection.execute("SELECT 1 FROM users WHERE id = ?", (user,)).fetchone() is None:
                raise UnknownUser(f"there is no user {user}", user=user)
            values = (digest(secret), user, now, now + int(lifetime * 1000))
            connection.execute("INSERT INTO sessions VALUES (?, ?, ?, ?)", values)

        await self._database.write(work)
        return secret

    async def end_session(self, secret: str) -> None:
        """A session is over. That it never was is no error."""

        def work(connection: apsw.Connection) -> None:
            connection.execute("DELETE FROM sessions WHERE hash = ?", (digest(secret),))
            if connection.changes():
                _changed(connection)

        await self._database.write(work)

    async def end_sessions(self, name: str) -> int:
        """Log a user out everywhere; returns of how many browsers. Raises UnknownUser."""

        def work(connection: apsw.Connection) -> int:
            connection.execute("DELETE FROM sessions WHERE user = ?", (_get(connection, name).id,))
            ended = connection.changes()
            _changed(connection)
            return ended

        return await self._database.write(work)

    async def state(self) -> tuple[int, bool]:
        """A number that another one follows when something that was looked up no longer holds; and whether there is
        any user."""
        sql = "SELECT version, EXISTS (SELECT 1 FROM users) FROM users_version"

        def work(connection: apsw.Connection) -> tuple[int, bool]:
            row: Any = connection.execute(sql).get
            return int(row[0]), bool(row[1])

        return await self._database.look(work)

    async def find(self, hash: bytes) -> Credential | None:
        """Whose the secret is that has this digest."""
        sql = (
            "SELECT u.id, u.name, s.expires_at, s.token, s.used_at FROM (SELECT user, expires_at, id AS token, used_at"
            " FROM tokens WHERE hash = :hash UNION ALL SELECT user, expires_at, NULL, NULL FROM sessions"
            " WHERE hash = :hash) s JOIN users u ON u.id = s.user"
        )

        def work(connection: apsw.Connection) -> Credential | None:
            row: Any = connection.execute(sql, {"hash": hash}).fetchone()
            return None if row is None else Credential(*row)

        return await self._database.read(work)

    async def used(self, token: str, at: int) -> None:
        """A token was used."""

        def work(connection: apsw.Connection) -> None:
            connection.execute("UPDATE tokens SET used_at = ? WHERE id = ?", (at, token))

        await self._database.write(work)


def _now() -> int:
    return time.time_ns() // 1_000_000


def _changed(connection: apsw.Connection) -> None:
    connection.execute("UPDATE users_version SET version = version + 1")


def _user(row: Any) -> User:
    id, name, created_at, has_password, tokens, issuer = row
    return User(id, name, created_at, bool(has_password), tokens, issuer)


def _find(connection: apsw.Connection, name: str) -> User | None:
    folded = unicodedata.normalize("NFKC", name).casefold()
    row = connection.execute(f"SELECT {_USER} WHERE folded = ?", (folded,)).fetchone()
    return None if row is None else _user(row)


def _get(connection: apsw.Connection, name: str) -> User:
    found = _find(connection, name)
    if found is None:
        raise UnknownUser(f"there is no user {name}", user=name)
    return found
