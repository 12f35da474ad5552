"""The tools of servers that speak MCP, the Model Context Protocol: programs on this machine, and servers elsewhere.

Needs the extra `runnel[mcp]`, whose library is imported by the first connection.
"""

from .server import MCPServer, MCPTool
from .values import PromptArgument, PromptInfo, ResourceContents, ResourceInfo

__all__ = ["MCPServer", "MCPTool", "PromptArgument", "PromptInfo", "ResourceContents", "ResourceInfo"]
