"""Runnel's server as bench/relay and bench/followers measure it: on a SQLite file, with a model that says what it is
asked to; asyncio's loop and httptools, one process.

    python -m bench.relay_server PORT FOLDER
"""

import sys

import uvicorn

from bench.peers.said import said
from runnel import Runnel
from runnel.config import Config
from runnel.models.base import Deltas
from runnel.server import create_app
from runnel.vocabulary.prompt import Prompt


class Said:
    """The model: the question says what it says."""

    name = "said"

    def stream(self, prompt: Prompt) -> Deltas:
        """Its tokens."""
        return said(prompt.question)


SAID = Said()

if __name__ == "__main__":
    port, folder = sys.argv[1:]
    app = create_app(Runnel(f"sqlite:///{folder}/runnel.db", config=Config(model="bench.relay_server:SAID")))
    uvicorn.run(app, port=int(port), loop="asyncio", http="httptools", log_level="warning", access_log=False)
