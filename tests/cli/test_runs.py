"""`runs`, `follow` and `cancel`: a run of one process, from others."""

import json

from tests.cli.processes import Place, finish

SLOW = "scripted:one two three?delay=0.02&repeat=3000"


def going(place: Place) -> str:
    """The id of the run that is going, once it is."""
    while not (found := place.run("runs", "--json", "-n", "1").stdout) or json.loads(found)["status"] != "running":
        pass
    return str(json.loads(found)["id"])


def test_one_process_asks_others_follow_and_cancel(place: Place) -> None:
    asking = place.start("ask", "hi", "-m", SLOW)
    id = going(place)
    plain, events = place.start("follow", id), place.start("follow", id, "--json")
    assert plain.stdout is not None
    assert events.stdout is not None
    begun = plain.stdout.read(20)
    seen = [json.loads(events.stdout.readline()) for _ in range(20)]
    cancelled = place.run("cancel", id)
    assert (cancelled.returncode, cancelled.stdout) == (0, f"{id} is cancelled\n")
    code, said, err = finish(asking)
    assert code == 5
    assert "Stopped." in err
    code, rest, _ = finish(plain)
    assert code == 5
    assert begun + rest == said
    code, lines, _ = finish(events)
    assert code == 5
    seen += [json.loads(line) for line in lines.splitlines()]
    assert [event["seq"] for event in seen] == list(range(1, len(seen) + 1))
    assert (seen[0]["type"], seen[-1]["type"], seen[-1]["status"]) == ("run.started", "run.ended", "cancelled")
    assert "".join([event["text"] for event in seen if event["type"] == "text.delta"]) == said.rstrip("\n")
    again = place.run("cancel", id)
    assert (again.returncode, again.stdout) == (0, f"{id} had ended already: cancelled\n")


def test_who_leaves_a_run_does_not_stop_it(place: Place) -> None:
    asking = place.start("ask", "hi", "-m", SLOW)
    following = place.start("follow", going(place))
    assert following.stdout is not None
    following.stdout.read(20)
    following.send_signal(2)
    code, _, err = finish(following)
    assert code == 130
    assert "The run goes on" in err
    assert json.loads(place.run("runs", "--json").stdout)["status"] == "running"
    asking.terminate()
    finish(asking)


def test_a_run_can_be_followed_from_any_event_on(place: Place) -> None:
    place.run("ask", "hi", "-m", "scripted:one two three")
    id = json.loads(place.run("runs", "--json").stdout)["id"]
    events = [json.loads(line) for line in place.run("follow", id, "--json").stdout.splitlines()]
    later = [json.loads(line) for line in place.run("follow", id, "--json", "--after", "3").stdout.splitlines()]
    assert later == events[3:]
    assert place.run("follow", id).stdout == "one two three\n"


def test_lists_for_programs_have_a_line_each_and_tabs_between_fields(place: Place) -> None:
    place.run("ask", "hi\tthere\nyou", "-m", "scripted:one")
    (run,) = place.run("runs").stdout.splitlines()
    assert run.split("\t")[1:] == ["completed", "hi there you", "just now"]
    (chat,) = place.run("chats").stdout.splitlines()
    assert chat.split("\t")[1:3] == ["hi there", "scripted:one"]


def test_a_chat_that_is_answering_says_what_to_do(place: Place) -> None:
    asking = place.start("ask", "hi", "-m", SLOW)
    id = going(place)
    chat = json.loads(place.run("runs", "--json").stdout)["chat"]
    refused = place.run("ask", "and?", "--chat", chat)
    assert refused.returncode == 2
    assert id in refused.stderr
    assert "--if-busy" in refused.stderr
    instead = place.run("ask", "and?", "--chat", chat, "-m", "scripted:instead", "--if-busy", "interrupt")
    assert instead.stdout == "instead\n"
    assert finish(asking)[0] == 5


def test_models_are_listed_with_the_reason_why_one_cannot_be_used(place: Place) -> None:
    lines = dict(line.split("\t") for line in place.run("models").stdout.splitlines())
    assert lines["excerpts"] == "usable"
    assert "OPENAI_API_KEY" in lines["openai:gpt-5-mini"]
    place.variables["OPENAI_API_KEY"] = "sk-1234567890"
    done = place.run("models")
    assert dict(line.split("\t") for line in done.stdout.splitlines())["openai:gpt-5-mini"] == "usable"
    assert "1234567890" not in done.stdout + done.stderr
