"""A vendor in a process of its own that says the answer as fast, or as slowly, as the question wants."""

import asyncio
import contextlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from bench.page.answer import asked, tokens
from runnel.testing.upstream import Answer, Received, Upstream

__all__ = ["PAUSE"]

# Seconds between the tokens that come at once and the others: the page shows the first ones meanwhile.
PAUSE = 12.0


@dataclass(frozen=True, eq=False)
class _Said(Answer):
    at_once: int = 0


class _Vendor(Upstream):
    """The tokens that are said at once make one chunk, after which there is a pause."""

    def written(self, answer: Answer, received: Received) -> Iterator[tuple[bytes, int]]:
        """See Upstream."""
        chunks = super().written(answer, received)
        at_once = answer.at_once if isinstance(answer, _Said) else 0
        if not at_once:
            yield from chunks
            return
        together: list[bytes] = []
        while at_once:
            chunk, count = next(chunks)
            together.append(chunk)
            at_once -= count
        yield b"".join(together), 0
        for _ in range(round(PAUSE / answer.delay)):
            yield b"", 1  # nothing, with the delay of a token
        yield from chunks


def _answer(received: Received) -> Answer:
    count, delay, at_once = asked(str(received.body["messages"][-1]["content"]))
    return _Said(tokens=tokens(count), delay=delay, at_once=at_once)


async def _main(port: int) -> None:
    async with _Vendor(_answer, port=port) as vendor:
        await vendor.serve_forever()


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_main(int(sys.argv[1])))
