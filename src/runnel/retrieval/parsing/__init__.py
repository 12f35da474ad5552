"""Parsers: from the bytes of a document to its text and the places in it. They know nothing of chunks or tables."""

from .base import ParsedDocument, Parser, Section
from .choosing import BUILT_IN, choose

__all__ = ["BUILT_IN", "ParsedDocument", "Parser", "Section", "choose"]
