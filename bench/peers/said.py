"""What every server that is measured says: tokens of five characters. A question is `COUNT DELAY KEY [SILENCE]`: so
many of them, DELAY seconds apart (0: as fast as they are taken; inf: never), after SILENCE seconds.

Where they come with a delay, the moment at which each was made (CLOCK_MONOTONIC, which all processes share) is written
to the file KEY in the folder BENCH_TIMES, at the end. It imports nothing, since it runs in the peers' environments too.
"""

import asyncio
import os
from array import array
from collections.abc import AsyncGenerator
from time import monotonic


async def said(question: str) -> AsyncGenerator[str, None]:
    """The tokens of one answer."""
    given, pause, key, *silence = question.split()
    count, delay = int(given), float(pause)
    if delay == float("inf"):
        await asyncio.Event().wait()
    if silence:
        await asyncio.sleep(float(silence[0]))
    made = array("d")
    for number in range(count):
        if delay:
            await asyncio.sleep(delay)
            made.append(monotonic())
        yield text_of(number)
    if delay:
        with open(os.path.join(os.environ["BENCH_TIMES"], key), "wb") as file:
            made.tofile(file)


def text_of(number: int) -> str:
    """One token: all have the same length, and each is known from the others."""
    return f" {number:04d}"
