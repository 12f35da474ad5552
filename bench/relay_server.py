"""Runnel's server as bench/relay and bench/followers measure it: on a SQLite file, with a model that says what it is
asked to; asyncio's loop and httptools, one process.

    python -m bench.relay_server PORT FOLDER
"""

import asyncio
import sys

from bench.peers.said import said
from runnel import Runnel
from runnel.config import Config
from runnel.models.base import Deltas
from runnel.server import create_app
from runnel.server.operating.serving import bind, serve
from runnel.vocabulary.prompt import Prompt


class Said:
    """The model: the question says what it says."""

    name = "said"

    def stream(self, prompt: Prompt) -> Deltas:
        """Its tokens."""
        return said(prompt.question)


SAID = Said()


async def main(port: int, folder: str) -> None:
    """Serve, as `runnel serve` does."""
    async with Runnel(f"sqlite:///{folder}/runnel.db", config=Config(model="bench.relay_server:SAID")) as runnel:
        await serve(create_app(runnel), bind("127.0.0.1", port), lambda: None)


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), sys.argv[2]))
