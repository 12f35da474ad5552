"""Documents: finding, parsing, cutting and indexing them, and finding sources for a question.

It knows nothing of chats, runs or models. Parsers are imported when the first document comes.
"""

from .chunking import Chunk
from .documents import Upload
from .index import Hit, Index
from .indexing import AddReport
from .library import Document
from .parsing import ParsedDocument, Parser, Section
from .retrieval import Retrieval
from .tables import MIGRATIONS

__all__ = [
    "MIGRATIONS",
    "AddReport",
    "Chunk",
    "Document",
    "Hit",
    "Index",
    "ParsedDocument",
    "Parser",
    "Retrieval",
    "Section",
    "Upload",
]
