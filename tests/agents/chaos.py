"""Many answers that call tools, while everything that may happen to them does: people agree, refuse, answer, say
something, cancel; tools fail; and the processes that make them are killed, again and again.

What holds however it goes: each answer ends once; its calls have one result each; the vendors take the chat's next
turn; what a tool does it does once for a call (again only where it is idempotent); and no process is left.
"""

import asyncio
import contextlib
import os
import random
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from runnel import Run, Runnel
from runnel.errors import NotWaiting
from runnel.testing.crashes import crash
from runnel.vocabulary.events import Event, InputRequested, ToolApprovalRequested
from tests.agents.helpers import accepts_another_turn, each_call_once
from tests.agents.parts import JOURNAL, read_journal
from tests.apps import config, ends_once
from tests.runs.processes import Process, child, line

__all__ = ["Chaos"]

NAMES = ("note", "slow", "flaky", "pay", "ask_first", "ask_first_again", "nope")
OFTEN = (5, 3, 1, 3, 2, 1, 1)
AT_ONCE = 25
LONGEST = 60.0  # seconds after which a round hangs


@dataclass
class Chaos:
    """So many answers, in a file of `folder`: `ends` says how they ended, `did` what was done to them."""

    folder: Path
    count: int
    seed: int
    ends: Counter[str] = field(default_factory=Counter)
    did: Counter[str] = field(default_factory=Counter)

    async def run(self) -> None:
        """Make them, and check each. Raises AssertionError where something does not hold."""
        self.chance = random.Random(self.seed)
        self.url = f"sqlite:///{self.folder / 'runnel.db'}"
        os.environ[JOURNAL] = str(self.folder / "journal")
        self.app = await self._open()
        try:
            for number in range(0, self.count, AT_ONCE):
                ids = [f"run_{number + n}" for n in range(min(AT_ONCE, self.count - number))]
                async with asyncio.timeout(LONGEST):
                    await self._round(ids)
            await self._check()
        finally:
            await self.app.close()
            del os.environ[JOURNAL]

    async def _open(self) -> Runnel:
        return await Runnel(self.url, config=config(model_wait=20)).__aenter__()

    async def _round(self, ids: list[str]) -> None:
        """A process is killed while it answers so many questions. This one follows them, goes on with what was left,
        and may be dropped itself meanwhile."""
        living: dict[str, asyncio.Task[None]] = {}
        async with child("serve", self.url, of="tests.agents.child") as process:
            assert await line(process) == "open"
            assert process.stdin is not None
            for id in ids:
                steering = self.chance.choice(["interrupt", "next_step"])
                process.stdin.write(f"{id} {steering} {self._question()}\n".encode())
            killing = asyncio.ensure_future(self._kill(process, self.chance.uniform(0.1, 0.8)))
            while id := await line(process):
                living[id] = asyncio.ensure_future(self._live(id))
            await killing
            if self.chance.random() < 0.5:
                await asyncio.sleep(self.chance.uniform(0, 0.1))
                for task in living.values():
                    task.cancel()  # they die with the process
                await crash(self.app)
                self.app = await self._open()
                self.did["Runnel dropped"] += 1
                living = {id: asyncio.ensure_future(self._live(id)) for id in living}
            await asyncio.gather(*living.values())
            assert process.returncode is not None

    def _question(self) -> str:
        """Tools for each of some steps."""
        choices = self.chance.choices
        return "|".join(
            [" ".join(choices(NAMES, OFTEN, k=choices((1, 2, 3))[0])) for _ in range(choices((1, 2, 4))[0])]
        )

    async def _kill(self, process: Process, seconds: float) -> None:
        await asyncio.sleep(seconds)
        process.kill()
        await process.wait()
        self.did["process killed"] += 1

    async def _live(self, id: str) -> None:
        """Follow a run to its end, and do to it what comes to mind."""
        chance = random.Random(f"{self.seed} {id}")
        cancel_at = chance.randrange(80) if chance.random() < 0.2 else None
        run = await self.app.run(id)
        async for event in run.events():
            await self._happen(run, event, chance, cancel_at)

    async def _happen(self, run: Run, event: Event, chance: random.Random, cancel_at: int | None) -> None:
        what = ""
        with contextlib.suppress(NotWaiting):
            if cancel_at is not None and event.seq > cancel_at:
                what = "cancelled"
                await run.cancel()
            elif isinstance(event, ToolApprovalRequested):
                what = chance.choice(["approved", "approved", "denied", "approved with other arguments"])
                changed = {"amount": 2} if what.endswith("arguments") else None
                await run.approve(event.call, what != "denied", arguments=changed)
            elif isinstance(event, InputRequested):
                what = "replied"
                await run.reply(event.id, "yes")
            elif chance.random() < 0.01:
                what = "steered"
                await run.steer("Be brief.")
            if what:
                self.did[what] += 1

    async def _check(self) -> None:
        """Of every run that was ever stored."""
        done = Counter(read_journal(os.environ[JOURNAL]))
        twice = [what for what, times in done.items() if times > 1 and what[2] != "ask_first"]
        assert not twice, twice
        for row in await self.app._open.runner.runs.going():
            await self._live(row.id)  # its process was killed before it could tell of it
            await (await self.app.run(row.id)).wait()  # its row follows its log
        assert await self.app._open.runner.runs.going() == []
        for run in await self.app.runs(limit=1 << 30):
            message = await run.wait()
            events = [event async for event in run.events()]
            ends_once(events, message.status)
            each_call_once(events)
            self.ends[message.status] += 1
            self.did["calls"] += sum(event.type == "tool.called" for event in events)
            await accepts_another_turn(await self.app.get_chat(message.chat_id or ""))
        self.did["things done by tools"] = sum(done.values())
