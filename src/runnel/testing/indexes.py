# ruff: noqa: RUF001 - texts in many scripts are what this is about
"""What every index must hold to, as tests to inherit.

    class TestMyIndex(IndexContract):
        @pytest.fixture
        async def index(self) -> AsyncIterator[Index]:
            yield MyIndex()

Run them with pytest-asyncio. The index comes empty to each test.
"""

from collections.abc import Sequence

import pytest

from ..retrieval.chunking import Chunk
from ..retrieval.index import Index

__all__ = ["AWKWARD_QUESTIONS", "IndexContract", "chunks_of"]

# None of these may be an error, whatever the language in which an index puts its queries.
AWKWARD_QUESTIONS = (
    "",
    " \n\t",
    "?",
    '"',
    "'",
    "\0",
    "a\0b",
    'lamp" OR "',
    "lamp AND",
    "NOT",
    "NEAR(lamp lamp, 3)",
    "lamp*",
    "^lamp",
    "text:lamp",
    "title : lamp",
    "{title text}: lamp",
    "-lamp",
    "(((((",
    "lamp; DROP TABLE chunks; --",
    "the of and",
    "🦀 👩‍👩‍👧",
    "\u202elamp",
    "\ud800",
    "灯台",
    "lamp " * 2000,
    "x" * 10_000,
    " ".join(f"word{number}" for number in range(2000)),
)


def chunks_of(*texts: str, heading: tuple[str, ...] = ()) -> list[Chunk]:
    """Chunks with these texts, that follow one another."""
    starts = [sum(map(len, texts[:place])) for place in range(len(texts))]
    return [
        Chunk(place, start, text, None, heading) for place, (start, text) in enumerate(zip(starts, texts, strict=True))
    ]


async def _found(index: Index, question: str, contents: Sequence[int], limit: int = 10) -> list[tuple[int, int]]:
    return [(hit.content, hit.position) for hit in await index.search(question, contents, limit)]


class IndexContract:
    """The tests."""

    pytestmark = pytest.mark.asyncio

    async def test_a_chunk_is_found_by_its_words(self, index: Index) -> None:
        """And those that have none of them are not."""
        await index.add(1, "harbour", chunks_of("The ferry leaves at noon.", "The lamp turns.", "Tea is green."))
        assert await _found(index, "When does the ferry leave?", [1]) == [(1, 0)]

    async def test_the_best_comes_first(self, index: Index) -> None:
        """Scores fall."""
        await index.add(1, "", chunks_of("A lamp.", "A ferry and a harbour.", "The lamp of the lighthouse turns."))
        hits = await index.search("lighthouse lamp", [1], 10)
        assert (hits[0].content, hits[0].position) == (1, 2)
        assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)

    async def test_only_the_contents_named_are_searched(self, index: Index) -> None:
        """However they lie among the others."""
        for content in range(1, 8):
            await index.add(content, "", chunks_of(f"The lamp of tower {content}."))
        assert {content for content, _ in await _found(index, "lamp", [2, 5])} == {2, 5}
        assert {content for content, _ in await _found(index, "lamp", [3])} == {3}
        assert await _found(index, "lamp", []) == []
        assert await _found(index, "lamp", [99]) == []

    async def test_a_search_gives_no_more_than_its_limit(self, index: Index) -> None:
        """The best of them."""
        await index.add(1, "", chunks_of(*["A lamp."] * 30))
        assert len(await _found(index, "lamp", [1], 7)) == 7
        assert await _found(index, "lamp", [1], 0) == []

    async def test_each_chunk_is_found_once(self, index: Index) -> None:
        """In the same order each time."""
        await index.add(1, "lamp", chunks_of(*["The lamp, a lamp, lamps."] * 5, heading=("Lamp",)))
        found = await _found(index, "lamp lamps lamp", [1])
        assert sorted(found) == [(1, place) for place in range(5)]
        assert found == await _found(index, "lamp lamps lamp", [1])

    async def test_title_and_heading_are_found(self, index: Index) -> None:
        """A chunk is about what stands above it."""
        await index.add(1, "Lighthouses of the north", chunks_of("It was built in 1887.", heading=("History",)))
        assert await _found(index, "lighthouses", [1]) == [(1, 0)]
        assert await _found(index, "history", [1]) == [(1, 0)]

    async def test_adding_again_replaces(self, index: Index) -> None:
        """So that what was interrupted can be done again."""
        await index.add(1, "", chunks_of("The lamp turns."))
        await index.add(1, "", chunks_of("The ferry leaves."))
        assert await _found(index, "lamp", [1]) == []
        assert await _found(index, "ferry", [1]) == [(1, 0)]

    async def test_what_was_removed_is_not_found(self, index: Index) -> None:
        """Once or twice; the others stay."""
        await index.add(1, "", chunks_of(*["The lamp turns."] * 3))
        await index.add(2, "", chunks_of("The lamp stands."))
        await index.remove(1, 3)
        await index.remove(1, 3)
        await index.remove(7, 3)
        assert await _found(index, "lamp", [1, 2]) == [(2, 0)]

    async def test_a_word_is_found_in_another_case(self, index: Index) -> None:
        """And with other marks above its letters, however they are written."""
        await index.add(1, "", chunks_of("Das CAFÉ am Ufer", "Zürich", "МАЯК"))
        assert await _found(index, "café", [1]) == [(1, 0)]
        assert await _found(index, "cafe\u0301", [1]) == [(1, 0)]
        assert await _found(index, "маяк", [1]) == [(1, 2)]

    @pytest.mark.parametrize(
        ("text", "question"),
        [
            ("灯台は1887年に建てられました。その灯は十二秒に一度回ります。", "灯台はいつ建てられましたか"),
            ("灯塔建于一八八七年，它的灯每十二秒转一圈。", "灯塔是什么时候建的？"),
            ("등대는 1887년에 지어졌습니다.", "등대는 언제 지어졌나요?"),
            ("ประภาคารสร้างขึ้นในปี 1887", "ประภาคาร สร้างเมื่อไหร่"),
            ("प्रकाशस्तंभ 1887 में बनाया गया था।", "प्रकाशस्तंभ कब बनाया गया?"),
            ("بُنيت المنارة عام 1887", "متى بنيت المنارة؟"),
            ("Маяк был построен в 1887 году.", "Когда построили маяк?"),
            ("Ο φάρος χτίστηκε το 1887.", "Πότε χτίστηκε ο φάρος;"),
        ],
    )
    async def test_it_finds_in_every_script(self, index: Index, text: str, question: str) -> None:
        """Those that write no spaces too."""
        await index.add(1, "", chunks_of("The ferry leaves at noon.", text, "緑茶 зелёный 녹차 หมู हरा شاي τσάι"))
        found = await _found(index, question, [1])
        assert found[:1] == [(1, 1)]

    @pytest.mark.parametrize("question", AWKWARD_QUESTIONS, ids=range(len(AWKWARD_QUESTIONS)))
    async def test_any_string_is_a_question(self, index: Index, question: str) -> None:
        """Nothing in it is syntax."""
        await index.add(1, "title", chunks_of("The lamp turns.", "words of all kinds"))
        found = await _found(index, question, [1])
        assert set(found) <= {(1, 0), (1, 1)}
