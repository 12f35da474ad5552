"""The web page: files that `frontend/` is built into, in `web/`. Which of them is shown is the page's own matter: one
document stands at `/` and at the places of chats, runs, messages and documents, and names all it needs relative to
where it stands. So it works below whatever path a proxy strips, and no setting says which."""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

__all__ = ["ASSETS", "WEB", "WebPage"]

WEB = Path(__file__).parent / "web"
ASSETS = "/assets/"
_ICON = "/favicon.svg"
_PLACES = ("/chats/{id}", "/runs/{id}", "/messages/{id}", "/documents/{id}")
_NOT_BUILT = Path(__file__).parent / "pages" / "not_built.html"
_NEVER_CHANGES = "public, max-age=31536000, immutable"
_ASK_FIRST = "no-cache"
_TYPES = {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".woff2": "font/woff2"}
# Kinds of files that are smaller when they are compressed.
_TEXT = ("text/", "image/svg+xml", "application/json")


@dataclass(frozen=True)
class _File:
    """A file, as it is sent. `tag` is its ETag, without quotes."""

    path: Path
    media_type: str
    body: bytes
    packed: bytes | None
    tag: str

    @classmethod
    def of(cls, path: Path, body: bytes) -> "_File":
        media_type = _TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
        packed = gzip.compress(body, mtime=0) if media_type.startswith(_TEXT) or path.suffix == ".html" else None
        return cls(path, media_type, body, packed, hashlib.sha256(body).hexdigest()[:24])


class WebPage:
    """Serves the page that was built into `folder`, or says how it is built. What was built anew is there at once."""

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder or WEB
        self._built_at = 0
        self._files: dict[str, _File] = {}

    def places(self) -> list[Route]:
        """Where the page stands: for who is known."""
        return [Route("/", self._top), *[Route(place, self._below) for place in _PLACES]]

    def files(self) -> list[Route]:
        """What the page is made of: anybody may have it."""
        return [Route(f"{ASSETS}{{name}}", self._asset), Route(_ICON, self._icon)]

    async def _top(self, request: Request) -> Response:
        return self._document(request, "./")

    async def _below(self, request: Request) -> Response:
        return self._document(request, "../")

    def _document(self, request: Request, root: str) -> Response:
        if not self._is_built():
            return Response(_NOT_BUILT.read_bytes(), 503, media_type="text/html", headers={"Retry-After": "60"})
        path = self._folder / "index.html"
        file = self._files.get(root)
        if file is None:
            body = path.read_bytes()
            self._files[root] = file = _File.of(path, body.replace(b'="./', f'="{root}'.encode()))
        return _respond(request, file, _ASK_FIRST)

    async def _asset(self, request: Request) -> Response:
        # A route's `{name}` has no slash in it, and so names nothing outside the folder.
        return self._file(request, Path("assets", request.path_params["name"]), _NEVER_CHANGES)

    async def _icon(self, request: Request) -> Response:
        return self._file(request, Path(_ICON[1:]), _ASK_FIRST)

    def _file(self, request: Request, name: Path, caching: str) -> Response:
        path = self._folder / name
        if not self._is_built() or name.name.startswith(".") or not path.is_file():
            raise HTTPException(404)
        key = str(name)
        file = self._files.get(key)
        if file is None:
            self._files[key] = file = _File.of(path, path.read_bytes())
        return _respond(request, file, caching)

    def _is_built(self) -> bool:
        try:
            built_at = (self._folder / "index.html").stat().st_mtime_ns
        except OSError:
            return False
        if built_at != self._built_at:
            self._built_at, self._files = built_at, {}
        return True


def _respond(request: Request, file: _File, caching: str) -> Response:
    headers = {"Cache-Control": caching, "ETag": f'"{file.tag}"'}
    if file.packed is not None:
        headers["Vary"] = "Accept-Encoding"
    if "range" in request.headers and file.path.suffix != ".html":  # of the file as it lies, never of a packed one
        return FileResponse(file.path, headers=headers, media_type=file.media_type)
    body = file.body
    if file.packed is not None and _takes_gzip(request.headers.get("accept-encoding", "")):
        headers |= {"Content-Encoding": "gzip", "ETag": f'"{file.tag}-gzip"'}
        body = file.packed
    if _has(request.headers.get("if-none-match"), headers["ETag"]):
        headers.pop("Content-Encoding", None)
        return Response(None, 304, headers=headers)
    return Response(body, headers=headers, media_type=file.media_type)


def _takes_gzip(accepted: str) -> bool:
    for coding in accepted.lower().split(","):
        name, _, weight = coding.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _has(given: str | None, tag: str) -> bool:
    """Whether what `If-None-Match` names has this tag."""
    if given is None:
        return False
    return any(one.strip().removeprefix("W/") in (tag, "*") for one in given.split(","))
