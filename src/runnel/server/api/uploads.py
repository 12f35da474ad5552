"""Uploads: the files of a multipart body, written to disk as they come, under names that cannot harm."""

import asyncio
import re
import tempfile
import unicodedata
from collections.abc import Sequence
from contextlib import ExitStack
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.requests import Request

from ...errors import InvalidRequest, TooLarge

__all__ = ["ReceivedFile", "receive_files", "safe_name"]

MOST_FILES = 100
# In code points, and in bytes as file systems count them.
_LONGEST_NAME = 200
_LONGEST_NAME_BYTES = 255
_IN_MEMORY = 64 * 1024
# Signs that turn the direction of writing, and so show another name than there is: `exe.fdp` for `pdf.exe`.
_DIRECTIONS = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]")


class ReceivedFile:
    """A file of a body: its safe `name`, and its bytes in a `file` that is gone once it is closed."""

    def __init__(self, name: str, file: IO[bytes]) -> None:
        self.name = name
        self.file = file
        self.size = 0

    def read(self) -> bytes:
        """All its bytes. Blocks."""
        self.file.seek(0)
        return self.file.read()


async def receive_files(request: Request, stack: ExitStack, most_bytes: int) -> Sequence[ReceivedFile]:
    """The files of a multipart body, in their order; `stack` closes them. Each part is one, is called `files`, and says
    a `filename`, which may be empty.

    Raises InvalidRequest for a body of another form or one that was cut short, TooLarge as soon as there are more than
    `most_bytes` in all files, or too many files.
    """
    kind, options = parse_options_header(request.headers.get("content-type"))
    boundary = options.get(b"boundary")
    if kind != b"multipart/form-data" or not boundary:
        raise InvalidRequest("send the files as multipart/form-data with a boundary, each as a part called `files`")
    form = _Form(stack, most_bytes)
    try:
        parser = MultipartParser(boundary, form.callbacks())  # type: ignore[arg-type]
        async for chunk in request.stream():
            if chunk:
                await asyncio.to_thread(parser.write, chunk)
    except FormParserError as error:
        raise InvalidRequest(f"the multipart body cannot be read: {error}") from None
    if not form.ended:
        raise InvalidRequest("the multipart body was cut short: it ends before its last boundary")
    if not form.files:
        raise InvalidRequest("there is no file in the body: send each as a part called `files`")
    return form.files


class _Form:
    """Takes what the parser finds. It runs in a thread, one call at a time."""

    def __init__(self, stack: ExitStack, most_bytes: int) -> None:
        self.files: list[ReceivedFile] = []
        self.ended = False
        self._stack = stack
        self._most = most_bytes
        self._size = 0
        self._headers: dict[bytes, bytes] = {}
        self._field = b""
        self._value = b""

    def callbacks(self) -> dict[str, object]:
        return {
            "on_part_begin": self._part,
            "on_header_field": self._on_field,
            "on_header_value": self._on_value,
            "on_header_end": self._header,
            "on_headers_finished": self._begin,
            "on_part_data": self._data,
            "on_end": self._end,
        }

    def _part(self) -> None:
        self._headers = {}

    def _on_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _on_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _header(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field = self._value = b""

    def _begin(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        name, given = options.get(b"name"), options.get(b"filename")
        if name != b"files" or given is None:
            called = (name or b"").decode(errors="replace")
            raise InvalidRequest(
                f"the part {called!r:.80} is no file: send each as a part called `files`, with a filename"
            )
        if len(self.files) >= MOST_FILES:
            raise TooLarge(f"one request may bring {MOST_FILES} files: send the rest with another", limit="files")
        file = self._stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        self.files.append(ReceivedFile(safe_name((given or b"").decode("utf-8", "replace")), file))

    def _data(self, data: bytes, start: int, end: int) -> None:
        self._size += end - start
        if self._size > self._most:
            raise TooLarge(
                f"the files of one request may have {self._most:,} bytes together (`documents.max_bytes`)",
                limit="documents.max_bytes",
                most=self._most,
            )
        one = self.files[-1]
        one.size += end - start
        one.file.write(data[start:end])

    def _end(self) -> None:
        self.ended = True


def safe_name(given: str) -> str:
    """A file's name as it may be stored and shown: the last part of a path, without controls, signs that turn the
    direction of writing, and what only begins or ends a name; of a bounded length, its suffix kept; never empty."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rpartition("/")[2]
    name = _DIRECTIONS.sub("", name)
    name = "".join([" " if unicodedata.category(sign)[0] in "CZ" else sign for sign in name])
    name = " ".join(name.split()).strip(". ")
    stem, dot, suffix = name.rpartition(".")
    if not dot or len(suffix) > 10:
        stem, dot, suffix = name, "", ""
    stem = stem[: _LONGEST_NAME - len(suffix) - 1]
    while len(f"{stem}{dot}{suffix}".encode()) > _LONGEST_NAME_BYTES:
        stem = stem[:-1]
    return f"{stem.rstrip()}{dot}{suffix}" if stem.strip(". ") else f"document{dot}{suffix}"
