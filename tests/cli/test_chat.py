"""`runnel chat` without a terminal: it reads lines, and prints plain answers."""

import json

from tests.cli.processes import Place


def test_lines_are_questions_and_the_end_of_input_ends_it(place: Place) -> None:
    done = place.run("chat", "-m", "scripted", stdin="one\n\ntwo\n")
    assert (done.returncode, done.stdout) == (0, "one\ntwo\n")
    assert "scripted answers, without documents." in done.stderr


def test_commands_work_there_too(place: Place) -> None:
    lines = "one\n/model scripted:other\ntwo\n/retry\n/sources\n/nonsense\n/new\nthree\n/quit\nnever\n"
    done = place.run("chat", "-m", "scripted", stdin=lines)
    assert done.returncode == 0
    assert done.stdout == "one\nother\nother\nother\n"
    assert "The last answer has no sources." in done.stderr
    assert "There is no /nonsense." in done.stderr
    chats = [json.loads(line) for line in place.run("chats", "--json").stdout.splitlines()]
    assert [chat["title"] for chat in chats] == ["three", "one"]


def test_a_chat_that_says_nothing_leaves_nothing(place: Place) -> None:
    assert place.run("chat", "-m", "scripted", stdin="").returncode == 0
    assert place.run("chats", "--json").stdout == ""


def test_a_chat_can_be_opened_again(place: Place) -> None:
    place.run("chat", "-m", "scripted", stdin="one\n")
    id = json.loads(place.run("chats", "--json").stdout)["id"]
    again = place.run("chat", "--chat", id, stdin="two\n/history\n")
    assert again.returncode == 0
    assert again.stdout.split() == ["two", "›", "one", "one", "›", "two", "two"]
    opened = place.run("chat", "-m", "scripted:x", stdin="/chats\n/open 1\nthree\n/open chat_0\n")
    assert opened.stdout.endswith("three\n")
    assert "there is no chat chat_0" in opened.stderr


def test_a_chat_is_found_by_what_was_said_in_it(place: Place) -> None:
    place.run("chat", "-m", "scripted:It was interrupted.", stdin="Why?\n/new\nHow\n")
    place.run("chat", "-m", "scripted", stdin="Nothing\n")
    lines = [line.split("\t") for line in place.run("chats", "--search", 'INTER "why').stdout.splitlines()]
    assert [(line[1], line[4]) for line in lines] == [("Why?", "It was interrupted.")]
    (found,) = [json.loads(line) for line in place.run("chats", "--json", "-s", "inter why").stdout.splitlines()]
    assert (found["match"]["marks"], found["match"]["title_marks"]) == ([[7, 12]], [[0, 3]])
    none = place.run("chats", "--search", "nobody")
    assert (none.returncode, none.stdout, none.stderr) == (0, "", "No chat has all of that.\n")
    opened = place.run("chat", "-m", "scripted:x", stdin="/chats inter why\n/open 1\n/history\n")
    assert "It was interrupted." in opened.stdout.split("› Why?")[0]


def test_an_answer_that_fails_does_not_end_the_chat(place: Place) -> None:
    place.write(
        "fails.py",
        "class Fails:\n"
        "    name = 'fails'\n"
        "    async def stream(self, prompt):\n"
        "        raise ValueError('no')\n"
        "        yield ''\n",
    )
    done = place.run("chat", "-m", "fails:Fails", stdin="one\n/model scripted\ntwo\n")
    assert done.returncode == 0
    assert "Failed:" in done.stderr
    assert done.stdout == "two\n"


def test_a_line_that_is_no_number_of_turns_is_a_wrong_use(place: Place) -> None:
    assert place.run("chat", "--history", "some", "-m", "scripted").returncode == 2
    assert place.run("chat", "--history", "3", "-m", "scripted").returncode == 0
