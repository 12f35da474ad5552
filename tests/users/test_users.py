"""Who is there, what shows that it is them, and how soon that no longer holds."""

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from runnel.database import Database
from runnel.errors import InvalidRequest, NameTaken, UnknownToken, UnknownUser
from runnel.users import MIGRATIONS, Directory, Passwords, Users, digest
from runnel.users import directory as directories
from tests.apps import until_true

PASSWORD = "correct horse battery"


@pytest.fixture
async def users(tmp_path: Path) -> AsyncIterator[Users]:
    database = Database(tmp_path / "users.db")
    await database.open(MIGRATIONS)
    yield Users(database)
    await database.close()


@pytest.fixture
def looks_always(monkeypatch: pytest.MonkeyPatch) -> None:
    """A directory that looks at every request what has changed."""
    monkeypatch.setattr(directories, "LOOK_SECONDS", 0.0)


async def test_a_name_is_one_user_however_it_is_written(users: Users) -> None:
    ada = await users.add("Ada")
    assert (await users.get("ADA")).id == ada.id
    for name in ("ada", "\uff21\uff24\uff21", "Ada"):
        with pytest.raises(NameTaken):
            await users.add(name)
    assert [user.name for user in await users.all()] == ["Ada"]


@pytest.mark.parametrize("name", ["", " ", "a b", "a\nb", "a/b", "<b>", "x" * 255, "\ud800"])
async def test_a_name_that_could_deceive_is_refused(users: Users, name: str) -> None:
    with pytest.raises(InvalidRequest):
        await users.add(name)


async def test_a_name_that_is_free_again_is_another_user(users: Users) -> None:
    first = await users.add("ada")
    await users.remove("ada")
    assert (await users.add("ada")).id != first.id


async def test_no_secret_lies_in_the_database(users: Users, tmp_path: Path) -> None:
    ada = await users.add("ada", password=PASSWORD)
    _, token = await users.add_token("ada")
    session = await users.add_session(ada.id, 60)
    content = b"".join([file.read_bytes() for file in tmp_path.iterdir()])
    for secret in (PASSWORD, token, session):
        assert secret.encode() not in content
    assert digest(token) in content
    assert token[4:] not in repr(await users.tokens("ada"))


async def test_a_password_is_checked_and_one_of_nobody_takes_the_same_work(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    await users.add("ada", password=PASSWORD)
    await users.add("ben")
    checked: list[str | None] = []
    verify = Passwords._verify

    def noting(self: Passwords, hashed: str | None, password: str) -> bool:
        checked.append(hashed)
        return verify(self, hashed, password)

    monkeypatch.setattr(Passwords, "_verify", noting)
    assert (await users.by_password("ada", PASSWORD)) is not None
    for name, password in (
        ("ada", "wrong"),
        ("ada", ""),
        ("ben", PASSWORD),
        ("nobody", PASSWORD),
        ("nobody", "nobody's"),
    ):
        assert await users.by_password(name, password) is None
    assert len(checked) == 6, "each attempt costs one check, whoever it is of"


@pytest.mark.parametrize("password", ["short", "x" * 1025])
async def test_a_password_too_short_or_too_long_is_refused(users: Users, password: str) -> None:
    with pytest.raises(InvalidRequest):
        await users.add("ada", password=password)
    assert await users.all() == []


async def test_what_is_unknown_is_named(users: Users) -> None:
    with pytest.raises(UnknownUser, match="ada"):
        await users.add_token("ada")
    await users.add("ada")
    await users.add("ben")
    token, _ = await users.add_token("ben")
    with pytest.raises(UnknownToken):
        await users.revoke("ada", token.id)


async def test_a_token_holds_until_it_is_revoked_or_its_time_is_over(users: Users, looks_always: None) -> None:
    directory = Directory(users)
    ada = await users.add("ada")
    token, secret = await users.add_token("ada")
    _, short = await users.add_token("ada", -1)
    found = await directory.find(secret)
    assert found is not None
    assert (found.user, found.token) == (ada.id, token.id)
    assert await directory.find(short) is None
    assert await directory.find(secret + "x") is None
    await users.revoke("ada", token.id)
    assert await directory.find(secret) is None


async def test_a_session_ends_with_its_time_a_new_password_or_a_word(users: Users, looks_always: None) -> None:
    directory = Directory(users)
    ada = await users.add("ada")

    async def begun() -> str:
        secret = await users.add_session(ada.id, 60)
        assert await directory.find(secret) is not None
        return secret

    first = await begun()
    await users.set_password("ada", PASSWORD)
    second = await begun()
    await users.end_sessions("ada")
    third, fourth = await begun(), await begun()
    await users.end_session(third)
    over = await users.add_session(ada.id, 0)
    assert [await directory.find(secret) is not None for secret in (first, second, third, fourth, over)] == [
        *[False] * 3,
        True,
        False,
    ]


async def test_who_is_removed_is_known_no_more(users: Users, looks_always: None) -> None:
    directory = Directory(users)
    ada = await users.add("ada")
    secrets = [(await users.add_token("ada"))[1], await users.add_session(ada.id, 60)]
    assert all([await directory.find(secret) for secret in secrets])
    await users.remove("ada")
    assert not any([await directory.find(secret) for secret in secrets])


async def test_removing_the_last_user_opens_nothing(users: Users, looks_always: None) -> None:
    directory = Directory(users)
    assert not await directory.has_users()
    await users.add("ada")
    assert await directory.has_users()
    await users.remove("ada")
    assert await directory.has_users()


async def test_the_first_requests_all_wait_for_the_first_look(users: Users) -> None:
    await users.add("ada")
    directory = Directory(users)
    assert await asyncio.gather(*[directory.has_users() for _ in range(10)]) == [True] * 10


async def test_what_is_known_is_not_asked_again(users: Users, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(directories, "LOOK_SECONDS", 3600.0)
    await users.add("ada")
    _, secret = await users.add_token("ada")
    directory = Directory(users)
    assert await directory.find(secret) is not None
    monkeypatch.setattr(users, "find", None)
    monkeypatch.setattr(users, "state", None)
    for _ in range(100):
        assert await directory.find(secret) is not None


async def test_what_another_process_changes_is_noticed(users: Users, tmp_path: Path) -> None:
    ada = await users.add("ada")
    token, secret = await users.add_token("ada")
    directory = Directory(users)
    assert await directory.find(secret) is not None
    other = Database(tmp_path / "users.db")
    await other.open(MIGRATIONS)
    await Users(other).revoke("ada", token.id)
    await other.close()
    async with asyncio.timeout(20):
        while await directory.find(secret) is not None:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
    assert (await users.get("ada")).id == ada.id


async def test_a_token_that_is_revoked_while_it_is_looked_up_is_not_remembered(
    users: Users, looks_always: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    await users.add("ada")
    token, secret = await users.add_token("ada")
    directory = Directory(users)
    find, held, go_on = users.find, asyncio.Event(), asyncio.Event()

    async def slow(hash: bytes) -> object:
        found = await find(hash)
        held.set()
        await go_on.wait()
        return found

    monkeypatch.setattr(users, "find", slow)
    looking = asyncio.ensure_future(directory.find(secret))
    await held.wait()
    await users.revoke("ada", token.id)
    monkeypatch.setattr(users, "find", find)
    assert await directory.find(secret) is None
    go_on.set()
    await looking
    assert await directory.find(secret) is None


async def test_when_a_token_was_used_is_kept_at_most_once_an_hour(
    users: Users, monkeypatch: pytest.MonkeyPatch
) -> None:
    await users.add("ada")
    _, secret = await users.add_token("ada")
    written: list[int] = []
    used = users.used

    async def noting(token: str, at: int) -> None:
        await used(token, at)
        written.append(at)

    monkeypatch.setattr(users, "used", noting)
    directory = Directory(users)
    for _ in range(10):
        await directory.find(secret)
    await until_true(lambda: bool(written))
    (token,) = await users.tokens("ada")
    assert written == [token.used_at]
    assert abs(written[0] - time.time() * 1000) < 60_000
