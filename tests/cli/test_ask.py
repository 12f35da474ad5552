"""`runnel ask`, as a program that others call."""

import json
import shlex
import signal
import subprocess

import pytest

from runnel.cli import main
from tests.cli.processes import Place, finish

SLOW = "scripted:one two three?delay=0.02&repeat=3000"
NOTES = "# Harbour\n\n## Light\n\nThe lighthouse of Ragna was built in 1921 and is 33 metres high.\n"


def test_a_pipe_gets_the_answer_and_nothing_else(place: Place) -> None:
    done = place.run("ask", "hi", "-m", "scripted:Some *Markdown* text")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Some *Markdown* text\n", "")


def test_the_question_can_come_from_standard_input(place: Place) -> None:
    done = place.run("ask", "-", "-m", "scripted", stdin="say this\n")
    assert (done.returncode, done.stdout) == (0, "say this\n")


def test_no_question_is_a_wrong_use(place: Place) -> None:
    assert place.run("ask", "-", "-m", "scripted").returncode == 2
    assert place.run("ask", "-m", "scripted").returncode == 2


def test_what_is_left_out_is_named(place: Place) -> None:
    left_out = place.run("ask")
    assert (left_out.returncode, left_out.stderr) == (
        2,
        "runnel: QUESTION is missing. `runnel ask --help` tells more.\n",
    )
    assert place.run("ask", "Hello?", "-m").stderr == "runnel: --model needs a value. `runnel ask --help` tells more.\n"


@pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
def test_a_standard_stream_may_be_closed(place: Place, closed: str) -> None:
    words = shlex.join(place.command("ask", "Hello?", "-m", "scripted:hello"))
    assert place.shell(f"{words} {closed}") == (0, "" if ">&-" in closed.split() else "hello\n", "")
    assert place.run("runs").stdout.split("\t")[1] == "completed"


def test_words_that_are_no_text_are_refused_in_a_sentence(place: Place) -> None:
    assert place.shell(shlex.join(place.command("ask", "-m", "scripted")) + " $'caf\\xe9'") == (
        2,
        "",
        "runnel: 'caf\\udce9' is no text in utf-8, the encoding of this terminal.\n",
    )
    piped = shlex.join(place.command("ask", "-", "-m", "scripted"))
    assert place.shell(f"printf 'caf\\351' | {piped}") == (0, "caf\ufffd\n", "")


def test_sources_go_beside_the_answer_unless_they_are_asked_for(place: Place) -> None:
    notes = place.write("notes.md", NOTES)
    words = ("ask", "When was the lighthouse built?", "-d", str(notes), "-m", "scripted:In 1921.")
    beside, shown, hidden = place.run(*words), place.run(*words, "--sources"), place.run(*words, "--no-sources")
    assert beside.stdout == hidden.stdout == "In 1921.\n"
    assert "[1] Harbour  notes.md#harbour" in beside.stderr
    assert shown.stdout.startswith("In 1921.\n\nSources\n[1] Harbour")
    assert hidden.stderr == ""


def test_without_a_model_the_answer_is_excerpts(place: Place) -> None:
    notes = place.write("notes.md", NOTES)
    done = place.run("ask", "When was the lighthouse built?", "-d", str(notes))
    assert done.returncode == 0
    assert "1921" in done.stdout


def test_json_is_the_whole_message(place: Place) -> None:
    notes = place.write("notes.md", NOTES)
    done = place.run("ask", "Which lighthouse?", "-d", str(notes), "-m", "scripted:Ragna's.", "--json")
    message = json.loads(done.stdout)
    assert (message["content"], message["status"], message["role"]) == ("Ragna's.", "completed", "assistant")
    assert message["sources"][0]["title"] == "Harbour"


def test_a_chat_goes_on_and_is_told_its_history_or_not(place: Place) -> None:
    place.write(
        "count.py",
        "class Count:\n"
        "    name = 'count'\n"
        "    async def stream(self, prompt):\n"
        "        yield f'{len(prompt.history)} before, {prompt.system}'\n",
    )
    first = json.loads(place.run("ask", "a", "-m", "count:Count", "--system", "Be brief.", "--json").stdout)
    assert first["content"] == "0 before, Be brief."
    assert place.run("ask", "b", "--chat", first["chat"]).stdout == "2 before, Be brief.\n"
    assert place.run("ask", "c", "--chat", first["chat"], "--no-history").stdout == "0 before, Be brief.\n"


def test_several_documents_and_one_that_is_not_there(place: Place) -> None:
    one, two = place.write("one.md", NOTES), place.write("two.txt", "The tide is low at noon.")
    words = ["-d", str(one), "-d", str(two), "-d", "none.md"]
    done = place.run("ask", "tide?", *words, "-m", "scripted:ok", "--json")
    assert done.returncode == 0
    assert "none.md" in done.stderr
    assert place.run("ask", "tide?", "-d", "none.md", "-m", "scripted:ok").returncode == 1


def test_the_exit_code_says_how_the_answer_ended(place: Place) -> None:
    place.write(
        "ends.py",
        "from runnel.errors import RateLimited\n"
        "from runnel.vocabulary.prompt import Finish\n"
        "class Fails:\n"
        "    name = 'fails'\n"
        "    async def stream(self, prompt):\n"
        "        yield 'partial'\n"
        "        raise RateLimited('too many requests to example: wait a minute')\n"
        "class Short:\n"
        "    name = 'short'\n"
        "    async def stream(self, prompt):\n"
        "        yield 'partial'\n"
        "        yield Finish('length')\n",
    )
    failed, short = place.run("ask", "a", "-m", "ends:Fails"), place.run("ask", "a", "-m", "ends:Short")
    assert (failed.returncode, failed.stdout) == (1, "partial\n")
    assert "too many requests to example: wait a minute" in failed.stderr
    assert (short.returncode, short.stdout) == (3, "partial\n")
    assert "limit of tokens" in short.stderr


def test_errors_are_one_sentence_without_a_traceback(place: Place) -> None:
    for words in (
        ("ask", "a", "-m", "opnai:x"),
        ("ask", "a", "--chat", "chat_1"),
        ("ask", "a", "--nonsense"),
        ("follow", "run_1"),
        ("nonsense",),
        ("ask", "a", "-m", "scripted", "--data", "ftp://example.com"),
    ):
        done = place.run(*words)
        assert done.returncode == 2, words
        assert "Traceback" not in done.stderr
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert done.stderr.startswith("runnel: "), done.stderr
        assert done.stdout == ""


def test_ctrl_c_keeps_what_was_said_and_names_the_run(place: Place) -> None:
    process = place.start("ask", "a", "-m", SLOW)
    assert process.stdout is not None
    process.stdout.read(4)
    process.send_signal(signal.SIGINT)
    code, _, err = finish(process)
    assert code == 130
    run = json.loads(place.run("runs", "--json").stdout)
    assert run["status"] == "cancelled"
    assert run["id"] in err
    assert "kept" in err
    assert place.run("follow", run["id"]).stdout.startswith("one")


def test_ctrl_c_while_it_loads_is_quiet(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    def interrupted(words: list[str]) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr("runnel.cli.commands.command_line", interrupted)
    with pytest.raises(SystemExit) as ended:
        main()
    assert (ended.value.code, capfd.readouterr()) == (130, ("", ""))


def test_sigterm_interrupts_the_run_and_keeps_what_was_said(place: Place) -> None:
    process = place.start("ask", "a", "-m", SLOW)
    assert process.stdout is not None
    process.stdout.read(4)
    process.send_signal(signal.SIGTERM)
    code, _, _ = finish(process)
    assert code == 143
    run = json.loads(place.run("runs", "--json").stdout)
    assert run["status"] == "interrupted"
    followed = place.run("follow", run["id"])
    assert followed.returncode == 4
    assert followed.stdout.startswith("one")


def test_a_killed_process_leaves_what_was_said(place: Place) -> None:
    process = place.start("ask", "a", "-m", SLOW)
    assert process.stdout is not None
    process.stdout.read(4)
    process.kill()
    finish(process)
    assert json.loads(place.run("runs", "--json").stdout)["status"] == "interrupted"


def test_a_broken_pipe_is_quiet_and_stops_the_run(place: Place) -> None:
    process = place.start("ask", "a", "-m", SLOW)
    assert process.stdout is not None
    process.stdout.read(4)
    process.stdout.close()
    process.stdout = None
    code, _, err = finish(process)
    assert (code, err) == (141, "")
    assert json.loads(place.run("runs", "--json").stdout)["status"] == "cancelled"


def test_a_reader_that_does_not_read_holds_up_no_run(place: Place) -> None:
    process = place.start("ask", "a", "-m", "scripted:" + "many words " * 20 + "?repeat=1000")
    try:
        while json.loads(place.run("runs", "--json").stdout or '{"status": ""}')["status"] != "completed":
            assert process.poll() is None
    finally:
        code, out, _ = finish(process)
    assert code == 0
    assert len(out.split()) == 40_000


def test_an_answer_that_was_cut_goes_on(place: Place) -> None:
    process = place.start("ask", "a", "-m", "scripted:" + " ".join(map(str, range(60))) + "?delay=0.02")
    assert process.stdout is not None
    process.stdout.read(4)
    process.send_signal(signal.SIGINT)
    finish(process)
    run = json.loads(place.run("runs", "--json").stdout)["id"]
    done = place.run("continue", run)
    assert done.returncode == 0
    assert done.stdout.split() == list(map(str, range(60)))
    assert place.run("continue", run.replace("run", "msg")).returncode == 2


def test_a_full_disk_is_told(place: Place) -> None:
    with open("/dev/full", "w", encoding="utf-8") as full:
        process = place.start("ask", "a", "-m", "scripted:hello", stdout=full)
        code, _, err = finish(process)
    assert code == 1
    assert err == "runnel: No space left on device.\n"


def test_help_is_quick_since_it_loads_nothing_that_answers(place: Place) -> None:
    program = (
        "import sys; from runnel.cli import main; sys.argv[1:] = ['--help']\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    done = subprocess.run(
        [place.command()[0], "-c", program], env=place.environment, capture_output=True, text=True, check=True
    )
    loaded = set(done.stderr.split())
    assert not loaded & {"openai", "httpx2", "pydantic", "pypdfium2", "selectolax", "markdown_it", "pygments"}
    for name in (
        "chat",
        "ask",
        "index",
        "documents",
        "chats",
        "runs",
        "follow",
        "cancel",
        "continue",
        "models",
        "config",
    ):
        assert f" {name} " in done.stdout
