"""Answers that call tools, in chaos. RUNNEL_CHAOS says how many (50)."""

import os
from pathlib import Path

from tests.agents.chaos import Chaos

COUNT = int(os.environ.get("RUNNEL_CHAOS", "50"))


async def test_in_chaos_each_answer_ends_once_and_each_tool_does_what_it_does_once(tmp_path: Path) -> None:
    chaos = Chaos(tmp_path, COUNT, int(os.environ.get("RUNNEL_SEED", "1")))
    await chaos.run()
    assert sum(chaos.ends.values()) > COUNT // 3
