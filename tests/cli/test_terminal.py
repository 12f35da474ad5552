"""Commands in a terminal: what is typed, what is seen, and Ctrl-C."""

import json

from tests.cli.processes import Place
from tests.cli.terminals import Terminal

CTRL_C, CTRL_D = "\x03", "\x04"
SLOW = "scripted:one two three?delay=0.02&repeat=3000"


def status_of_the_last_run(place: Place) -> str:
    return str(json.loads(place.run("runs", "--json", "-n", "1").stdout)["status"])


def test_ask_renders_markdown_and_lists_the_sources(place: Place) -> None:
    place.write("notes.md", "# Harbour\n\nThe lighthouse of Ragna was built in 1921.\n")
    with Terminal(place, "ask", "When?", "-d", "notes.md", "-m", "scripted:Built in **1921** [1].") as terminal:
        assert terminal.end() == 0
        assert "Built in 1921 [1]." in terminal.text
        assert "\x1b[1m1921" in terminal.raw
        assert "Sources\n[1] Harbour  notes.md#harbour" in terminal.text


def test_ctrl_c_stops_ask(place: Place) -> None:
    with Terminal(place, "ask", "hi", "-m", SLOW) as terminal:
        terminal.until("three one")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
        assert "Stopped. What was said is kept." in terminal.text
    assert status_of_the_last_run(place) == "cancelled"


def test_ctrl_c_stops_an_answer_of_a_chat_and_the_chat_goes_on(place: Place) -> None:
    with Terminal(place, "chat", "-m", SLOW) as terminal:
        terminal.until("› ")
        terminal.type("hi\n")
        terminal.until("three one")
        terminal.type(CTRL_C)
        text = terminal.until("/retry answers")
        assert "/continue goes on from there" in text
        terminal.type("/history\n")
        terminal.until("Stopped. What was said is kept.", times=2)
        terminal.type("/quit\n")
        assert terminal.end() == 0
    assert status_of_the_last_run(place) == "cancelled"


def test_ctrl_c_at_the_prompt_leaves(place: Place) -> None:
    with Terminal(place, "chat", "-m", "scripted:hello") as terminal:
        terminal.until("› ")
        assert terminal.interrupt() == 130
        assert "Traceback" not in terminal.text


def test_ctrl_d_at_the_prompt_leaves(place: Place) -> None:
    with Terminal(place, "chat", "-m", "scripted:hello") as terminal:
        terminal.until("› ")
        terminal.type(CTRL_D)
        assert terminal.end() == 0


def test_a_chat_that_is_told_to_end_keeps_what_was_said(place: Place) -> None:
    with Terminal(place, "chat", "-m", SLOW) as terminal:
        terminal.until("› ")
        terminal.type("hi\n")
        terminal.until("three one")
        terminal.process.terminate()
        assert terminal.end() == 143
        assert "Traceback" not in terminal.text
    assert status_of_the_last_run(place) == "interrupted"


def test_a_dumb_terminal_gets_plain_text(place: Place) -> None:
    with Terminal(place, "chat", "-m", "scripted:Some **bold** text", kind="dumb") as terminal:
        terminal.until("› ")
        terminal.type("hi\n")
        terminal.until("Some **bold** text")
        terminal.type("/quit\n")
        assert terminal.end() == 0
        assert "\x1b[" not in terminal.raw.replace("\x1b[?2004", "")


def test_the_first_lines_say_who_answers_and_how_to_get_a_better_one(place: Place) -> None:
    place.write("notes.md", "The lighthouse of Ragna was built in 1921.\n")
    with Terminal(place, "chat", "-d", "notes.md") as terminal:
        text = terminal.until("› ")
        terminal.type("/quit\n")
        assert terminal.end() == 0
    for words in ("excerpts answers, from 1 document.", "OPENAI_API_KEY", "Ctrl-C stops an answer", "/help"):
        assert words in text


def test_an_answer_cannot_steer_the_terminal(place: Place) -> None:
    place.write(
        "evil.py",
        "class Evil:\n"
        "    name = 'evil'\n"
        "    async def stream(self, prompt):\n"
        "        yield 'a\\x1b]0;title\\x07b \\x1b[2J'\n",
    )
    with Terminal(place, "ask", "hi", "-m", "evil:Evil") as terminal:
        assert terminal.end() == 0
        assert "\x1b]0" not in terminal.raw
        assert "\x1b[2J" not in terminal.raw
