# mypy: ignore-errors
# It runs in an environment of its own, where the packages that it names are.
"""Panel's chat, as its documentation streams: the text so far, with each token; see bench/page.

    panel serve panel_chat.py
"""

import asyncio
import time
from pathlib import Path

import panel as pn

from answer import asked, tokens


async def answer(contents, user, instance):
    number, delay, _ = asked(contents)
    said = ""
    for token in tokens(number):
        await asyncio.sleep(delay)
        said += token
        yield said
    Path(f"said-{time.time_ns()}").touch()


pn.extension()
pn.chat.ChatInterface(callback=answer).servable()
