"""Programs that tools run: nothing of them is left, however the call ends."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from runnel.errors import ToolTimeout, ToolUnreachable
from runnel.testing.tools import FakeContext
from runnel.tools.process import run_process
from tests.processes import lives

# It starts a child that takes no notice of SIGTERM, says both process ids, and goes on; so does the child.
FAMILY = """
import os, signal, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", '''
import os, signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("child", os.getpid(), flush=True)
time.sleep(600)
'''])
if "stubborn" in sys.argv:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("parent", os.getpid(), flush=True)
time.sleep(0 if "leaves" in sys.argv else 600)
"""


class Family(FakeContext):
    """Knows who said their process id."""

    @property
    def pids(self) -> list[int]:
        return [int(line.text.split()[1]) for line in self.lines]

    async def until_all_are_there(self) -> list[int]:
        await self.until_said(2)
        return self.pids

    async def until_all_have_ended(self) -> None:
        while any(lives(pid) for pid in self.pids):  # noqa: ASYNC110 - the kernel takes a moment, and says nothing
            await asyncio.sleep(0.01)


@pytest.fixture(autouse=True)
def every_line_is_a_status(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("runnel.tools.process._STATUS_EVERY", 0.0)


@pytest.mark.parametrize("manner", ["gentle", "stubborn"])
async def test_a_cancelled_program_and_its_children_have_ended(manner: str) -> None:
    context = Family()
    running = run_process([sys.executable, "-c", FAMILY, manner], context, kill_after=0.1)
    task = asyncio.create_task(running)
    pids = await context.until_all_are_there()
    assert all(lives(pid) for pid in pids)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    await context.until_all_have_ended()


async def test_a_program_that_is_cancelled_twice_is_killed_at_once() -> None:
    context = Family()
    task = asyncio.create_task(run_process([sys.executable, "-c", FAMILY, "stubborn"], context, kill_after=600))
    await context.until_all_are_there()
    task.cancel()
    await asyncio.sleep(0.05)
    assert not task.done()
    task.cancel()
    await asyncio.wait({task})
    await context.until_all_have_ended()


async def test_out_of_time_it_is_killed() -> None:
    context = Family()
    with pytest.raises(ToolTimeout, match="did not end within 2 seconds"):
        await run_process([sys.executable, "-c", FAMILY], context, timeout=2, kill_after=0.1)
    await context.until_all_have_ended()


async def test_what_a_program_leaves_running_is_killed_when_it_exits() -> None:
    context = Family()
    done = await run_process([sys.executable, "-c", FAMILY, "leaves"], context)
    assert done.code == 0
    await context.until_all_have_ended()


async def test_both_streams_and_the_exit_code_are_told() -> None:
    done = await run_process(["sh", "-c", "echo out; echo err >&2; exit 3"])
    assert done.output == "out\nerr\n"
    assert done.code == 3
    assert done.result().text == "out\nerr\n[exit code 3]"
    assert done.result().error


async def test_a_program_may_be_given_input_and_an_environment(tmp_path: Path) -> None:
    path = {"PATH": os.environ["PATH"], "NAME": "Ada"}
    done = await run_process(["sh", "-c", "cat; echo $NAME; pwd"], cwd=tmp_path, env=path, stdin="Hello ")
    assert done.output == f"Hello Ada\n{tmp_path}\n"


async def test_a_program_that_is_not_there_was_not_begun() -> None:
    with pytest.raises(ToolUnreachable, match="no-such-program"):
        await run_process(["no-such-program"])


async def test_of_much_output_head_and_tail_are_kept() -> None:
    done = await run_process(["seq", "1", "200000"], max_output_chars=1000)
    assert done.output.startswith("1\n2\n3\n")
    assert done.output.endswith("199999\n200000\n")
    assert "characters left out" in done.output
    assert len(done.output) < 1100


async def test_a_line_without_an_end_is_no_trouble() -> None:
    done = await run_process([sys.executable, "-c", "print('x' * 300_000, end='')"], max_output_chars=1_000_000)
    assert len(done.output) == 300_000
