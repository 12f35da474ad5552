"""Documents: uploading, looking, reading, deleting."""

import asyncio
from contextlib import ExitStack
from typing import Annotated
from urllib.parse import quote

import msgspec
from starlette.responses import Response

from ...retrieval.documents import Upload
from ..calls import Call
from ..operations import Operations
from .common import Limit
from .uploads import receive_files
from .views import DocumentPage, DocumentView, PageStart, Passage, StartedRun, Uploaded

__all__ = ["DOCUMENTS"]

DOCUMENTS = Operations("documents")

# In code points: what a passage has where its end is not named, and at most.
_PASSAGE = 100_000
_LONGEST = 1_000_000
# What a browser may show in its own window: it can run no code of the document's there.
_SHOWN = {"text/plain": "text/plain", "text/markdown": "text/plain", "application/pdf": "application/pdf"}
CONTENT = (*dict.fromkeys(_SHOWN.values()), "application/octet-stream")


class Page(msgspec.Struct):
    """A page of a list: what comes after the document `before`, which was added later."""

    limit: Limit = 100
    before: str | None = None


class Range(msgspec.Struct):
    """A range of a text, in code points."""

    start: Annotated[int, msgspec.Meta(ge=0)] = 0
    end: Annotated[int, msgspec.Meta(ge=0)] | None = None


@DOCUMENTS.add("POST", "/api/documents", status=202, consumes="multipart/form-data")
async def upload_documents(call: Call) -> Uploaded:
    """Upload files, each of which becomes a document, and begin to index them: a run, whose stream tells how far it is.

    The same file of the same name is one document, however often it is sent.
    """
    library = call.app.documents
    with ExitStack() as stack:
        files = await receive_files(call.request, stack, library.max_bytes)
        documents = []
        for file in files:
            async with call.server.keeping:  # one is in memory at a time
                data = await asyncio.to_thread(file.read)
                documents.append(await library.keep(Upload(file.name, data)))
                del data
    run, _ = await call.app.index([document.id for document in documents])
    return Uploaded([DocumentView.of(document) for document in documents], StartedRun.of(call, run))


@DOCUMENTS.add("GET", "/api/documents")
async def list_documents(call: Call, query: Page) -> DocumentPage:
    """The documents, the newest first."""
    found = await call.app.documents.list(query.before, query.limit)
    return DocumentPage(
        [DocumentView.of(document) for document in found], found[-1].id if len(found) == query.limit else None
    )


@DOCUMENTS.add("GET", "/api/documents/{document}")
async def get_document(call: Call) -> DocumentView:
    """A document, without its text."""
    return DocumentView.of(await call.app.documents.get(call.path["document"]))


@DOCUMENTS.add("GET", "/api/documents/{document}/content", produces=CONTENT, errors=(422,))
async def document_content(call: Call) -> Response:
    """The bytes of a document, as they were uploaded."""
    library = call.app.documents
    document = await library.get(call.path["document"])
    data = await library.content(document.id)
    shown = _SHOWN.get(document.media_type or "")
    where = "attachment" if shown is None else "inline"
    headers = {
        "Content-Disposition": f"{where}; filename*=UTF-8''{quote(document.name, safe='')}",
        # A browser's own reader of PDF does not run in a sandbox, and runs no code of the document's in this origin.
        "Content-Security-Policy": "default-src 'none'"
        if shown == "application/pdf"
        else "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
    }
    response = Response(data, headers=headers)
    response.headers["Content-Type"] = shown or "application/octet-stream"  # with no charset: nobody knows it
    return response


@DOCUMENTS.add("GET", "/api/documents/{document}/text")
async def document_text(call: Call, query: Range) -> Passage:
    """A passage of a document's text, into which the `start` and `end` of sources point. Empty until it is indexed."""
    document = await call.app.documents.get(call.path["document"])
    length = document.length or 0
    start = min(query.start, length)
    most = _PASSAGE if query.end is None else min(_LONGEST, query.end - start)
    text = await call.app.documents.passage(document.id, start, start + most)
    end = start + len(text)
    pages = await call.app.documents.pages(document.id, start, end) if text else ()
    return Passage(document.id, start, end, length, text, [PageStart(page, at) for page, at in pages])


@DOCUMENTS.add("DELETE", "/api/documents/{document}", status=204)
async def delete_document(call: Call) -> None:
    """Delete a document, its text and its bytes. What was answered with it keeps the passages that it cites."""
    await call.app.documents.delete(call.path["document"])
