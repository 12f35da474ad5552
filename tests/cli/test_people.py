"""What people say to runs from the command line, and tools there."""

import json

from tests.cli.processes import Place, finish
from tests.cli.toolbox import TOOLBOX, TOOLS


def waiting(place: Place) -> tuple[str, str, str]:
    """The run that waits, the id of what it asks, and what it waits for."""
    run, id, what = place.run("runs", "--waiting").stdout.rstrip("\n").split("\t")
    return run, id, what


def test_standard_output_gets_the_answer_alone_and_calls_go_beside_it_when_wanted(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    quiet, verbose = place.run("ask", "add", *TOOLS), place.run("ask", "add", *TOOLS, "-v")
    assert (quiet.stdout, quiet.stderr) == ("It says: 3.\n", "")
    assert verbose.stdout == "It says: 3.\n"
    assert verbose.stderr.splitlines() == ["✻ Two numbers.", "⚙ add(a=1, b=2) → 3"]


def test_the_tools_of_the_settings_are_those_of_a_new_chat(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    place.write("runnel.toml", 'model = "toolbox:Model"\ntools = ["toolbox:add"]\n')
    assert place.run("ask", "add").stdout == "It says: 3.\n"
    assert "tools\ttoolbox:add\t" in place.run("config").stdout


def test_a_tool_that_nobody_has_is_a_wrong_use(place: Place) -> None:
    done = place.run("ask", "add", "-m", "scripted", "-t", "nothing:here")
    assert done.returncode == 2
    assert "nothing:here" in done.stderr


def test_a_limit_ends_an_answer(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    done = place.run("ask", "add", *TOOLS, "--max-steps", "1")
    assert done.returncode == 3
    assert "Stopped at the limit of steps." in done.stderr


def test_a_run_that_needs_consent_is_left_waiting_and_goes_on_once_it_has_it(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    asked = place.run("ask", "send", *TOOLS)
    assert (asked.returncode, asked.stdout) == (6, "I will.\n")
    run, call, what = waiting(place)
    assert what == 'send(to="anna")'
    assert f"runnel approve {run} {call}" in asked.stderr
    approved = place.run("approve", run, call, "--arguments", '{"to": "ben"}')
    assert (approved.returncode, approved.stdout) == (0, "It says: sent to ben.\n")
    assert place.run("runs", "--waiting").stdout == ""
    again = place.run("approve", run, call)
    assert again.returncode == 2
    assert "has ended" in again.stderr


def test_a_refusal_tells_the_model_why(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    place.run("ask", "send", *TOOLS)
    run, call, _ = waiting(place)
    denied = place.run("approve", run, call, "--deny", "--note", "Too late.", "-v")
    assert denied.returncode == 0
    assert "They said: Too late." in denied.stdout
    assert '✗ send(to="anna") → refused: Too late.' in denied.stderr


def test_arguments_that_are_no_object_are_a_wrong_use(place: Place) -> None:
    assert place.run("approve", "run_1", "call_1", "--arguments", "[1]").returncode == 2


def test_what_a_tool_asks_can_be_answered_by_another_process(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    asking = place.start("ask", "choose", *TOOLS)
    assert asking.stderr is not None
    assert asking.stderr.readline() == "Waiting for an answer: choose asks: Which colour?\n"
    run, id, what = waiting(place)
    assert what == "choose asks: Which colour?"
    replied = place.run("reply", run, id, "blue")
    assert (replied.returncode, replied.stdout) == (0, f"{id} is answered\n")
    code, said, _ = finish(asking)
    assert (code, said) == (0, "It says: they chose blue.\n")


def test_lists_leave_what_waits_as_it_is(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    place.run("ask", "send", *TOOLS)
    for _ in range(2):
        assert json.loads(place.run("runs", "--json").stdout)["status"] == "waiting"
        assert json.loads(place.run("runs", "--waiting", "--json").stdout)["waits_for"][0]["name"] == "send"


def test_a_run_can_be_steered_from_another_process(place: Place) -> None:
    place.write("toolbox.py", TOOLBOX)
    asking = place.start("ask", "long", *TOOLS, "-v")
    assert asking.stdout is not None
    asking.stdout.read(10)
    run = json.loads(place.run("runs", "--json", "-n", "1").stdout)["id"]
    assert place.run("steer", run, "be brief").stdout == f"{run} is told\n"
    place.write("enough", "")
    code, said, err = finish(asking)
    assert code == 0
    assert said.endswith("I heard be brief.\n")
    assert "› be brief" in err
    assert place.run("steer", run, "more").returncode == 2
