"""Runnel: every answer of a language model is a run, an ordered, durable log of events that outlives its reader."""

from . import errors
from .app import Runnel
from .chats.chat import Chat
from .chats.scheduling import Schedule
from .runs.handles import Message, Run
from .vocabulary.content import Chunk

__all__ = ["Chat", "Chunk", "Message", "Run", "Runnel", "Schedule", "errors"]
