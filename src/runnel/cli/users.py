"""`runnel users`: who may call the server. What is changed here holds in a server that is running, within a second."""

import getpass
import re
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Annotated

import msgspec
from cyclopts import App, Parameter

from ..app import Runnel
from ..errors import InvalidRequest
from ..terminal.notes import ago
from ..terminal.screen import Screen
from ..users import Token
from .listing import show_table
from .options import AsJson
from .process import USAGE, Stop, open_runnel, run, say

__all__ = ["users"]

users = App(name="users", help="Who may call the server: users, their tokens and passwords.", help_format="plaintext")

Name = Annotated[str, Parameter(name="NAME", help="The user's name.")]
_SECONDS = {"m": 60.0, "h": 3600.0, "d": 86_400.0, "w": 604_800.0, "y": 31_536_000.0}
_PAGE = 200


def _work(do: Callable[[Runnel], Awaitable[None]]) -> int:
    """Do something to the database, whether or not a server has it open."""

    async def work(_: Stop) -> int:
        async with open_runnel(go_on=False) as app:
            await do(app)
        return 0

    return run(work)


@users.command
def add(
    name: Name,
    /,
    *,
    password: Annotated[bool, Parameter(negative=(), help="Ask for a password, to log in with a browser.")] = False,
    password_stdin: Annotated[bool, Parameter(negative=(), help="Read the password from standard input.")] = False,
) -> int:
    """Add a user. Without a password, they call with tokens, or log in with an account elsewhere."""
    given = _password(password_stdin) if password or password_stdin else None

    async def do(app: Runnel) -> None:
        first = not await app.users.all()
        user = await app.users.add(name, password=given)
        print(f"{user.name} is added. A token: runnel users token {user.name}")
        if first:
            say("From now on the server knows whom it serves: what was made before belongs to nobody, and is reached")
            say(f"from the command line alone. To give it to {user.name}: runnel users adopt {user.name}")

    return _work(do)


@users.command
def adopt(name: Name, /) -> int:
    """Give a user what belongs to nobody: the chats and documents that were made before there were users."""

    async def do(app: Runnel) -> None:
        user = await app.users.get(name)
        chats, documents = await app.adopt(user.id)
        print(f"{chats} chats and {documents} documents are {user.name}'s now")

    return _work(do)


@users.command(name="list")
def list_(*, json: AsJson = False) -> int:
    """List the users."""

    async def do(app: Runnel) -> None:
        found = await app.users.all()
        screen = Screen()
        if json:
            screen.write("".join([msgspec.json.encode(user).decode() + "\n" for user in found]))
        elif not found:
            screen.note("There are no users: only this machine may call the server. runnel users add NAME")
        else:
            rows = [
                (
                    user.name,
                    user.id,
                    str(user.tokens),
                    "yes" if user.has_password else "no",
                    user.issuer or "",
                    ago(user.created_at, _now()),
                )
                for user in found
            ]
            show_table(screen, ("name", "id", "tokens", "password", "account at", "added"), rows, wide=4, right=(2,))
        await screen.drain()

    return _work(do)


@users.command
def remove(
    name: Name,
    /,
    *,
    delete_data: Annotated[
        bool,
        Parameter(
            negative=(),
            help="Delete their chats and documents too; without it, they stay, and nobody can reach them over HTTP.",
        ),
    ] = False,
) -> int:
    """Remove a user, with their tokens and sessions."""

    async def do(app: Runnel) -> None:
        user = await app.users.get(name)
        if delete_data:  # first, so that who is interrupted can do it again
            chats, documents = await _delete_all(app.as_user(user.id))
            print(f"{chats} chats and {documents} documents are deleted")
        await app.users.remove(name)
        if delete_data:
            await _delete_all(app.as_user(user.id))  # what was made meanwhile
        print(f"{user.name} is removed")

    return _work(do)


async def _delete_all(app: Runnel) -> tuple[int, int]:
    chats = documents = 0
    while page := await app.chats(_PAGE):
        for chat in page:
            await chat.delete()
        chats += len(page)
    while found := await app.documents.list(limit=_PAGE):
        for document in found:
            await app.documents.delete(document.id)
        documents += len(found)
    return chats, documents


@users.command
def token(
    name: Name,
    /,
    *,
    expires: Annotated[
        str | None, Parameter(help="How long it holds: 12h, 90d, 1y. Without it, until revoked.")
    ] = None,
    revoke: Annotated[str | None, Parameter(help="Revoke the token with this id, or what it begins with.")] = None,
    list_: Annotated[bool, Parameter(name="--list", negative=(), help="List the user's tokens.")] = False,
    json: AsJson = False,
) -> int:
    """Make a token, and show it once: only a hash of it is kept."""
    try:
        seconds = None if expires is None else _seconds(expires)
    except ValueError as error:
        say(f"runnel: {error}")
        return USAGE

    async def do(app: Runnel) -> None:
        if list_:
            await _show_tokens(await app.users.tokens(name), json)
        elif revoke is not None:
            one = _named(await app.users.tokens(name), revoke)
            await app.users.revoke(name, one)
            print(f"{one} is revoked")
        else:
            made, secret = await app.users.add_token(name, seconds)
            print(secret)
            say(f"This is shown once. To take it back: runnel users token {name} --revoke {made.id}")

    return _work(do)


def _named(tokens: list[Token], wanted: str) -> str:
    """The id of the token that is named by its id, or by what it begins with."""
    found = [token.id for token in tokens if token.prefix == wanted]
    if len(found) > 1:
        raise InvalidRequest(f"several tokens begin with {wanted}: name one by its id")
    return found[0] if found else wanted


async def _show_tokens(tokens: list[Token], json: bool) -> None:
    screen = Screen()
    if json:
        screen.write("".join([msgspec.json.encode(token).decode() + "\n" for token in tokens]))
    elif not tokens:
        screen.note("There are no tokens.")
    else:
        now = _now()
        rows = [
            (
                token.id,
                token.prefix + "…",
                ago(token.created_at, now),
                "never" if token.used_at is None else ago(token.used_at, now),
                "never"
                if token.expires_at is None
                else time.strftime("%Y-%m-%d", time.gmtime(token.expires_at / 1000)),
            )
            for token in tokens
        ]
        show_table(screen, ("id", "begins with", "made", "used", "expires"), rows, wide=1)
    await screen.drain()


@users.command
def password(
    name: Name,
    /,
    *,
    remove: Annotated[bool, Parameter(negative=(), help="Take the password away.")] = False,
    password_stdin: Annotated[bool, Parameter(negative=(), help="Read the password from standard input.")] = False,
) -> int:
    """Set a user's password, and log them out of every browser."""
    given = None if remove else _password(password_stdin)

    async def do(app: Runnel) -> None:
        await app.users.set_password(name, given)
        print(f"{name} has {'no' if remove else 'a new'} password")

    return _work(do)


@users.command
def logout(name: Name, /) -> int:
    """Log a user out of every browser."""

    async def do(app: Runnel) -> None:
        print(f"{name} is logged out of {await app.users.end_sessions(name)} browsers")

    return _work(do)


def _password(stdin: bool) -> str:
    """A password, typed twice at a terminal or read from standard input; never an argument, which others can see."""
    if stdin or not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\r\n")
    first = getpass.getpass("Password: ")
    if getpass.getpass("Again: ") != first:
        raise InvalidRequest("the two passwords are not the same")
    return first


def _seconds(text: str) -> float:
    """How long `90d` is. Raises ValueError."""
    found = re.fullmatch(r"([0-9]{1,6})([mhdwy])", text)
    if found is None or not int(found[1]):
        raise ValueError(f"--expires takes a number and m, h, d, w or y, such as 90d, not {text!r}.")
    return int(found[1]) * _SECONDS[found[2]]


def _now() -> int:
    return time.time_ns() // 1_000_000
