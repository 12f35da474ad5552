"""Multipart bodies, written by hand, so that they may be wrong."""

from collections.abc import Iterable

from starlette.requests import Request
from starlette.types import Message

__all__ = ["BOUNDARY", "CONTENT_TYPE", "body_of", "request_of"]

BOUNDARY = b"boundary-of-the-test"
CONTENT_TYPE = f"multipart/form-data; boundary={BOUNDARY.decode()}"


def body_of(*files: tuple[bytes | None, bytes]) -> bytes:
    """A body with files, each a name as it goes over the wire, and bytes; None is a file that says no name."""
    found = b""
    for name, data in files:
        named = b"" if name is None else b'; filename="' + name + b'"'
        found += (
            b"--"
            + BOUNDARY
            + b'\r\nContent-Disposition: form-data; name="files"'
            + named
            + b"\r\n\r\n"
            + data
            + b"\r\n"
        )
    return found + b"--" + BOUNDARY + b"--\r\n"


def request_of(pieces: Iterable[bytes], content_type: str = CONTENT_TYPE) -> Request:
    """A request whose body comes in `pieces`."""
    coming = iter(pieces)

    async def receive() -> Message:
        piece = next(coming, None)
        return {"type": "http.request", "body": piece or b"", "more_body": piece is not None}

    headers = [(b"content-type", content_type.encode())]
    return Request({"type": "http", "method": "POST", "path": "/", "headers": headers}, receive)
