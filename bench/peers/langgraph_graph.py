# mypy: ignore-errors
# It runs in an environment of its own, where the packages that it names are.
"""The graph that langgraph's dev server serves: one node that asks a model; see bench/relay.py."""

from langchain_core.language_models.chat_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk
from langchain_core.outputs import ChatGeneration, ChatGenerationChunk, ChatResult
from langgraph.graph import START, MessagesState, StateGraph

from said import said


class Said(BaseChatModel):
    @property
    def _llm_type(self):
        return "said"

    def _generate(self, *args, **kwargs):
        return ChatResult(generations=[ChatGeneration(message=AIMessage(""))])

    async def _astream(self, messages, *args, **kwargs):
        async for text in said(messages[-1].content):
            yield ChatGenerationChunk(message=AIMessageChunk(text))


model = Said()


async def ask(state):
    return {"messages": [await model.ainvoke(state["messages"])]}


builder = StateGraph(MessagesState)
builder.add_node("model", ask)
builder.add_edge(START, "model")
graph = builder.compile()
