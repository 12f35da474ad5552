# mypy: ignore-errors
# It runs in an environment of its own, where the packages that it names are.
"""langgraph's loop, in memory and with its SQLite checkpoints: a fake model that answers at once, one call of a tool a
step. Prints JSON; see bench/agent.py."""

import asyncio
import json
import sys
import tempfile
import time
import uuid
from collections.abc import AsyncIterator
from importlib.metadata import version
from typing import Any

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langchain_core.tools import tool
from langgraph.checkpoint.sqlite.aio import AsyncSqliteSaver
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode, tools_condition

STEPS = int(sys.argv[1])
RUNS = int(sys.argv[2])


class Fake(BaseChatModel):
    """A call a step, then the last word."""

    @property
    def _llm_type(self) -> str:
        return "fake"

    def _generate(self, *args: Any, **kwargs: Any) -> ChatResult:
        return ChatResult(generations=[ChatGeneration(message=AIMessage("done"))])

    async def _astream(self, messages: Any, *args: Any, **kwargs: Any) -> AsyncIterator[ChatGenerationChunk]:
        done = sum(isinstance(message, AIMessage) for message in messages)
        if done == STEPS:
            yield ChatGenerationChunk(message=AIMessageChunk("done"))
            return
        for name, arguments in (("add", ""), (None, '{"a": 1, '), (None, '"b": 2}')):
            id = f"call_{done}" if name else None
            call = {"name": name, "args": arguments, "id": id, "index": 0, "type": "tool_call_chunk"}
            yield ChatGenerationChunk(message=AIMessageChunk("", tool_call_chunks=[call]))


@tool
async def add(a: int, b: int) -> str:
    """Add two numbers."""
    return str(a + b)


model = Fake()


async def ask(state: MessagesState) -> dict[str, Any]:
    """One step of the model."""
    return {"messages": [await model.ainvoke(state["messages"])]}


builder = StateGraph(MessagesState)
builder.add_node("model", ask)
builder.add_node("tools", ToolNode([add]))
builder.add_edge(START, "model")
builder.add_conditional_edges("model", tools_condition)
builder.add_edge("tools", "model")


async def measured(graph: Any) -> list[float]:
    """CPU and wall seconds of so many answers, each read to its end as it streams."""

    async def one() -> None:
        config = {"configurable": {"thread_id": uuid.uuid4().hex}, "recursion_limit": 2 * STEPS + 10}
        said = ""
        async for message, _ in graph.astream({"messages": [("user", "go")]}, config, stream_mode="messages"):
            said = message.content or said
        assert said == "done", said

    await one()
    cpu, wall = time.process_time(), time.perf_counter()
    for _ in range(RUNS):
        await one()
    return [time.process_time() - cpu, time.perf_counter() - wall]


async def main() -> None:
    """Measure, print."""
    found: dict[str, Any] = {"version": version("langgraph"), "in memory": await measured(builder.compile())}
    with tempfile.TemporaryDirectory() as folder:
        async with AsyncSqliteSaver.from_conn_string(f"{folder}/checkpoints.db") as saver:
            found["on SQLite"] = await measured(builder.compile(checkpointer=saver))
    print(json.dumps(found))


asyncio.run(main())
