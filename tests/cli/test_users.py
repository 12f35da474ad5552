"""`runnel users`: what is typed, what is shown, and that a server which is running notices."""

import json
import subprocess
import sys
import time
from pathlib import Path

import httpx2
import pytest

from tests.cli.processes import Place, finish

PASSWORD = "correct horse battery"


def users(place: Place, *words: str, stdin: str = "") -> str:
    done = place.run("users", *words, stdin=stdin)
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_user_is_added_listed_and_removed(place: Place) -> None:
    assert users(place, "list") == ""
    users(place, "add", "Ada")
    users(place, "add", "ben", "--password-stdin", stdin=f"{PASSWORD}\n")
    found = [json.loads(line) for line in users(place, "list", "--json").splitlines()]
    assert [(one["name"], one["has_password"], one["tokens"]) for one in found] == [("Ada", False, 0), ("ben", True, 0)]
    users(place, "remove", "ada")
    assert users(place, "list").split("\t")[0] == "ben"


def test_what_was_made_before_there_were_users_is_given_to_one(place: Place) -> None:
    assert place.run("ask", "-m", "scripted:yes", "who?").returncode == 0
    users(place, "add", "ada")
    assert users(place, "adopt", "ada") == "1 chats and 0 documents are ada's now\n"
    assert users(place, "adopt", "ada") == "0 chats and 0 documents are ada's now\n"


def test_a_token_is_shown_once(place: Place) -> None:
    users(place, "add", "ada")
    secret = users(place, "token", "ada", "--expires", "90d").strip()
    assert len(secret) == 47
    listed = users(place, "token", "ada", "--list")
    assert secret[:8] in listed
    assert secret[8:] not in listed
    (token,) = [json.loads(line) for line in users(place, "token", "ada", "--list", "--json").splitlines()]
    assert token["expires_at"] - token["created_at"] == 90 * 86_400_000
    for name in (token["id"], secret[:8]):
        done = place.run("users", "token", "ada", "--revoke", name)
        assert (done.returncode == 0) == (name == token["id"])
    assert users(place, "token", "ada", "--list") == ""


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "ada"), "there is a user ada already"),
        (("add", "a b"), "cannot be a user's name"),
        (("token", "zoe"), "there is no user zoe"),
        (("token", "ada", "--expires", "soon"), "such as 90d"),
        (("token", "ada", "--revoke", "token_x"), "has no token token_x"),
        (("remove", "zoe"), "there is no user zoe"),
        (("password", "ada"), "a password has 8"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_sentence(place: Place, words: tuple[str, ...], said: str) -> None:
    users(place, "add", "ada")
    done = place.run("users", *words, stdin="short\n")
    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_password_is_no_argument(place: Place) -> None:
    done = place.run("users", "add", "ada", "--password", PASSWORD)
    assert done.returncode == 2
    assert users(place, "list") == ""


def test_what_belongs_to_who_is_removed_stays_unless_it_is_to_go(place: Place) -> None:
    program = """
import asyncio, sys
from runnel import Runnel

async def main():
    async with Runnel() as app:
        for name in sys.argv[1:]:
            app_of = app.as_user((await app.users.get(name)).id)
            chat = await app_of.chat(model="scripted:yes", documents=[f"{name} is here.".encode()])
            await chat.answer("there?")
        print(len(await app.chats()), len(await app.documents.list()))

asyncio.run(main())
"""
    file = place.write("program.py", program)
    users(place, "add", "ada")
    users(place, "add", "ben")
    assert run_program(place, file, "ada", "ben") == "2 2"
    users(place, "remove", "ada")
    assert run_program(place, file) == "2 2"
    assert users(place, "remove", "ben", "--delete-data").splitlines()[0] == "1 chats and 1 documents are deleted"
    assert run_program(place, file) == "1 1"


def run_program(place: Place, file: Path, *words: str) -> str:
    command = [sys.executable, str(file), *words]
    done = subprocess.run(command, env=place.environment, capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


def test_a_server_that_runs_notices_what_is_typed(place: Place) -> None:
    server = place.start("serve", "--port", "0")
    try:
        assert server.stdout is not None
        url = "http://" + server.stdout.readline().partition("http://")[2].partition("/")[0]
        with httpx2.Client(base_url=url, timeout=30) as client:
            assert client.get("/api/chats").status_code == 200
            users(place, "add", "ada")
            until(client, 401)
            client.headers["Authorization"] = "Bearer " + users(place, "token", "ada").strip()
            until(client, 200)
            token = json.loads(users(place, "token", "ada", "--list", "--json"))["id"]
            users(place, "token", "ada", "--revoke", token)
            until(client, 401)
    finally:
        server.terminate()
        finish(server)


def until(client: httpx2.Client, status: int) -> None:
    """Ask until the answer is this one: what is changed elsewhere holds within a second."""
    deadline = time.monotonic() + 20
    while client.get("/api/chats").status_code != status:
        assert time.monotonic() < deadline
        time.sleep(0.02)


def test_an_address_that_others_reach_is_served_to_users_only(place: Place) -> None:
    refused = place.run("serve", "--host", "0.0.0.0", "--port", "0")
    assert refused.returncode == 2
    assert "runnel users add NAME" in refused.stderr
