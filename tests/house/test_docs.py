"""The documentation is true: what README.md and docs/ show is run, each program in a folder of its own."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house import ROOT
from tests.house.snippets import (
    BadSnippet,
    Program,
    name_of,
    programs,
    read_snippets,
    shell_script,
)

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
SAMPLES = Path(__file__).parent / "samples"
RUNNER = Path(__file__).parent / "run_snippets.py"
SECONDS = 60


def all_programs() -> list[Program]:
    """The programs of all pages; a fence that cannot be read is left to the test that names it."""
    found = []
    for page in PAGES:
        try:
            found += programs(read_snippets(page))
        except BadSnippet:
            continue
    return found


@pytest.fixture(scope="module")
def openai_upstream() -> Iterator[str]:
    """The base URL of a local server that answers as OpenAI's does, in a process of its own."""
    command = [sys.executable, "-m", "runnel.testing.upstream"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield server.stdout.readline().strip()
        server.terminate()


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_fence_says_what_it_is(page: Path) -> None:
    programs(read_snippets(page))


@pytest.mark.parametrize("program", all_programs(), ids=lambda program: program.place)
def test_what_a_page_shows_runs(program: Program, tmp_path: Path, openai_upstream: str) -> None:
    done = run(program, tmp_path, openai_upstream)
    assert done.returncode == 0, f"{program.place}\n{done.stdout}\n{done.stderr}"


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_a_link_to_a_file_leads_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))
    assert not [target for target in targets if not (page.parent / target).exists()]


def run(program: Program, folder: Path, openai_base_url: str) -> subprocess.CompletedProcess[str]:
    """Run a program where its page's files and the samples are, on data of its own, with Runnel on the path."""
    place = folder / "here"
    shutil.copytree(SAMPLES, place)
    for name, text in program.files.items():
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        (place / name).write_text(text, encoding="utf-8")
    environment = {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]]),
        "HOME": str(folder),
        "LANG": "C.UTF-8",
        "RUNNEL_DATA": str(folder / "data"),
        "OPENAI_BASE_URL": openai_base_url,
        "OPENAI_API_KEY": "a key that opens nothing",
        "PYTHONPATH": str(place),
    }
    if program.language == "python":
        blocks = [(one.place.rpartition(":")[0], one.line, one.code) for one in program.snippets]
        command, given = [sys.executable, "-W", "error", str(RUNNER)], json.dumps(blocks)
    else:
        script = "\n".join(shell_script(one) for one in program.snippets)
        command, given = ["bash", "-euo", "pipefail", "-c", script], ""
    return subprocess.run(
        command, cwd=place, env=environment, input=given, capture_output=True, text=True, timeout=SECONDS, check=False
    )


def programs_of(text: str, folder: Path) -> list[Program]:
    """The programs of a page with this text."""
    page = folder / "page.md"
    page.write_text(text, encoding="utf-8")
    return programs(read_snippets(page))


def test_blocks_run_apart_unless_one_continues(tmp_path: Path) -> None:
    page = "```python\nx = 1\n```\n\n```python\nx\n```\n\n<!-- continues -->\n```python\nx\n```\n"
    first, second = programs_of(page, tmp_path)
    assert [len(first.snippets), len(second.snippets)] == [1, 2]
    assert run(first, tmp_path / "first", "").returncode == 0
    failed = run(second, tmp_path / "second", "")
    assert failed.returncode == 1
    assert 'File "page.md", line 6' in failed.stderr


def test_a_block_may_await_and_read_the_files_of_its_page(tmp_path: Path) -> None:
    page = (
        "<!-- file: my/words.py -->\n```python\nword = 'found'\n```\n\n"
        "```python\nimport asyncio\nfrom my.words import word\nawait asyncio.sleep(0)\n```\n\n"
        "<!-- continues -->\n"
        "```python\nasync with asyncio.timeout(1):\n    print(word, open('ragna.txt').read(5))\n```\n"
    )
    (program,) = programs_of(page, tmp_path)
    done = run(program, tmp_path, "")
    assert done.stdout == "found Ragna\n", done.stderr


def test_a_warning_in_a_block_is_an_error(tmp_path: Path) -> None:
    (program,) = programs_of("```python\nimport warnings\nwarnings.warn('old')\n```\n", tmp_path)
    assert run(program, tmp_path, "").returncode == 1


def test_only_what_is_typed_at_a_prompt_runs_and_scripts_do_not(tmp_path: Path) -> None:
    page = "```console\n$ scripts/test \\\n  --all\n$ echo one \\\n> two\none two\n$ cd /nowhere\n```\n"
    (program,) = programs_of(page, tmp_path)
    assert run(program, tmp_path, "").stdout == "one two\n"
    assert programs_of("```bash\n# all checks\nscripts/test\n```\n", tmp_path) == []


def test_a_command_that_fails_fails_its_block(tmp_path: Path) -> None:
    (program,) = programs_of("```bash\nfalse\ntrue\n```\n", tmp_path)
    assert run(program, tmp_path, "").returncode == 1


def test_a_block_is_left_out_only_for_a_reason(tmp_path: Path) -> None:
    assert programs_of("<!-- not run: asks a person -->\n```python\ninput()\n```\n", tmp_path) == []
    for page in (
        "<!-- not run: -->\n```python\ninput()\n```\n",
        "```\ninput()\n```\n",
        "```pyhton\ninput()\n```\n",
        "<!-- continues -->\n```python\nx\n```\n",
    ):
        with pytest.raises(BadSnippet, match=r"page\.md:"):
            programs_of(page, tmp_path)
