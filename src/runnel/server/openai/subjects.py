"""The operations of OpenAI's wire."""

from collections.abc import Sequence

from ..operations import Operations
from .completions import COMPLETIONS
from .conversations import CONVERSATIONS
from .models import MODELS
from .responses import RESPONSES

__all__ = ["OPENAI"]

OPENAI: Sequence[Operations] = (MODELS, COMPLETIONS, RESPONSES, CONVERSATIONS)
