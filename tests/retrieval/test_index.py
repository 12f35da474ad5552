# ruff: noqa: RUF001 - texts in many scripts are what this is about
"""The index of SQLite's FTS5 keeps the contract of all indexes."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from runnel.database import Database
from runnel.database.words import indexable
from runnel.retrieval import Index
from runnel.retrieval.fts5 import Fts5Index
from runnel.retrieval.words import MOST_TERMS, Question
from runnel.testing.indexes import IndexContract, chunks_of


@pytest.fixture
async def index(database: Database) -> Index:
    return Fts5Index(database)


class TestFts5Index(IndexContract):
    """The contract, over a file."""


_QUESTIONS = st.one_of(
    st.text(max_size=300),
    st.text(alphabet="\"'()*^:+-{}[]\\/., \0\tORANDTEar灯台ü", max_size=80),
    st.lists(st.sampled_from(["OR", "AND", "NOT", "NEAR", "lamp", '"', "(", ")", "*", "text:", "^"]), max_size=20).map(
        " ".join
    ),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=_QUESTIONS)
async def test_no_question_is_an_error(index: Index, question: str) -> None:
    await index.add(1, "title", chunks_of("The lamp turns.", "or and not near"))
    for hit in await index.search(question, [1, 3], 5):
        assert hit.content == 1


@given(question=st.text(max_size=200))
def test_a_question_keeps_its_words_within_bounds(question: str) -> None:
    asked = Question(question)
    assert len(asked.words) <= MOST_TERMS
    assert len(set(asked.words)) == len(asked.words)
    assert (asked.expression() is None) == (not asked.words)


def test_stop_words_count_only_where_there_is_nothing_else() -> None:
    assert Question("What is the height of the tower?").words == ["height", "tower"]
    assert Question("Who are you?").words == ["Who", "are", "you"]


def test_a_contraction_is_no_word() -> None:
    assert Question("Why don't the ferry's engines start? It's cold").words == ["ferry", "engines", "start", "cold"]


def test_unspaced_scripts_are_indexed_in_pairs() -> None:
    assert indexable("東京都 is") == " 東京 京都 都  is"
    assert indexable("plain") == "plain"
    assert indexable("ﬁne ＡＢＣ") == "fine ABC"


async def test_words_that_stand_for_the_question_s_help(index: Index) -> None:
    await index.add(1, "", chunks_of("A clone of the list.", "A replica of the list."))
    hits = await index.search("How do I copy the list to another machine?", [1], 5)
    assert {hit.position for hit in hits} == {0, 1}
    one = (await index.search("list", [1], 5))[0].score
    assert hits[0].score > one
