# mypy: ignore-errors
# It runs in an environment of its own, where the packages that it names are.
"""pydantic-ai's AG-UI adapter in a Starlette app, as its documentation has it; see bench/relay.py.

    python pydantic_ai_server.py PORT
"""

import sys

import uvicorn
from pydantic_ai import Agent
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.ui.ag_ui import AGUIAdapter
from starlette.applications import Starlette
from starlette.routing import Route

from said import said


async def stream(messages, info):
    async for text in said(messages[-1].parts[-1].content):
        yield text


agent = Agent(FunctionModel(stream_function=stream))


async def run(request):
    return await AGUIAdapter.dispatch_request(request, agent=agent)


app = Starlette(routes=[Route("/", run, methods=["POST"])])
uvicorn.run(app, port=int(sys.argv[1]), loop="asyncio", http="httptools", log_level="warning", access_log=False)
