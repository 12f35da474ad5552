# mypy: ignore-errors
# It runs in an environment of its own, where the packages that it names are.
"""ragna's API with an assistant that says what it is told to; see bench/relay.py.

    python ragna_server.py PORT FOLDER
"""

import sys
from pathlib import Path

import uvicorn
from ragna.core import Assistant
from ragna.deploy import Config
from ragna.deploy._api import app
from ragna.source_storages import RagnaDemoSourceStorage

from said import said


class Said(Assistant):
    async def answer(self, prompt, sources):
        async for text in said(prompt):
            yield text


config = Config(local_root=Path(sys.argv[2]), source_storages=[RagnaDemoSourceStorage], assistants=[Said])
uvicorn.run(
    app(config=config, ignore_unavailable_components=False),
    port=int(sys.argv[1]),
    loop="asyncio",
    http="httptools",
    log_level="warning",
    access_log=False,
)
