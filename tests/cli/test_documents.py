"""`runnel index` and `runnel documents`."""

import json

from tests.cli.processes import Place, finish
from tests.cli.terminals import Terminal


def test_documents_are_indexed_once(place: Place) -> None:
    place.write("notes/a.md", "# A\n\nSome words.\n")
    place.write("notes/b.txt", "Other words.\n")
    first, second = place.run("index", "notes"), place.run("index", "notes")
    assert (first.returncode, second.returncode) == (0, 0)
    assert "2 indexed." in first.stderr
    assert "0 indexed, 2 unchanged." in second.stderr
    listed = [json.loads(line) for line in place.run("documents", "--json").stdout.splitlines()]
    assert sorted(document["name"].rpartition("/")[2] for document in listed) == ["a.md", "b.txt"]
    assert len(place.run("documents").stdout.splitlines()) == 2


def test_what_cannot_be_indexed_is_named_with_the_reason_and_the_rest_goes_on(place: Place) -> None:
    place.write("good.md", "Some words.\n")
    place.write("bad.pdf", "%PDF-1.7 and then nothing of the kind")
    done = place.run("index", "good.md", "bad.pdf", "gone.md")
    assert done.returncode == 1
    assert "bad.pdf" in done.stderr
    assert "gone.md" in done.stderr
    assert "1 indexed, 2 not indexed." in done.stderr
    assert done.stdout == ""


def test_indexing_that_was_stopped_goes_on_where_it_was(place: Place) -> None:
    for number in range(400):
        place.write(f"many/{number}.md", f"# {number}\n\n" + f"Words of document {number}. " * 400)
    with Terminal(place, "index", "many") as terminal:
        terminal.until(" of 400")
        terminal.type("\x03")
        assert terminal.end() == 130
        assert "goes on from there" in terminal.text
    done = place.run("index", "many")
    assert done.returncode == 0
    assert len(place.run("documents", "--json").stdout.splitlines()) == 400
    statuses = [json.loads(line)["status"] for line in place.run("runs", "--json").stdout.splitlines()]
    assert statuses == ["completed", "cancelled"]


def test_indexing_can_be_followed(place: Place) -> None:
    place.write("a.md", "Some words.\n")
    place.run("index", "a.md")
    id = json.loads(place.run("runs", "--json").stdout)["id"]
    code, out, _ = finish(place.start("follow", id, "--json"))
    events = [json.loads(line) for line in out.splitlines()]
    assert code == 0
    assert {"run.started", "status", "run.ended"} <= {event["type"] for event in events}


def test_nothing_to_index_is_a_wrong_use(place: Place) -> None:
    assert place.run("index").returncode == 2
