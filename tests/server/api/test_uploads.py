"""What is uploaded is written to disk as it comes, under a name that can harm nobody; what is no upload is refused."""

import unicodedata
from collections.abc import Iterator
from contextlib import ExitStack

import httpx2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from runnel import Runnel
from runnel.errors import InvalidRequest, RunnelError, TooLarge
from runnel.server.api.uploads import MOST_FILES, receive_files, safe_name
from tests.server.api.bodies import BOUNDARY, CONTENT_TYPE, body_of, request_of


async def received(*pieces: bytes, most: int = 1 << 20, content_type: str = CONTENT_TYPE) -> list[tuple[str, bytes]]:
    with ExitStack() as stack:
        files = await receive_files(request_of(pieces, content_type), stack, most)
        return [(file.name, file.read()) for file in files]


NAMES = {
    "../../etc/passwd": "passwd",
    "..\\..\\windows\\win.ini": "win.ini",
    "C:\\fakepath\\a.pdf": "a.pdf",
    "a\0b.txt": "a b.txt",
    "a\r\nX-Evil: 1.txt": "a X-Evil: 1.txt",
    "report\u202efdp.exe": "reportfdp.exe",
    "\u200ftext\u2066.md": "text.md",
    "": "document",
    "...": "document",
    "/": "document",
    ".pdf": "pdf",
    "  spaces   inside  .txt ": "spaces inside.txt",
    "\ud800.txt": "txt",
    "Bericht über Flüsse.pdf": "Bericht über Flüsse.pdf",
    "مرحبا.txt": "مرحبا.txt",
    "x" * 300 + ".html": "x" * 195 + ".html",
    "é" * 300 + ".html": "é" * 125 + ".html",
}


@pytest.mark.parametrize(("given_name", "kept"), NAMES.items(), ids=[repr(name)[:30] for name in NAMES])
def test_a_name_is_made_safe(given_name: str, kept: str) -> None:
    assert safe_name(given_name) == kept


@given(st.text())
def test_whatever_the_name_the_kept_one_is_plain_and_bounded(name: str) -> None:
    kept = safe_name(name)
    assert kept
    assert len(kept.encode()) <= 255
    assert not {"/", "\\", "\0"} & set(kept)
    assert all(unicodedata.category(sign) not in ("Cc", "Cs", "Zl", "Zp") for sign in kept)
    assert kept not in (".", "..")
    assert safe_name(kept) == kept


@given(st.binary(max_size=400), st.integers(1, 60))
async def test_whatever_the_header_says_the_file_is_taken_or_refused(name: bytes, size: int) -> None:
    body = body_of((name, b"text"))
    pieces = [body[start : start + size] for start in range(0, len(body), size)]
    try:
        ((_, data),) = await received(*pieces)
    except InvalidRequest:
        return
    assert data == b"text" or b"\r\n\r\n" in name  # which ends the headers earlier


@given(st.binary(max_size=300), st.data())
async def test_whatever_is_sent_is_taken_or_refused(noise: bytes, data: st.DataObject) -> None:
    whole = body_of((b"a.txt", b"one"), (b"b.txt", noise))
    cut = data.draw(st.integers(0, len(whole)))
    try:
        files = await received(whole[:cut] + noise + whole[cut:])
    except RunnelError:
        return
    assert all(name for name, _ in files)


async def test_files_come_whole_however_they_are_cut() -> None:
    body = body_of((b"a.txt", b"one\r\n--"), (b"b.txt", b""), (b"c.txt", BOUNDARY))
    wanted = [("a.txt", b"one\r\n--"), ("b.txt", b""), ("c.txt", BOUNDARY)]
    for size in (1, 2, 7, len(body)):
        assert await received(*[body[start : start + size] for start in range(0, len(body), size)]) == wanted


async def test_a_body_that_is_cut_short_is_refused() -> None:
    body = body_of((b"a.txt", b"one"))
    for end in (0, 10, 60, len(body) - 6):
        with pytest.raises(InvalidRequest):
            await received(body[:end])


@pytest.mark.parametrize(
    "content_type",
    ["", "text/plain", "multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=a"],
)
async def test_a_body_that_is_no_form_is_refused(content_type: str) -> None:
    with pytest.raises(InvalidRequest):
        await received(body_of((b"a.txt", b"one")), content_type=content_type)


@pytest.mark.parametrize("boundary", ["other", "x" * 300, "boundary-of-the-tes"])
async def test_a_wrong_boundary_is_refused(boundary: str) -> None:
    with pytest.raises(InvalidRequest):
        await received(body_of((b"a.txt", b"one")), content_type=f"multipart/form-data; boundary={boundary}")


async def test_what_is_too_large_is_refused_before_all_is_read() -> None:
    read = 0

    def pieces() -> Iterator[bytes]:
        nonlocal read
        yield body_of((b"a.txt", b"x"))[:-28]
        for _ in range(1000):
            read += 1
            yield b"x" * 100

    with pytest.raises(TooLarge), ExitStack() as stack:
        await receive_files(request_of(pieces()), stack, 500)
    assert read < 10


async def test_too_many_files_are_refused() -> None:
    with pytest.raises(TooLarge):
        await received(body_of(*[(b"a.txt", b"one")] * (MOST_FILES + 1)))


async def test_a_part_that_is_no_file_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="files"):
        await received(body_of((None, b"one")))


async def test_a_refused_upload_leaves_nothing(client: httpx2.AsyncClient, app: Runnel) -> None:
    large = b"x" * (app.documents.max_bytes + 1)
    response = await client.post("/api/documents", files=[("files", ("a.txt", b"one")), ("files", ("b.txt", large))])
    assert response.status_code == 413
    assert response.json()["code"] == "misuse.limit_reached.too_large"
    assert (await client.get("/api/documents")).json() == {"documents": [], "next": None}


async def test_the_clients_word_for_the_type_counts_for_nothing(client: httpx2.AsyncClient) -> None:
    page = b"<!doctype html><script>alert(1)</script><p>The lamp turns."
    uploaded = (await client.post("/api/documents", files={"files": ("a.txt", page, "application/pdf")})).json()
    await client.get(uploaded["run"]["events"])
    id = uploaded["documents"][0]["id"]
    assert (await client.get(f"/api/documents/{id}")).json()["media_type"] == "text/html"
    content = await client.get(f"/api/documents/{id}/content")
    assert content.content == page
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-disposition"].startswith("attachment;")
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-security-policy"] == "default-src 'none'; sandbox"


async def test_a_hostile_document_fails_and_the_others_go_on(client: httpx2.AsyncClient) -> None:
    files = [
        ("files", ("bad.pdf", b"%PDF-1.7\n" + b"9 0 obj << /Type /ObjStm >>" * 1000)),
        ("files", ("zip.docx", b"PK\x03\x04" + b"\0" * 100)),
        ("files", ("empty.txt", b"")),
        ("files", ("good.txt", b"The lamp turns.")),
    ]
    uploaded = (await client.post("/api/documents", files=files)).json()
    events = (await client.get(uploaded["run"]["events"])).text
    assert '"status":"completed"' in events
    found = [(await client.get(f"/api/documents/{one['id']}")).json() for one in uploaded["documents"]]
    assert [one["indexed"] for one in found] == [False, False, False, True]
    assert [one.get("error", {}).get("code") for one in found] == [
        "document.broken",
        "document.unsupported",
        "document.empty",
        None,
    ]
