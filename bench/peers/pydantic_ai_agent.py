# mypy: ignore-errors
# It runs in an environment of its own, where the packages that it names are.
"""pydantic-ai's loop: a fake model that answers at once, one call of a tool a step. Prints JSON; see bench/agent.py."""

import asyncio
import json
import sys
import time
from collections.abc import AsyncIterator
from importlib.metadata import version

from pydantic_ai import Agent
from pydantic_ai.messages import ModelMessage, ModelResponse
from pydantic_ai.models.function import AgentInfo, DeltaToolCall, FunctionModel
from pydantic_ai.usage import UsageLimits

STEPS = int(sys.argv[1])
RUNS = int(sys.argv[2])


async def stream(messages: list[ModelMessage], info: AgentInfo) -> AsyncIterator[str | dict[int, DeltaToolCall]]:
    """A call a step, then the last word."""
    done = sum(isinstance(message, ModelResponse) for message in messages)
    if done < STEPS:
        yield {0: DeltaToolCall(name="add", json_args="", tool_call_id=f"call_{done}")}
        yield {0: DeltaToolCall(json_args='{"a": 1, ')}
        yield {0: DeltaToolCall(json_args='"b": 2}')}
    else:
        yield "done"


agent = Agent(FunctionModel(stream_function=stream))


@agent.tool_plain
async def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


async def one() -> None:
    """One answer, read to its end as it streams."""
    async with agent.iter("go", usage_limits=UsageLimits(request_limit=None)) as run:
        async for node in run:
            if Agent.is_model_request_node(node):
                async with node.stream(run.ctx) as events:
                    async for _ in events:
                        pass
    assert run.result is not None
    assert run.result.output == "done"


async def main() -> None:
    """Warm up, measure, print."""
    await one()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(RUNS):
        await one()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    print(json.dumps({"version": version("pydantic-ai-slim"), "in memory": [cpu, wall]}))


asyncio.run(main())
