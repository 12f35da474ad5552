"""What a caller's names stand for."""

import os
from pathlib import Path

import pytest

from runnel.errors import DocumentError, DocumentMissing, DocumentTooLarge, DocumentUnsupported
from runnel.retrieval.documents import FoundFile, find_files

LIMIT = 1000


def found(*names: str | os.PathLike[str]) -> list[FoundFile]:
    files = []
    for of_one, problems in find_files(names, LIMIT):
        assert not problems
        files += of_one
    return files


def problem(name: str | os.PathLike[str]) -> DocumentError:
    ((files, problems),) = find_files([name], LIMIT)
    assert not files
    (error,) = problems
    return error


def write(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"text of {name}")


def test_a_path_is_one_file(folder: Path) -> None:
    write(folder, "a.txt")
    (file,) = found(folder / "a.txt")
    info = (folder / "a.txt").stat()
    assert file == FoundFile(os.path.realpath(folder / "a.txt"), "a.txt", info.st_size, info.st_mtime_ns, True)


def test_a_relative_path_has_an_absolute_identity(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(folder, "a.txt")
    monkeypatch.chdir(folder)
    assert found("a.txt")[0].path == found(folder / "a.txt")[0].path


def test_a_folder_is_all_that_is_below_it(folder: Path) -> None:
    write(folder, "b.md", "a.txt", "deep/er/c.html", "README")
    assert [file.name for file in found(folder)] == [
        f"{folder.name}/{name}" for name in ("README", "a.txt", "b.md", "deep/er/c.html")
    ]
    assert not any(file.named for file in found(folder))


def test_hidden_files_and_the_folders_of_tools_are_skipped(folder: Path) -> None:
    write(folder, "a.txt", ".env", ".git/config", "node_modules/x/readme.md", "__pycache__/x.txt", "logo.png", "x.zip")
    assert [file.name for file in found(folder)] == [f"{folder.name}/a.txt"]
    assert [file.name for file in found(f"{folder}/**/*")] == ["a.txt"]


def test_a_hidden_file_that_is_named_is_taken(folder: Path) -> None:
    write(folder, ".notes/.secret.txt")
    assert [file.name for file in found(folder / ".notes/.secret.txt")] == [".secret.txt"]


def test_links_are_followed_and_loops_are_not(folder: Path) -> None:
    write(folder, "a/one.txt", "b/two.txt")
    (folder / "a/back").symlink_to(folder, target_is_directory=True)
    (folder / "a/other").symlink_to(folder / "b", target_is_directory=True)
    (folder / "nowhere").symlink_to(folder / "gone")
    paths = {file.path for file in found(folder)}
    assert paths == {os.path.realpath(folder / "a/one.txt"), os.path.realpath(folder / "b/two.txt")}


def test_a_pattern_is_what_it_matches(folder: Path) -> None:
    write(folder, "a.md", "b.txt", "c/d.md", "c/e/f.md")
    assert [file.name for file in found(f"{folder}/**/*.md")] == ["a.md", "c/d.md", "c/e/f.md"]
    assert [file.name for file in found(f"{folder}/*.md")] == ["a.md"]


def test_a_file_whose_name_looks_like_a_pattern_is_that_file(folder: Path) -> None:
    write(folder, "a[1].txt", "a1.txt")
    assert [file.name for file in found(folder / "a[1].txt")] == ["a[1].txt"]


@pytest.mark.parametrize("name", ["gone.txt", "gone/a.txt", "*.gone", "**/gone.*", "", "a\0b", "x" * 5000])
def test_what_is_not_there_is_missing_by_name(folder: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    error = problem(name)
    assert isinstance(error, DocumentMissing if len(name) < 5000 else DocumentError)
    assert error.document == name


def test_a_folder_without_documents_is_missing(folder: Path) -> None:
    write(folder, ".hidden")
    assert isinstance(problem(folder), DocumentMissing)


def test_a_pipe_is_not_supported(folder: Path) -> None:
    os.mkfifo(folder / "pipe")
    assert isinstance(problem(folder / "pipe"), DocumentUnsupported)


def test_a_file_over_the_limit_is_too_large_and_the_others_are_found(folder: Path) -> None:
    write(folder, "a.txt")
    (folder / "b.txt").write_bytes(b"x" * (LIMIT + 1))
    ((files, problems),) = find_files([folder], LIMIT)
    assert [file.name for file in files] == [f"{folder.name}/a.txt"]
    (error,) = problems
    assert isinstance(error, DocumentTooLarge)
    assert error.details["size"] == LIMIT + 1
