"""The project speaks of itself alone: no file names a package registry's host or a place on one machine."""

import re
import subprocess

import pytest

from tests.house import ROOT

# Spelled in two halves, so that this file does not hold what it forbids.
REGISTRIES = [
    "pypi" + ".org",
    "pythonhosted" + ".org",
    "npmjs" + ".org",
    "npmjs" + ".com",
    "yarnpkg" + ".com",
    "jsr" + ".io",
    "conda" + ".anaconda.org",
]
FORBIDDEN = {
    "a package registry's host": "|".join(re.escape(host) for host in REGISTRIES),
    "an index of its own for an installer": r"^\s*--(extra-)?index[-]url|\bindex[-]url\s*=|\bregistry\s*=\W{0,2}http",
    "a lock file's download address": r"\"?resolved\"?\s*[:=]?\s*\"http",
    "a home folder or a workplace": r"(?<![\w.~-])/(root|work|home/[a-z]\w*|Users/[a-z]\w*)(/|\b(?![\w.-]))",
}
LOCK_FILES = {"uv.lock", "poetry.lock", "Pipfile.lock", "yarn.lock"}


def files_of_the_project() -> list[str]:
    """What is committed or could be: tracked files, and new ones that are not ignored."""
    command = ["git", "-c", f"safe.directory={ROOT}", "ls-files", "-z", "-co", "--exclude-standard"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def offences(text: str) -> list[str]:
    """What `text` says that it must not, with the line's number, from 1."""
    return [
        f"{number}: {what}: {line.strip()[:120]}"
        for number, line in enumerate(text.splitlines(), 1)
        for what, pattern in FORBIDDEN.items()
        if re.search(pattern, line)
    ]


def test_no_file_names_a_registry_or_a_machine() -> None:
    found = []
    for name in files_of_the_project():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content:
            found += [f"{name}:{offence}" for offence in offences(content.decode("utf-8", "replace"))]
    assert not found, "\n".join(["", *found])


def test_no_lock_file_that_names_a_registry() -> None:
    assert not [name for name in files_of_the_project() if name.rpartition("/")[2] in LOCK_FILES]


@pytest.mark.parametrize(
    "line",
    [
        "see https://" + REGISTRIES[0] + "/project/runnel",
        "--index" + "-url https://example.com/simple",
        '"resolved"' + ': "https://example.com/a.tgz"',
        "cd /" + "root/runnel",
        "open('/" + "home/ada/ragna.txt')",
        "/" + "work",
    ],
)
def test_what_is_forbidden_is_found(line: str) -> None:
    assert len(offences(line)) == 1


@pytest.mark.parametrize("line", ["src/work/main.py", "https://example.com/root/", "work/life", "/workers/1"])
def test_what_is_allowed_is_left_alone(line: str) -> None:
    assert offences(line) == []
