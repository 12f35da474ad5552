"""The tools that chats may be given: those that the settings name, and no other code of the server's."""

import sys
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from runnel import Runnel
from runnel.config import Config, MCPConfig
from runnel.models.scripted import Scripted, tool_call
from runnel.server import create_app
from runnel.tools import tool
from tests.apps import config
from tests.server.serving import client_of

NOTES = Path(__file__).parents[2] / "tools" / "mcp_server.py"


@tool(permission="ask")
def send(to: str) -> str:
    """Send it."""
    return f"sent to {to}"


model = Scripted(answers=[[tool_call("notes_echo", word="water")], ["It says water."]])


def with_tools(*tools: str, **servers: MCPConfig) -> Config:
    return config().model_copy(update={"tools": tools, "mcp": servers})


async def test_what_is_offered_is_listed_with_its_permission_and_what_cannot_be_used_with_the_reason() -> None:
    settings = with_tools(f"{__name__}:send", "no_such:tool", "mcp:notes", "mcp:away", notes=notes(only=("echo",)))
    async with client_of(create_app(Runnel("sqlite://", config=settings))) as client:
        offered = (await client.get("/api/tools")).json()["tools"]
        assert [one["name"] for one in offered] == list(settings.tools)
        sending, missing, echoing, away = offered
        assert sending["tools"] == [{"name": "send", "description": "Send it.", "permission": "ask"}]
        assert "no module 'no_such'" in missing["reason"]
        assert [one["name"] for one in echoing["tools"]] == ["notes_echo"]
        assert "'away'" in away["reason"]
        chosen = await client.post("/api/chats", json={"tools": ["mcp:notes"]})
        assert chosen.json()["settings"]["tools"] == ["mcp:notes"]
        refused = await client.post("/api/chats", json={"tools": ["mcp:other"]})
        assert refused.status_code == 403


async def test_a_chat_uses_the_tools_of_a_server_that_the_settings_name() -> None:
    settings = with_tools("mcp:notes", notes=notes(env={"WHO": SecretStr("hidden")}))
    async with Runnel("sqlite://", config=settings) as app:
        chat = await app.chat(model=model, tools=["mcp:notes"])
        message = await chat.answer("What does it say?")
        assert message.content == "It says water."
        assert [call.result for call in await chat.calls()] == ["water"]


def notes(**settings: Any) -> MCPConfig:
    return MCPConfig(command=(sys.executable, str(NOTES)), prefix="notes_", **settings)
