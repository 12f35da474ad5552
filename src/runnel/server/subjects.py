"""All operations, by subject: what is listed here is served, and is in the OpenAPI document."""

from collections.abc import Sequence

from .api.chats import CHATS
from .api.documents import DOCUMENTS
from .api.me import ME
from .api.messages import MESSAGES
from .api.models import MODELS
from .api.runs import RUNS
from .api.schedules import SCHEDULES
from .api.tools import TOOLS
from .openai.subjects import OPENAI
from .operating.health import HEALTH
from .operations import Operations
from .protocols.agui import AGUI
from .protocols.ai_sdk import AI_SDK

__all__ = ["SUBJECTS"]

SUBJECTS: Sequence[Operations] = (
    CHATS,
    MESSAGES,
    RUNS,
    SCHEDULES,
    DOCUMENTS,
    MODELS,
    TOOLS,
    ME,
    *OPENAI,
    AGUI,
    AI_SDK,
    HEALTH,
)
