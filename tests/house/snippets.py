"""Reads the fenced code of a Markdown page, and turns it into programs that can be run.

Whatever a page shows is run, unless a rule below or a comment right before the fence says otherwise:

    <!-- not run: reason -->    left out, for the reason given
    <!-- continues -->          goes on in the same program as the block of the same language before it
    <!-- file: name -->         not run, but written as a file for the later programs of the page
"""

import re
from dataclasses import dataclass, field
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token

from tests.house import ROOT

PYTHON = {"python", "py"}
SHELL = {"bash", "sh", "console"}

# Languages that show something and run nothing.
SHOWN = {"text", "json", "toml", "http", "sql", "html", "markdown", "diff", "ts"}

# Shell lines that start so are not run here, each for its reason.
NOT_RUN_HERE = {
    "scripts/": "they set up a machine; each run of the checks goes through them",
    ".ci/run": "it runs these very tests",
    "pip install": "it needs a package index; .ci/run installs the built wheel",
    "git clone": "it needs the network",
    "cd ": "a page's programs all run in one folder of their own",
}

MARKER = re.compile(r"<!--\s*(not run|continues|file)(?::\s*(.*?))?\s*-->\s*$", re.DOTALL)


class BadSnippet(Exception):
    """A page's author has to say more about a fence."""


def name_of(page: Path) -> str:
    """What a page is called in messages: its path from the root of the checkout."""
    return str(page.relative_to(ROOT)) if page.is_relative_to(ROOT) else page.name


@dataclass(frozen=True)
class Snippet:
    """One fence of a page; `line` is that of its first line of code, from 1."""

    page: Path
    line: int
    language: str
    code: str
    marker: str = ""
    words: str = ""

    @property
    def place(self) -> str:
        return f"{name_of(self.page)}:{self.line}"


@dataclass
class Program:
    """Snippets that run in one process, after `files` were written where it runs."""

    language: str
    snippets: list[Snippet]
    files: dict[str, str] = field(default_factory=dict)

    @property
    def place(self) -> str:
        return self.snippets[0].place


def read_snippets(page: Path) -> list[Snippet]:
    """Every fence of a page, in order."""
    found = []
    before: Token | None = None
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            found.append(_snippet(page, token, before))
        if not token.type.endswith("_open"):  # a comment still counts as right before a fence in a list's item
            before = token
    return found


def _snippet(page: Path, token: Token, before: Token | None) -> Snippet:
    line = (token.map[0] if token.map else 0) + 2
    language = token.info.split(maxsplit=1)[0] if token.info.strip() else ""
    match = MARKER.search(before.content) if before is not None and before.type == "html_block" else None
    marker, words = (match[1], match[2] or "") if match else ("", "")
    snippet = Snippet(page, line, language, token.content, marker, words)
    if not language:
        raise BadSnippet(f"{snippet.place}: the fence names no language; `text` is one")
    if language not in PYTHON | SHELL | SHOWN and marker != "file":
        raise BadSnippet(f"{snippet.place}: {language} is neither run nor among the languages that are only shown")
    if marker in {"not run", "file"} and not words:
        raise BadSnippet(f"{snippet.place}: `{marker}` needs its {'reason' if marker == 'not run' else 'name'}")
    return snippet


def programs(snippets: list[Snippet]) -> list[Program]:
    """The programs of one page, in order."""
    found: list[Program] = []
    files: dict[str, str] = {}
    for snippet in snippets:
        if snippet.marker == "file":
            files[snippet.words] = snippet.code
        elif snippet.marker == "not run" or snippet.language in SHOWN:
            continue
        elif snippet.marker == "continues":
            _program_to_continue(found, snippet).snippets.append(snippet)
        elif snippet.language in PYTHON or shell_script(snippet):
            found.append(Program("python" if snippet.language in PYTHON else "shell", [snippet], dict(files)))
    return found


def _program_to_continue(found: list[Program], snippet: Snippet) -> Program:
    language = "python" if snippet.language in PYTHON else "shell"
    for program in reversed(found):
        if program.language == language:
            return program
    raise BadSnippet(f"{snippet.place}: there is no {language} program before it to continue")


def shell_script(snippet: Snippet) -> str:
    """The lines of a shell snippet that run here; of a `console` one, what follows `$ `, without the output."""
    lines = snippet.code.splitlines()
    if any(line.startswith("$ ") for line in lines):
        lines = _typed(lines)
    kept = []
    leaving_out = False
    for line in lines:
        leaving_out = leaving_out or line.strip().startswith(tuple(NOT_RUN_HERE))
        if not leaving_out:
            kept.append(line)
        leaving_out = leaving_out and line.endswith("\\")
    has_command = any(line.strip() and not line.strip().startswith("#") for line in kept)
    return "\n".join(kept) if has_command else ""


def _typed(lines: list[str]) -> list[str]:
    """What was typed at a `$ ` prompt, with its continued lines; the rest is what was answered."""
    typed: list[str] = []
    goes_on = False
    for line in lines:
        if goes_on or line.startswith("$ "):
            typed.append(line.removeprefix("$ ").removeprefix("> ") if not goes_on else line.removeprefix("> "))
            goes_on = line.endswith("\\")
    return typed
