"""Without a model, the best sentences of the sources are quoted, whole, and cited."""

import pytest

from runnel.models.excerpts import Excerpts, answer
from runnel.models.sentences import stems, units
from runnel.testing.models import read, text_of
from runnel.vocabulary.messages import Source
from runnel.vocabulary.prompt import Prompt

GUIDE = """# Ragna

Ragna is an open source RAG orchestration framework. With an intuitive API for quick experimentation and built-in
tools for creating applications, you can quickly leverage Large Language Models for your work. It was started in 2023,
e.g. for research teams.

## Installation

The latest version of Ragna can be installed with pip:

```bash
pip install 'ragna[all]'
```

The minimum required Python version of Ragna is 3.9. Dr. Smith maintains it.

## Components

Ragna has three kinds of components:

- Source storages: they store the documents that you upload.
- Assistants: they take a prompt and
  generate an answer.
- Document handlers: they extract text from PDFs.

| name | default |
|---|---|
| port | 31476 |

You can configure the port in `ragna.toml`.
"""
NOTES = (
    "tion of what came before was cut. The page of Ragna is built with Panel. Cats are animals."
    " Ragna is an open source RAG orchestration framework. An administrator may limit how many documents a user"
    " uploads: the limit is 50."
)
SOURCES = (
    Source("s1", "d1", "guide.md", GUIDE, 0, len(GUIDE)),
    Source("s2", "d2", "notes.txt", NOTES, 100, 100 + len(NOTES), page=3, heading=("Notes",)),
)


@pytest.mark.parametrize(
    ("question", "quoted", "number"),
    [
        ("What is Ragna in ten words or less?", "> Ragna is an open source RAG orchestration framework.", 1),
        ("How do I install it?", "> pip install 'ragna[all]'", 1),
        ("Which components are there?", "> - Assistants: they take a prompt and generate an answer.", 1),
        ("What is the default port?", "> | port | 31476 |", 1),
        ("How many documents can a user upload?", "the limit is 50.", 2),
        ("what extracts text from pdfs", "> - Document handlers: they extract text from PDFs.", 1),
        ("Which version of Python is required?", "The minimum required Python version of Ragna is 3.9.", 1),
    ],
)
def test_the_sentence_that_answers_is_quoted_and_cited(question: str, quoted: str, number: int) -> None:
    said = answer(question, SOURCES)
    assert quoted in said
    assert f"[{number}]" in said
    assert len(said) < 1500


def test_it_says_what_it_is() -> None:
    assert answer("What is Ragna?", SOURCES).startswith("_No language model is set up")


@pytest.mark.parametrize(
    ("location", "heading", "line"),
    [
        ("README.md", ("Runnel",), "**Runnel** (README.md) [1]"),
        ("README.md#try-it", ("Runnel", "Try it"), "**Runnel** (README.md), Try it [1]"),
        ("Runnel", (), "**Runnel** [1]"),
        (None, ("Elsewhere",), "**Runnel**, Elsewhere [1]"),
    ],
)
def test_a_quotation_says_where_it_stands_and_nothing_twice(
    location: str | None, heading: tuple[str, ...], line: str
) -> None:
    source = Source("s", "d", "Runnel", "The lamp turns.", heading=heading, location=location)
    assert answer("What turns?", (source,)).splitlines()[2] == line


def test_the_same_sentence_is_quoted_once() -> None:
    assert answer("What is Ragna?", SOURCES).count("orchestration framework") == 1


def test_code_is_quoted_whole() -> None:
    said = answer("How do I install it with pip?", SOURCES)
    assert said.count("```") == 2
    assert "> The latest version of Ragna can be installed with pip:" in said


def test_no_half_sentence_is_quoted_without_a_mark() -> None:
    said = answer("What came before and was cut?", SOURCES)
    assert "> … tion of what came before was cut." in said


def test_a_question_whose_words_no_source_has_gets_what_came_nearest() -> None:
    said = answer("Quantum chromodynamics?", SOURCES)
    assert "no passage shares the words" in said
    assert "[1]" in said


@pytest.mark.parametrize("sources", [(), (Source("s", "d", "empty.txt", " \n"),)])
def test_without_sources_it_helps_to_get_some(sources: tuple[Source, ...]) -> None:
    said = answer("What is Ragna?", sources)
    assert "no passage" in said
    assert "OPENAI_API_KEY" in said


async def test_it_streams_its_words_and_puts_the_rewritten_question_first() -> None:
    prompt = Prompt("And that?", sources=SOURCES, rewritten_question="What is the default port?")
    deltas = await read(Excerpts(), prompt)
    assert len(deltas) > 10
    assert text_of(deltas) == answer("What is the default port?", SOURCES)


@pytest.mark.parametrize("question", ["", "?", "the of and", "端口是什么", "\N{GRINNING FACE}"])
def test_any_question_gets_an_answer(question: str) -> None:
    assert answer(question, SOURCES)
    assert answer(question, (Source("s", "d", "端口.txt", "默认端口是三一四七六。可以修改。"),))


def test_text_without_spaces_is_found_too() -> None:
    said = answer("默认端口是什么", (Source("s", "d", "a.txt", "猫是动物。默认端口是三一四七六。可以修改颜色。"),))
    assert "> 默认端口是三一四七六。" in said


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("One. Two! Three?", ["sentence"] * 3),
        ("Dr. A. Smith and e.g. others came. They left.", ["sentence"] * 2),
        ("It costs 3.50 euros. That is 1.5 times more.", ["sentence"] * 2),
        ("- a\n- b\n1. c", ["item"] * 3),
        ("Run:\n\n    make all\n    make test\n\nDone it is.", ["sentence", "code", "sentence"]),
        ("```\na. B. c\n```", ["code"]),
        ("```\nnever closed", ["code"]),
        ("Title\n=====\n\nText is here now.", ["heading", "sentence"]),
        ("| a | b |\n|---|---|\n| 1 | 2 |", ["table"]),
        ("", []),
    ],
)
def test_text_is_cut_into_what_can_be_quoted(text: str, kinds: list[str]) -> None:
    assert [unit.kind for unit in units(text)] == kinds


@pytest.mark.parametrize(
    "words",
    ["index indexes indexed indexing", "install installs installation", "query queries", "stop stopping stopped"],
)
def test_forms_of_a_word_meet(words: str) -> None:
    assert len(set(stems(words))) == 1
