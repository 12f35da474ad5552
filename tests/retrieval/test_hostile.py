"""What somebody uploads is parsed in a process with limits: whatever is in it, it harms nobody else."""

import zlib

import pytest

from runnel.errors import DocumentBroken
from runnel.retrieval import Retrieval, Upload
from runnel.retrieval.preparing import LONGEST_HEADING, Failed, Portion, Reply, Request
from runnel.retrieval.workers import Workers


async def prepared(name: str, data: bytes) -> list[Reply]:
    """The replies to an upload."""
    workers = Workers()
    try:
        request = Request(name, 64 << 20, data=data, apart=True)
        return [reply async for reply in workers.prepare(request, len(data), False)]
    finally:
        await workers.close()


def bomb_pdf(size: int) -> bytes:
    """A page whose content is `size` bytes of nothing, deflated a thousandfold, and that thrice over."""
    stream = zlib.compress(zlib.compress(zlib.compress(b"\0" * size, 9), 9), 9)
    filters = b"/Filter [/FlateDecode /FlateDecode /FlateDecode]"
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 4 0 R >>",
        b"<< /Length %d %b >>\nstream\n%b\nendstream" % (len(stream), filters, stream),
    ]
    written = b"%PDF-1.7\n" + b"".join(b"%d 0 obj\n%b\nendobj\n" % (n, one) for n, one in enumerate(objects, 1))
    return written + b"trailer << /Root 1 0 R /Size 5 >>\n%%EOF"


HOSTILE = {
    "deep.html": b"<html><body>" + b"<b>" * 1_000_000 + b"x",
    "deeper.html": b"<html><body>" + b"<div>" * 30_000 + b"x",
    "heading.html": b"<html><body><h1>" + b"x" * 2_000_000 + b"</h1>" + b"<p>The quick brown fox.</p>" * 20_000,
    "title.html": b"<html><title>" + b"x" * 2_000_000 + b"</title><p>word",
    "entities.html": b"<html><body>" + b"&amp;" * 500_000,
    "attributes.html": b"<html><body><p " + b'a="b" ' * 300_000 + b">word",
    "unclosed.html": b"<html><body><!--" + b"<" * 1_000_000,
    "brackets.md": b"# " + b"[" * 50_000,
    "marks.md": b"# " + b"*_" * 500_000,
    "tabs.md": b"# " + b"\t" * 1_000_000 + b"x",
    "front.md": b"---\n" * 200_000,
    "headings.md": b"# a\n" * 200_000,
    "bomb.pdf": bomb_pdf(512 << 20),
    "nothing.pdf": b"%PDF-1.7\n" + b"1 0 obj << /Type /ObjStm /N 99999999 /First 9 >> stream\n" + b"9 " * 500_000,
    "cycle.pdf": b"%PDF-1.7\n1 0 obj << /Type /Catalog /Pages 2 0 R >> endobj\n"
    b"2 0 obj << /Type /Pages /Kids [2 0 R 2 0 R] /Count 99999999 >> endobj\ntrailer << /Root 1 0 R >>",
    "bomb.zip": b"PK\x03\x04" + b"\0" * 1000,
    "words.txt": b"a" * 4_000_000,
    "wide.txt": b"\xff\xfe\x00\x00" + b"\xff" * 100_000,
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_a_hostile_file_is_read_or_refused(name: str) -> None:
    last = (await prepared(name, HOSTILE[name]))[-1]
    assert isinstance(last, Portion | Failed)
    assert not isinstance(last, Portion) or last.last
    assert not isinstance(last, Failed) or last.code.startswith("document."), last


async def test_titles_are_of_a_length_that_people_write() -> None:
    for name in ("heading.html", "title.html"):
        first, *_ = await prepared(name, HOSTILE[name])
        assert isinstance(first, Portion)
        assert first.head is not None
        assert first.head.title is not None
        assert len(first.head.title) == LONGEST_HEADING
        assert all(len(heading) <= LONGEST_HEADING for chunk in first.chunks for heading in chunk.heading)


async def test_memory_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runnel.retrieval.workers._START", _WITH_LIMITS.format("_MOST_MEMORY", 200 << 20))
    (reply,) = await prepared("many.html", b"<html><body>" + b"<p>a" * 3_000_000)
    assert isinstance(reply, Failed)
    assert reply.code == DocumentBroken.code


async def test_processor_time_has_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runnel.retrieval.workers._START", _WITH_LIMITS.format("_MOST_TIME", 1))
    (reply,) = await prepared("deep.html", b"<html><body>" + b"<div>" * 400_000 + b"x")
    assert isinstance(reply, Failed)
    assert "broke its parser" in reply.message


_WITH_LIMITS = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); from runnel.retrieval import worker;"
    " worker.{} = {}; worker.main()"
)


async def test_what_was_kept_is_parsed_apart_however_small(retrieval: Retrieval) -> None:
    document = await retrieval.keep(Upload("a.txt", b"The lamp turns."))
    await retrieval.add([document.id])
    assert len(retrieval._workers._idle) == 1
