# mypy: ignore-errors
# It runs in an environment of its own, where the packages that it names are.
"""Panel's chat, as its documentation streams: the text so far, with each token; see bench/page.

    panel serve panel_chat.py
"""

import asyncio
from itertools import count
from pathlib import Path

import panel as pn

from answer import asked, tokens

numbers = count()


async def answer(contents, user, instance):
    number, delay, _ = asked(contents)
    said = ""
    for token in tokens(number):
        await asyncio.sleep(delay)
        said += token
        yield said
    Path(f"said-{next(numbers)}").touch()


pn.extension()
pn.chat.ChatInterface(callback=answer).servable()
