"""Finding documents: from what a caller names (paths, folders, patterns, bytes, ids) to files that can be read."""

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from ..errors import DocumentError, DocumentMissing, DocumentTooLarge, DocumentUnsupported, Misuse
from ..vocabulary.plain import plain_text
from .parsing.base import words_of

__all__ = ["FoundFile", "Upload", "find_files", "several"]

_SKIPPED_FOLDERS = frozenset({"node_modules", "__pycache__", "CVS"})
# In a folder these are passed over unread; named by themselves they are refused with a reason.
_NOT_TEXT = words_of(
    ".7z .a .avi .bin .bmp .bz2 .class .db .dll .dylib .eot .exe .flac .gif .gz .ico .iso .jar .jpeg .jpg .mkv"
    " .mo .mov .mp3 .mp4 .npy .npz .o .ogg .onnx .otf .parquet .pickle .pkl .png .pt .pyc .pyo .safetensors .so"
    " .sqlite .sqlite3 .tar .tgz .tif .tiff .ttf .wasm .wav .webm .webp .whl .woff .woff2 .xz .zip .zst"
)


class Upload(msgspec.Struct, frozen=True):
    """Bytes to be kept as a document. The same bytes under the same name, of one `user`, are one document."""

    name: str
    data: bytes
    media_type: str | None = None
    user: str = ""


class FoundFile(msgspec.Struct, frozen=True):
    """A file to be indexed. `path` is absolute, without links, and is its identity; `name` is for people.

    `size` in bytes, `mtime` in Unix nanoseconds. `named` where the caller named the file itself, so that every problem
    with it is worth a word; of the files of a folder, those that are no documents are passed over.
    """

    path: str
    name: str
    size: int
    mtime: int
    named: bool = True


def find_files(
    names: Iterable[str | os.PathLike[str]], max_bytes: int
) -> list[tuple[list[FoundFile], list[DocumentError]]]:
    """For each of `names` (paths, folders, patterns such as `docs/**/*.md`) the files that it stands for, in order, and
    what is wrong with it.

    Of folders everything below is taken but hidden files and folders, version control's and packages' own. Blocks:
    run it in a thread.
    """
    found = []
    for name in names:
        files: list[FoundFile] = []
        problems: list[DocumentError] = []
        try:
            for one in _find(os.fspath(name)):
                if not _is_text(one.path):  # on Linux a name is bytes, and these cannot be written down
                    text = f"the name of {one.path!a} is not UTF-8: give the file another one"
                    problems.append(DocumentUnsupported(text, document=one.name))
                elif one.size > max_bytes:
                    problems.append(too_large(one.name, one.size, max_bytes))
                else:
                    files.append(one)
        except DocumentError as error:
            problems.append(error)
        found.append((files, problems))
    return found


def several(what: str, given: object) -> None:
    """Raises Misuse for one where a list belongs: a text would be taken for a list of its letters."""
    if isinstance(given, str | bytes | os.PathLike):
        raise Misuse(f"{what} are given as a list: {what}=[{given!r:.80}]")


def _is_text(path: str) -> bool:
    return plain_text(path) == path


def too_large(name: str, size: int, max_bytes: int) -> DocumentTooLarge:
    """The error for a document of `size` bytes."""
    return DocumentTooLarge(
        f"{name} has {size:,} bytes; `documents.max_bytes` allows {max_bytes:,}",
        document=name,
        size=size,
        max_bytes=max_bytes,
    )


def _find(name: str) -> Iterator[FoundFile]:
    if not name or "\0" in name:
        raise DocumentMissing(f"there is no file {name!r}", document=name)
    path = Path(name).expanduser()
    try:
        info = path.stat()
    except OSError as error:
        if not isinstance(error, FileNotFoundError | NotADirectoryError) and not glob.has_magic(name):
            raise DocumentError(f"cannot read {name}: {error.strerror}", document=name) from error
        yield from _matching(name, path)
        return
    if stat.S_ISDIR(info.st_mode):
        below = list(_below(path, path.name or str(path)))
        if not below:
            raise DocumentMissing(f"there are no documents in the folder {name}", document=name)
        yield from below
    elif stat.S_ISREG(info.st_mode):
        yield _file(path, path.name, info)
    else:
        raise DocumentUnsupported(f"{name} is neither a file nor a folder", document=name)


def _matching(name: str, path: Path) -> Iterator[FoundFile]:
    if not glob.has_magic(name):
        raise DocumentMissing(f"there is no file {name}", document=name)
    root = next((parent for parent in path.parents if not glob.has_magic(str(parent))), Path())
    matches = sorted(glob.glob(str(path), recursive=True))
    found = False
    for match in matches:
        one = Path(match)
        try:
            info = one.stat()
        except OSError:
            continue
        relative = one.relative_to(root)
        if stat.S_ISREG(info.st_mode) and not _passed_over(relative):
            found = True
            yield _file(one, relative.as_posix(), info, named=False)
    if not found:
        raise DocumentMissing(f"no document matches {name}", document=name)


def _below(folder: Path, name: str) -> Iterator[FoundFile]:
    """The files below `folder`, links followed, each folder entered once."""
    entered: set[tuple[int, int]] = set()
    for place, folders, files in os.walk(folder, followlinks=True):
        info = os.stat(place)
        if (info.st_dev, info.st_ino) in entered:
            folders.clear()
            continue
        entered.add((info.st_dev, info.st_ino))
        folders[:] = sorted(one for one in folders if not _passed_over(Path(one)))
        for file in sorted(files):
            path = Path(place, file)
            if _passed_over(Path(file)):
                continue
            try:
                info = path.stat()
            except OSError:  # a link that leads nowhere, or a file that has just gone
                continue
            if stat.S_ISREG(info.st_mode):
                yield _file(path, f"{name}/{path.relative_to(folder).as_posix()}", info, named=False)


def _passed_over(relative: Path) -> bool:
    return relative.suffix.lower() in _NOT_TEXT or any(
        part in _SKIPPED_FOLDERS or (part.startswith(".") and part not in (".", "..")) for part in relative.parts
    )


def _file(path: Path, name: str, info: os.stat_result, named: bool = True) -> FoundFile:
    return FoundFile(os.path.realpath(path), name, info.st_size, info.st_mtime_ns, named)
