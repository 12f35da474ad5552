"""Indexing beside the event loop: processes when they pay, interruption at any moment, nothing left behind."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest

from runnel.database import Database
from runnel.errors import DocumentBroken
from runnel.retrieval import MIGRATIONS, Retrieval, Upload
from runnel.retrieval.preparing import Failed, Portion, Request
from runnel.retrieval.workers import Workers
from runnel.vocabulary.events import StatusLine

from .pdfs import pdf
from .test_retrieval import counts

SENTENCE = "The lamp number {} shines over the sea at night, and the keeper sleeps.\n"


def processes(retrieval: Retrieval) -> int:
    return len(retrieval._workers._idle)


async def test_a_few_small_texts_start_no_process(retrieval: Retrieval) -> None:
    report = await retrieval.add([b"# one", b"two", Upload("a.html", b"<p>three")])
    assert report.indexed == 3
    assert processes(retrieval) == 0


async def test_a_pdf_is_parsed_in_a_process_whatever_its_size_and_name(retrieval: Retrieval) -> None:
    report = await retrieval.add([Upload("a.txt", pdf(["The lamp turns."]))])
    assert (await retrieval.text(report.ids[0])) == "The lamp turns."
    assert processes(retrieval) == 1


async def test_a_large_text_is_whole(retrieval: Retrieval) -> None:
    """Twenty megabytes, in portions."""
    text = "".join(map(SENTENCE.format, range(280_000)))
    report = await retrieval.add([Upload("large.txt", text.encode())])
    assert processes(retrieval) == 1
    (source, *_) = await retrieval.search("lamp number 271828", report.ids)
    assert "271828" in source.text
    assert text[source.start : source.end] == source.text
    assert await retrieval.text(report.ids[0]) == text
    await retrieval.delete(report.ids[0])


async def test_progress_counts_to_the_end(retrieval: Retrieval, folder: Path) -> None:
    for number in range(30):
        (folder / f"{number}.txt").write_text("text")
    lines: list[StatusLine] = []
    await retrieval.add([folder], lines.append)
    assert [line.done for line in lines] == sorted(line.done or 0 for line in lines)
    assert (lines[-1].done, lines[-1].total) == (30, 30)


async def test_interrupted_at_any_moment_it_goes_on_where_it_was(database: Database, folder: Path) -> None:
    for number in range(40):
        (folder / f"{number:02}.txt").write_text("".join(SENTENCE.format(number) for _ in range(200)))
    (folder / "x.pdf").write_bytes(pdf(["The lamp."] * 20))
    done = 0
    for patience in (0, 1, 3, 10, 30, 100, 300, 1000):
        retrieval = Retrieval(database)
        task = asyncio.create_task(retrieval.add([folder]))
        for _ in range(patience):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await retrieval.close()
        now = len(await Retrieval(database).list())
        assert now >= done
        done = now
    retrieval = Retrieval(database)
    retrieval._swept = True
    report = await retrieval.add([folder])
    assert len(report.ids) == 41
    assert report.indexed + report.unchanged == 41
    for id in report.ids:
        document = await retrieval.get(id)
        assert len(await retrieval.text(id)) == document.length
    await retrieval.close()


async def test_what_a_dead_writer_left_behind_is_swept(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    retrieval = Retrieval(database)
    library = retrieval._library
    for _ in range(2):
        content = await library.begin()
        stream = retrieval._workers.prepare(Request("a", 10**6, None, b"lamp " * 20000), 10, False)
        portion = await anext(stream)
        await stream.aclose()
        assert isinstance(portion, Portion)
        await library.write(content, portion.chunks)
        await retrieval._index.add(content, "", portion.chunks)
    monkeypatch.setattr("runnel.retrieval.retrieval._LEFT_BEHIND_MS", -1000)
    report = await retrieval.add([b"lamp"])
    assert len(await retrieval.search("lamp", report.ids)) == 1
    assert await counts(database) == {"documents": 1, "originals": 1, "contents": 1, "chunks": 1, "chunk_words": 1}
    await retrieval.close()


async def test_a_process_that_dies_breaks_its_document_only(retrieval: Retrieval) -> None:
    workers = retrieval._workers
    request = Request("a.pdf", 10**6, None, pdf(["The lamp."]))
    first = [reply async for reply in workers.prepare(request, 10, True)]
    assert isinstance(first[0], Portion)
    workers._idle[0]._popen.kill()
    (reply,) = [reply async for reply in workers.prepare(request, 10, True)]
    assert isinstance(reply, Failed)
    assert reply.code == DocumentBroken.code
    assert [reply async for reply in workers.prepare(request, 10, True)] == first


async def test_a_document_that_takes_for_ever_is_broken(folder: Path) -> None:
    workers = Workers(time_limit=0.0)
    replies = [reply async for reply in workers.prepare(Request("a.pdf", 10**6, None, pdf(["x"])), 10, True)]
    (reply,) = replies
    assert isinstance(reply, Failed)
    assert "within" in reply.message
    await workers.close()


async def test_closing_ends_the_processes(database: Database) -> None:
    retrieval = Retrieval(database)
    await retrieval.add([Upload("a.pdf", pdf(["The lamp."]))])
    (process,) = retrieval._workers._idle
    await retrieval.close()
    await retrieval.close()
    assert process._popen.returncode is not None


def test_a_script_without_a_main_guard_may_index(tmp_path: Path) -> None:
    """`multiprocessing` would run it again in each process."""
    (tmp_path / "a.pdf").write_bytes(pdf(["The lamp turns."]))
    script = tmp_path / "script.py"
    script.write_text(
        "import asyncio\nfrom runnel.database import Database\nfrom runnel.retrieval import MIGRATIONS, Retrieval\n"
        "async def main():\n"
        "    database = Database()\n    await database.open(MIGRATIONS)\n    retrieval = Retrieval(database)\n"
        "    report = await retrieval.add(['a.pdf'])\n"
        "    print((await retrieval.search('lamp', report.ids))[0].text)\n"
        "    await retrieval.close()\n    await database.close()\n"
        "asyncio.run(main())\n"
    )
    done = subprocess.run([sys.executable, str(script)], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("The lamp turns.\n", "")


async def test_two_processes_may_index_the_same(tmp_path: Path, folder: Path) -> None:
    """Here two databases over one file: the last to finish is the one that holds, and nothing is left of the other."""
    path = folder / "a.txt"
    path.write_text("The lamp turns. " * 1000)
    one, other = Database(tmp_path / "x.db"), Database(tmp_path / "x.db")
    await one.open(MIGRATIONS)
    await other.open(MIGRATIONS)
    first, second = Retrieval(one), Retrieval(other)
    reports = await asyncio.gather(first.add([path]), second.add([path]))
    assert reports[0].ids == reports[1].ids
    assert len(await first.list()) == 1
    found = await counts(one)
    assert found["contents"] == 1
    assert found["chunks"] == found["chunk_words"] == (await first.get(reports[0].ids[0])).chunks
    for closing in (first, second, one, other):
        await closing.close()
