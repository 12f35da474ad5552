"""From hits to sources: what touches is joined, and the whole kept within a budget of tokens."""

from collections.abc import Sequence
from hashlib import blake2b
from itertools import groupby

from ..vocabulary.messages import Source
from ..vocabulary.usage import estimate_tokens
from .chunking import Chunk
from .index import Hit
from .library import Document

__all__ = ["sources"]

# What a document's second hit counts, of its score; the third counts that much of the second, down to the least.
_LESS = 0.7
_LEAST = 0.4


def sources(
    hits: Sequence[Hit], chunks: dict[tuple[int, int], Chunk], documents: dict[int, Document], budget_tokens: int
) -> tuple[Source, ...]:
    """The best of `hits`, as many as fit in `budget_tokens` (estimated), the best source first. `documents` by content.

    Chunks that follow one another become one source with the score of the better. Text that two documents share is
    given once. The best hit is given even where it alone is over the budget, cut to it.
    """
    taken: dict[tuple[int, int], float] = {}
    seen: set[str] = set()
    left = budget_tokens
    for hit in _varied(hits):
        chunk = chunks.get((hit.content, hit.position))
        if chunk is None or hit.content not in documents:
            continue  # deleted since the search
        words = chunk.text.strip()
        cost = estimate_tokens(len(words))
        if words in seen:
            continue
        if cost > left and taken:
            break  # rather than a worse one that happens to be shorter
        seen.add(words)
        taken[hit.content, hit.position] = hit.score
        left -= cost
    order = {place: number for number, place in enumerate(taken)}
    found = []
    for _, run in groupby(enumerate(sorted(taken)), key=lambda each: (each[1][0], each[1][1] - each[0])):
        places = [place for _, place in run]
        best = min(places, key=order.__getitem__)
        source = _source(documents[best[0]], [chunks[place] for place in places], taken[best], budget_tokens)
        found.append((order[best], source))
    return tuple(source for _, source in sorted(found, key=lambda each: each[0]))


def _varied(hits: Sequence[Hit]) -> list[Hit]:
    """`hits` with each further one of a document counting less, so that one document does not crowd out the others.
    Within a document their order stays."""
    times: dict[int, int] = {}
    found = []
    for hit in hits:
        before = times[hit.content] = times.get(hit.content, -1) + 1
        found.append(Hit(hit.content, hit.position, hit.score * max(_LEAST, _LESS**before)))
    return sorted(found, key=lambda hit: -hit.score)


def _source(document: Document, chunks: Sequence[Chunk], score: float, budget_tokens: int) -> Source:
    text = "".join([chunk.text for chunk in chunks])
    start = chunks[0].start + len(text) - len(text.lstrip())
    text = text.strip()[: max(1, budget_tokens) * 4]
    end = start + len(text)
    first = chunks[0]
    key = f"{document.id}\0{(document.hash or b'').hex()}\0{start}\0{end}".encode()
    return Source(
        id=f"src_{blake2b(key, digest_size=12).hexdigest()}",
        document=document.id,
        title=document.title or document.name,
        text=text,
        start=start,
        end=end,
        page=first.page,
        heading=first.heading,
        location=_location(document, first),
        score=score,
    )


def _location(document: Document, chunk: Chunk) -> str:
    place = document.name  # not its path: sources are shown to whoever may see the answer
    if chunk.page is not None:
        return f"{place}#page={chunk.page}"
    return f"{place}#{chunk.anchor}" if chunk.anchor else place
