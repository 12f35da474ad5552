"""What a model may call: functions, programs, servers that speak MCP; and how a call is carried out.

The room knows nothing of runs or chats. What a call needs of them it is given as a `ToolContext`.
"""

from ..vocabulary.events import StatusLine
from ..vocabulary.messages import MediaPart
from .base import Output, Permission, Tool, Toolbox, ToolContext, ToolResult
from .cancelling import CancelToken
from .execution import MAX_RESULT_CHARS, execute, parse_arguments
from .function import FunctionTool, ThreadContext, tool
from .references import ToolLike, as_tool, collect, resolve

__all__ = [
    "MAX_RESULT_CHARS",
    "CancelToken",
    "FunctionTool",
    "MediaPart",
    "Output",
    "Permission",
    "StatusLine",
    "ThreadContext",
    "Tool",
    "ToolContext",
    "ToolLike",
    "ToolResult",
    "Toolbox",
    "as_tool",
    "collect",
    "execute",
    "parse_arguments",
    "resolve",
    "tool",
]
