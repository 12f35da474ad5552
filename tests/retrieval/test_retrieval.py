"""Documents go in, sources come out; what is unchanged costs nothing, what fails says why, what is deleted is gone."""

import os
import time
from pathlib import Path

import pytest

from runnel.database import Database
from runnel.errors import (
    DocumentEmpty,
    DocumentMissing,
    DocumentScanned,
    DocumentTooLarge,
    DocumentUnsupported,
    Misuse,
    UnknownDocument,
)
from runnel.retrieval import MIGRATIONS, ParsedDocument, Retrieval, Upload
from runnel.vocabulary.events import StatusLine
from runnel.vocabulary.usage import estimate_tokens

from .pdfs import image_pdf, pdf

LONG_AGO = 1_000_000_000


def write(path: Path, text: str | bytes, at: int = LONG_AGO) -> Path:
    """A file with a time in the past, so that nothing can have written to it since within the same instant."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    os.utime(path, (at, at))
    return path


async def counts(database: Database) -> dict[str, int]:
    """How many rows there are of each kind."""
    tables = ("documents", "originals", "contents", "chunks", "chunk_words")
    return {
        table: await database.read(lambda c, table=table: c.execute(f"SELECT count(*) FROM {table}").fetchall()[0][0])  # type: ignore[misc]
        for table in tables
    }


async def test_a_source_is_found_with_its_place(retrieval: Retrieval, folder: Path) -> None:
    path = write(
        folder / "light.md", "# The lighthouse\n\nTall.\n\n## Lamp\n\nIt turns once in twelve seconds. " + "Go. " * 200
    )
    report = await retrieval.add([path])
    (source, *_) = await retrieval.search("How often does the lamp turn?", report.ids)
    assert source.document == report.ids[0]
    assert source.title == "The lighthouse"
    assert source.score > 0
    assert source.location == "light.md#the-lighthouse"
    text = await retrieval.text(source.document)
    assert text[source.start : source.end] == source.text
    assert "twelve seconds" in source.text


async def test_a_source_of_a_pdf_has_its_page(retrieval: Retrieval) -> None:
    report = await retrieval.add([Upload("r.pdf", pdf(["Ferries. " * 60, "The lamp turns. " * 40], "Report"))])
    (source, *_) = await retrieval.search("lamp", report.ids)
    assert (source.page, source.location, source.title) == (2, "r.pdf#page=2", "Report")


async def test_the_pages_of_a_passage_are_known(retrieval: Retrieval) -> None:
    pages = [f"{word} " * 60 for word in ("One", "Two", "Three")]
    (id,) = (await retrieval.add([Upload("r.pdf", pdf(pages)), Upload("t.txt", b"plain")])).ids[:1]
    text = await retrieval.text(id)
    found = await retrieval.pages(id, 0, len(text))
    assert [(page, text[start:].split()[0]) for page, start in found] == [(1, "One"), (2, "Two"), (3, "Three")]
    second = found[1][1]
    assert await retrieval.pages(id, second - 1, second) == found[:1]
    assert await retrieval.pages(id, second - 1, second + 1) == found[:2]
    assert await retrieval.pages(id, second, second + 1) == found[1:2]
    assert await retrieval.pages((await retrieval.add([b"no pages"])).ids[0], 0, 5) == ()


async def test_the_same_source_has_the_same_id(retrieval: Retrieval) -> None:
    report = await retrieval.add([b"The lamp turns."])
    first, second = [await retrieval.search("lamp", report.ids) for _ in range(2)]
    assert first == second


async def test_paths_folders_patterns_bytes_and_ids_in_order_each_once(retrieval: Retrieval, folder: Path) -> None:
    write(folder / "a.txt", "a")
    write(folder / "b.md", "b")
    kept = await retrieval.keep(Upload("k.txt", b"kept"))
    report = await retrieval.add(
        [b"bytes", folder / "b.md", str(folder), f"{folder}/*.txt", kept.id, Upload("u", b"u")]
    )
    names = [(await retrieval.get(id)).name for id in report.ids]
    assert names[1:] == ["b.md", f"{folder.name}/a.txt", "k.txt", "u"]
    assert names[0].startswith("document-")
    assert report.indexed == 5


async def test_what_is_unchanged_is_not_parsed_again(retrieval: Retrieval, folder: Path) -> None:
    write(folder / "a.txt", "one")
    write(folder / "b.txt", "two")
    first = await retrieval.add([folder, b"three"])
    lines: list[StatusLine] = []
    again = await retrieval.add([folder, b"three"], lines.append)
    assert (again.ids, again.indexed, again.unchanged) == (first.ids, 0, 3)
    assert lines == []


async def test_a_file_with_another_time_and_the_same_bytes_is_unchanged(retrieval: Retrieval, folder: Path) -> None:
    path = write(folder / "a.txt", "one")
    first = await retrieval.add([path])
    write(path, "one", LONG_AGO + 5)
    again = await retrieval.add([path])
    assert (again.ids, again.indexed, again.unchanged) == (first.ids, 0, 1)


async def test_a_file_as_old_as_its_indexing_is_looked_into(retrieval: Retrieval, folder: Path) -> None:
    path = folder / "a.txt"
    path.write_text("lamp")
    info = path.stat()
    report = await retrieval.add([path])
    path.write_text("boat")
    os.utime(path, ns=(info.st_atime_ns, info.st_mtime_ns))
    assert (await retrieval.add([path])).indexed == 1
    assert await retrieval.text(report.ids[0]) == "boat"


async def test_a_changed_file_keeps_its_id_and_leaves_nothing_behind(
    retrieval: Retrieval, database: Database, folder: Path
) -> None:
    path = write(folder / "a.txt", "The lamp turns. " * 500)
    first = await retrieval.add([path])
    write(path, "The ferry leaves.", LONG_AGO + 5)
    again = await retrieval.add([path])
    assert (again.ids, again.indexed) == (first.ids, 1)
    assert await retrieval.search("lamp", again.ids) == ()
    assert len(await retrieval.search("ferry", again.ids)) == 1
    assert await counts(database) == {"documents": 1, "originals": 0, "contents": 1, "chunks": 1, "chunk_words": 1}


async def test_a_document_of_many_chats_is_one(retrieval: Retrieval, database: Database, folder: Path) -> None:
    write(folder / "a.txt", "one")
    (folder / "link.txt").symlink_to(folder / "a.txt")
    ids = {(await retrieval.add([name])).ids for name in (folder / "a.txt", folder, folder / "link.txt")}
    assert len(ids) == 1
    assert (await counts(database))["documents"] == 1


async def test_what_fails_says_why_and_the_others_go_on(retrieval: Retrieval, folder: Path) -> None:
    write(folder / "good.txt", "The lamp.")
    lines: list[StatusLine] = []
    report = await retrieval.add(
        [folder / "gone.txt", b"", Upload("scan.pdf", image_pdf()), Upload("x.bin", b"\0\1\2" * 50), folder],
        lines.append,
    )
    assert len(report.ids) == 1
    assert {(type(error), error.document) for error in report.failed if error.document[:8] != "document"} == {
        (DocumentMissing, str(folder / "gone.txt")),
        (DocumentScanned, "scan.pdf"),
        (DocumentUnsupported, "x.bin"),
    }
    assert DocumentEmpty in {type(error) for error in report.failed}
    assert {error.message for error in report.failed} <= {line.text for line in lines}
    assert [one.id for one in await retrieval.list()] == list(report.ids), "what failed was not kept"


async def test_files_of_a_folder_that_are_no_documents_are_passed_over(retrieval: Retrieval, folder: Path) -> None:
    write(folder / "a.txt", "text")
    write(folder / "empty.py", "")
    write(folder / "data.x", b"\0\1\2")
    write(folder / "scan.pdf", image_pdf())
    report = await retrieval.add([folder])
    assert (len(report.ids), report.skipped) == (1, 2)
    assert [type(error) for error in report.failed] == [DocumentScanned]


async def test_an_upload_that_failed_stays_with_its_error(retrieval: Retrieval) -> None:
    kept = await retrieval.keep(Upload("scan.pdf", image_pdf()))
    assert kept.indexed_at is None
    assert kept.error is None
    report = await retrieval.add([kept.id])
    assert report.ids == ()
    error = (await retrieval.get(kept.id)).error
    assert error is not None
    assert error.code == "document.scanned"
    assert await retrieval.text(kept.id) == ""
    assert await retrieval.content(kept.id) == image_pdf()


async def test_what_was_kept_in_the_same_moment_stays_though_it_fails(
    retrieval: Retrieval, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "time_ns", lambda: LONG_AGO * 1_000_000_000)
    upload = Upload("scan.pdf", image_pdf())
    kept = await retrieval.keep(upload)
    assert [type(error) for error in (await retrieval.add([upload])).failed] == [DocumentScanned]
    assert (await retrieval.get(kept.id)).error is not None
    assert [type(error) for error in (await retrieval.add([b"\x00\xff"])).failed] == [DocumentUnsupported]
    assert [one.id for one in await retrieval.list()] == [kept.id]


async def test_one_document_is_given_as_a_list_of_one(retrieval: Retrieval, folder: Path) -> None:
    path = write(folder / "a.txt", "The lamp turns.")
    for wrong in (str(path), path, b"bytes"):
        with pytest.raises(Misuse, match="documents=\\["):
            await retrieval.add(wrong)  # type: ignore[arg-type]
    assert len((await retrieval.add([path])).ids) == 1


async def test_a_file_whose_name_is_no_text_is_told_and_the_others_go_on(retrieval: Retrieval, folder: Path) -> None:
    write(folder / "good.txt", "The lamp turns.")
    odd = folder / os.fsdecode(b"caf\xe9.txt")
    try:
        write(odd, "The lamp is red.")
    except OSError:
        pytest.skip("this file system takes UTF-8 names only")
    for given in ([folder], [odd, folder / "good.txt"]):
        report = await retrieval.add(given)
        assert len(report.ids) == 1
        assert [type(error) for error in report.failed] == [DocumentUnsupported]
        assert "caf\\udce9.txt' is not UTF-8" in str(report.failed[0])


async def test_a_document_over_the_limit_is_too_large(database: Database, folder: Path) -> None:
    retrieval = Retrieval(database, max_bytes=10)
    report = await retrieval.add([write(folder / "a.txt", "x" * 11), b"y" * 11, b"small"])
    assert [type(error) for error in report.failed] == [DocumentTooLarge, DocumentTooLarge]
    assert len(report.ids) == 1
    with pytest.raises(DocumentTooLarge):
        await retrieval.keep(Upload("a", b"x" * 11))
    await retrieval.close()


async def test_an_unknown_id_is_named_and_nothing_is_done(retrieval: Retrieval) -> None:
    unknown = "doc_" + "0" * 24
    with pytest.raises(UnknownDocument, match=unknown):
        await retrieval.add([b"text", unknown])
    assert list(await retrieval.list()) == []
    for method in (retrieval.get, retrieval.text, retrieval.content, retrieval.delete):
        with pytest.raises(UnknownDocument, match=unknown):
            await method(unknown)


async def test_a_search_is_in_the_documents_named_only(retrieval: Retrieval) -> None:
    report = await retrieval.add([b"The lamp of the north.", b"The lamp of the south."])
    north, south = report.ids
    assert {source.document for source in await retrieval.search("lamp", [south])} == {south}
    assert {source.document for source in await retrieval.search("lamp", [north, south])} == {north, south}
    assert await retrieval.search("lamp", []) == ()
    assert await retrieval.search("lamp", ["doc_" + "0" * 24]) == ()


async def test_a_deleted_document_is_gone(retrieval: Retrieval, database: Database) -> None:
    report = await retrieval.add([b"The lamp turns. " * 2000, b"The lamp stands."])
    await retrieval.delete(report.ids[0])
    assert {source.document for source in await retrieval.search("lamp", report.ids)} == {report.ids[1]}
    assert [one.id for one in await retrieval.list()] == [report.ids[1]]
    assert await counts(database) == {"documents": 1, "originals": 1, "contents": 1, "chunks": 1, "chunk_words": 1}


async def test_a_file_that_is_gone_keeps_its_text_until_asked(retrieval: Retrieval, folder: Path) -> None:
    path = write(folder / "a.txt", "The lamp turns.")
    report = await retrieval.add([path])
    path.unlink()
    again = await retrieval.add(list(report.ids))
    assert (again.ids, again.failed) == (report.ids, ())
    assert len(await retrieval.search("lamp", report.ids)) == 1
    assert [one.id for one in await retrieval.remove_missing()] == list(report.ids)
    assert list(await retrieval.list()) == []


async def test_sources_keep_within_the_budget(database: Database) -> None:
    retrieval = Retrieval(database, budget_tokens=500)
    report = await retrieval.add([f"The lamp of tower {n} turns. {'word ' * 120}".encode() for n in range(20)])
    sources = await retrieval.search("lamp tower", report.ids)
    assert 1 < len(sources) < 20
    assert sum(estimate_tokens(len(source.text)) for source in sources) <= 500
    assert [s.score for s in sources] == sorted((s.score for s in sources), reverse=True)
    assert len(await retrieval.search("lamp tower", report.ids, limit=1)) == 1
    await retrieval.close()


async def test_one_source_is_given_even_where_the_budget_is_smaller(database: Database) -> None:
    retrieval = Retrieval(database, budget_tokens=5)
    report = await retrieval.add([b"lamp " * 200])
    (source,) = await retrieval.search("lamp", report.ids)
    assert len(source.text) == 20
    await retrieval.close()


async def test_passages_that_touch_are_one_source(retrieval: Retrieval) -> None:
    text = "".join(f"The lamp number {number} shines over the sea at night. " for number in range(60))
    report = await retrieval.add([text.encode()])
    (source,) = await retrieval.search("lamp", report.ids)
    assert source.text == text.strip()
    assert (await retrieval.text(source.document))[source.start : source.end] == source.text


async def test_the_same_text_in_two_documents_is_given_once(retrieval: Retrieval) -> None:
    report = await retrieval.add([Upload("a", b"The lamp."), Upload("b", b"The lamp.")])
    assert len(report.ids) == 2
    assert len(await retrieval.search("lamp", report.ids)) == 1


async def test_one_long_document_does_not_crowd_out_the_others(retrieval: Retrieval) -> None:
    long = "\n\n".join(f"Lamp {n}. " + f"The lamp is a lamp. Lamp {n}! " * 20 for n in range(50))
    report = await retrieval.add([long.encode(), b"A short note says that a lamp was lit by the keeper at night."])
    found = await retrieval.search("lamp", report.ids)
    assert {source.document for source in found} == set(report.ids)


@pytest.mark.parametrize(
    "question", ["Summarise this", "What is this document about?", "Give me an overview of the file"]
)
async def test_a_question_about_the_documents_gets_their_beginnings(retrieval: Retrieval, question: str) -> None:
    ferries = "".join(f"Ferry {number} leaves at noon. " for number in range(200))
    report = await retrieval.add([ferries.encode(), b"Tea is green."])
    found = await retrieval.search(question, report.ids)
    assert [(source.document, source.start) for source in found] == [(id, 0) for id in report.ids]


async def test_a_question_about_nothing_there_has_no_sources(retrieval: Retrieval) -> None:
    report = await retrieval.add([b"Ferries leave at noon."])
    assert await retrieval.search("quantum chromodynamics", report.ids) == ()


async def test_one_s_own_parser_comes_first(database: Database, folder: Path) -> None:
    class Shouting:
        name = "shouting"
        version = 1
        isolated = False
        suffixes = frozenset({".txt"})
        media_types = frozenset[str]()

        def parse(self, data: bytes, name: str) -> ParsedDocument:
            if b"broken" in data:
                raise ValueError("a defect")
            return ParsedDocument(data.decode().upper(), "text/plain")

    retrieval = Retrieval(database, parsers=[Shouting()])
    report = await retrieval.add(
        [write(folder / "a.txt", "lamp"), write(folder / "b.txt", "broken"), write(folder / "c.md", "x")]
    )
    assert [await retrieval.text(id) for id in report.ids] == ["LAMP", "x"]
    assert [error.document for error in report.failed] == ["b.txt"]
    assert "a defect" in report.failed[0].message
    await retrieval.close()


async def test_it_works_in_memory() -> None:
    database = Database()
    await database.open(MIGRATIONS)
    retrieval = Retrieval(database)
    report = await retrieval.add([b"The lamp turns."])
    assert len(await retrieval.search("lamp", report.ids)) == 1
    await retrieval.close()
    await database.close()


async def test_documents_are_listed_the_newest_first_by_user_and_page(retrieval: Retrieval) -> None:
    ids = [(await retrieval.keep(Upload(f"{n}", b"x", None, "ada" if n % 2 else "bob"))).id for n in range(6)]
    assert [one.id for one in await retrieval.list()] == ids[::-1]
    assert [one.id for one in await retrieval.as_user("ada").list()] == ids[1::2][::-1]
    assert [one.id for one in await retrieval.list(after=ids[4], limit=2)] == [ids[3], ids[2]]


async def test_any_passage_is_what_the_text_has_there(retrieval: Retrieval) -> None:
    said = "".join(f"Section {number}. The lamp \U0001f4a1 turns.\n\n" for number in range(300))
    (id,) = (await retrieval.add([said.encode()])).ids
    text = await retrieval.text(id)
    assert (await retrieval.get(id)).chunks != 1
    for start, end in (
        (0, 1),
        (0, len(text)),
        (799, 801),
        (5, 5),
        (9, 3),
        (len(text) - 3, len(text) + 9),
        (10**9, 10**9 + 1),
    ):
        assert await retrieval.passage(id, start, end) == text[start:end]
    for start in range(0, len(text), 97):
        assert await retrieval.passage(id, start, start + 301) == text[start : start + 301]
    assert await retrieval.passage(id, -5, 5) == ""
