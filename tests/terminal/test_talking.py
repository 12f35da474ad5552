"""A chat with tools as people see it: what it shows, what it asks, and what it hears."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.processes import Place
from tests.cli.terminals import Terminal
from tests.cli.toolbox import TOOLBOX, TOOLS
from tests.terminal.tmux import Tmux, need_tmux


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A folder with tools."""
    need_tmux()
    place = Place(tmp_path)
    place.write("toolbox.py", TOOLBOX)
    return place


@pytest.fixture
def chat(place: Place) -> Iterator[Tmux]:
    """A chat whose model calls tools."""
    tmux = Tmux(place, "chat", *TOOLS)
    tmux.until("/help lists commands.\n\n›")
    yield tmux
    tmux.close()


def say(chat: Tmux, line: str) -> None:
    chat.type("-l", line)
    chat.type("Enter")


def test_a_call_and_a_thought_are_a_line_each(chat: Tmux) -> None:
    say(chat, "add")
    screen = chat.until("It says: 3.")
    assert "✻ Two numbers.\n⚙ add(a=1, b=2) → 3\n\nIt says: 3.\n" in screen


def test_thoughts_can_be_hidden(chat: Tmux) -> None:
    say(chat, "/reasoning off")
    chat.until("not shown from here on.")
    say(chat, "add")
    assert "✻" not in chat.until("It says: 3.")


def test_a_call_that_needs_consent_is_shown_whole_and_made_at_a_key(chat: Tmux) -> None:
    say(chat, "send")
    screen = chat.until("[y]es  [n]o  [e]dit  [a]lways in this session")
    assert "    to: anna" in screen
    chat.type("y")
    screen = chat.until("It says: sent to anna.")
    assert '⚙ send(to="anna") → sent to anna\n' in screen
    assert "[y]es" not in screen


def test_a_refusal_takes_a_word_to_the_model(chat: Tmux) -> None:
    say(chat, "send")
    chat.until("[y]es")
    chat.type("n")
    chat.until("No. Why?")
    say(chat, "too late")
    assert '✗ send(to="anna") → refused: too late\n' in chat.until("They said: too late.")


def test_arguments_can_be_edited_before_the_call(chat: Tmux) -> None:
    say(chat, "send")
    chat.until("[y]es")
    chat.type("e")
    chat.until('› {"to": "anna"}')
    chat.type("BSpace")
    chat.type("Enter")
    chat.until("Not a JSON object")
    chat.type("C-u")
    say(chat, '{"to": "ben"}')
    assert '⚙ send(to="ben") → sent to ben\n' in chat.until("It says: sent to ben.")


def test_consent_for_the_session_is_asked_for_once(chat: Tmux) -> None:
    say(chat, "send")
    chat.until("[y]es")
    chat.type("a")
    chat.until("It says: sent to anna.")
    say(chat, "send again")
    # With the prompt: what is typed before would steer the answer.
    chat.until('› send again\n\nI will.\n\n⚙ send(to="anna") → sent to anna\n\nIt says: sent to anna.\n\n›')
    say(chat, "add")
    screen = chat.until("It says: 3.")
    assert screen.count('⚙ send(to="anna") → sent to anna') == 2


def test_what_a_tool_asks_is_answered_in_place(chat: Tmux) -> None:
    say(chat, "choose")
    chat.until("? choose asks: Which colour?")
    say(chat, "blue")
    screen = chat.until("It says: they chose blue.")
    assert "? choose asks: Which colour?\n› blue\n" in screen


def test_ctrl_c_stops_an_answer_that_waits_for_a_person(chat: Tmux) -> None:
    say(chat, "send")
    chat.until("[y]es")
    chat.type("C-c")
    screen = chat.until("/retry answers again.")
    assert "■ send" in screen
    assert "[y]es" not in screen


def test_a_line_that_is_typed_while_an_answer_comes_steers_it(chat: Tmux, place: Place) -> None:
    say(chat, "long")
    chat.until("on and on and")
    chat.type("-l", "be brief")
    chat.until("› be brief")
    chat.type("Enter")
    chat.until("› be brief  (heard before the next step)")
    place.write("enough", "")
    assert "\n\n› be brief\n\nI heard be brief.\n" in chat.until("I heard be brief.")


def test_what_was_typed_and_not_entered_is_there_at_the_prompt(chat: Tmux, place: Place) -> None:
    say(chat, "long")
    chat.until("on and on and")
    chat.type("-l", "and then")
    chat.until("› and then")
    chat.type("C-c")
    chat.until("/retry answers again.\n\n› and then")
    chat.type("Enter")
    chat.until("You said and then.")


def test_a_command_that_is_typed_meanwhile_is_done_afterwards(chat: Tmux, place: Place) -> None:
    say(chat, "long")
    chat.until("on and on and")
    say(chat, "/reasoning off")
    chat.until("/reasoning off  (after this answer)")
    place.write("enough", "")
    chat.until("Thoughts are not shown from here on.")


def test_branches_are_listed_switched_compared_and_forked(place: Place) -> None:
    chat = Tmux(place, "chat", *TOOLS, columns=120)
    try:
        chat.until("›")
        say(chat, "first")
        chat.until("You said first.")
        say(chat, "/edit second")
        chat.until("You said second.")
        say(chat, "/branches")
        screen = chat.until("/switch NUMBER goes there")
        assert "  1 ○ › first\n  2 ● › second\n" in screen
        say(chat, "/model scripted:Another answer.")
        say(chat, "/retry")
        chat.until("\nAnother answer.\n")
        say(chat, "/compare")
        line = next(line for line in chat.until(" │ Another answer.").splitlines() if " │ " in line)
        assert line.startswith("You said second. ")
        say(chat, "/switch 1")
        chat.until("› first\nYou said first.")
        say(chat, "/fork")
        chat.until("What follows is a chat of its own")
        say(chat, "/edit")
        chat.until("› /edit first")
    finally:
        chat.close()


def test_ask_asks_in_place_too(place: Place) -> None:
    ask = Tmux(place, "ask", "send", *TOOLS)
    try:
        ask.until("[y]es")
        ask.type("y")
        ask.until("It says: sent to anna.")
        while not ask.ended():
            pass
    finally:
        ask.close()


def test_a_run_that_waits_can_be_followed_and_answered_there(place: Place) -> None:
    assert place.run("ask", "send", *TOOLS).returncode == 6
    run = place.run("runs", "--waiting").stdout.split("\t")[0]
    follow = Tmux(place, "follow", run)
    try:
        follow.until("[y]es")
        follow.type("y")
        screen = follow.until("It says: sent to anna.")
        assert '⚙ send(to="anna") → sent to anna\n' in screen
    finally:
        follow.close()


def test_a_dumb_terminal_asks_in_lines(place: Place) -> None:
    with Terminal(place, "ask", "send", *TOOLS, kind="dumb") as terminal:
        terminal.until("[a]lways in this session")
        terminal.type("y\n")
        assert terminal.end() == 0
        assert '⚙ send(to="anna") → sent to anna\n' in terminal.text
        assert "\x1b[" not in terminal.raw
