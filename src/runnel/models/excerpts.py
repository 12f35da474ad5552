"""A model that needs no model: it answers by quoting the best sentences of the sources, and says so.

The words of the question are weighed by how rare they are among the sources' sentences; sentences that answer
more of them come first, those that say the same again are left out (maximal marginal relevance: Carbonell and
Goldstein, 1998).
"""

import math
import re
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from itertools import pairwise

import msgspec

from ..vocabulary.messages import Source
from ..vocabulary.prompt import Delta, Finish, Prompt
from .sentences import Unit, stems, units

__all__ = ["Excerpts"]

_INTRODUCTION = "No language model is set up: these are the closest passages of your documents."
_WEAK = "No language model is set up, and no passage shares the words of the question; this is what came nearest."
_NOTHING = (
    "No language model is set up, so all I can do is quote your documents, and no passage of them was found for this"
    " question.\n\n"
    "- Ask in the words that the documents use, or add documents that tell about it.\n"
    "- For answers in full sentences, set up a model: set `OPENAI_API_KEY`, or start a local server such as Ollama."
)
_STOP = frozenset(
    stems(
        "a about after all also am an and any are as at be because been before being between both but by can "
        "could did do does doing done during each every explain find for from give had has have he her here "
        "him his how i if in into is it its itself just know let like list many me mean more most much my "
        "need no not of on once only or other our out over own please same say says she should show so some "
        "such tell than that the their them then there these they this those to too under until up use used "
        "using very want was we were what when where which while who whom whose why will with would you your"
    )
)
_UNITS, _SOURCES, _LENGTH = 6, 3, 900
# A quotation shorter than this (in code points) takes the sentence after it along.
_SHORT = 200


class _Candidate(msgspec.Struct):
    source: int
    unit: Unit
    stems: frozenset[str]
    met: dict[str, float] = {}
    score: float = 0.0


class Excerpts:
    """The model `excerpts`. Deterministic, at once, and honest about what it is; it cites like `[1]`."""

    name = "excerpts"
    prefill = False

    async def stream(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        """The answer, word by word."""
        for word in re.findall(r"\s*\S+|\s+$", answer(prompt.rewritten_question or prompt.question, prompt.sources)):
            yield word
        yield Finish()

    def __repr__(self) -> str:
        return "Excerpts()"


def answer(question: str, sources: Sequence[Source]) -> str:
    """The answer in Markdown: for each source that helps, its name, its number and the sentences that do."""
    if not any(source.text.strip() for source in sources):
        return _NOTHING
    passages = [units(source.text, cut_before=source.start > 0) for source in sources]
    candidates = _weighed(question, sources, passages)
    chosen = _chosen(candidates)
    if not chosen:
        first = next(number for number, passage in enumerate(passages) if passage)
        quoted = [unit for unit in passages[first] if unit.kind != "heading"][:3] or passages[first][:1]
        return f"_{_WEAK}_\n\n{_quoted(sources[first], first + 1, quoted)}"
    order = list(dict.fromkeys(candidate.source for candidate in chosen))
    parts = []
    for number in order:
        picked = {candidate.unit.number for candidate in chosen if candidate.source == number}
        parts.append(_quoted(sources[number], number + 1, _with_context(passages[number], picked)))
    return "\n\n".join([f"_{_INTRODUCTION}_", *parts])


def _weighed(question: str, sources: Sequence[Source], passages: Sequence[Sequence[Unit]]) -> list[_Candidate]:
    """Every unit that can be quoted, with its score."""
    asked = stems(question)
    terms = [term for term in dict.fromkeys(asked) if term not in _STOP] or list(dict.fromkeys(asked))
    candidates = [
        _Candidate(number, unit, frozenset(stems(unit.text)))
        for number, passage in enumerate(passages)
        for unit in passage
        if unit.kind != "heading"
    ]
    found = Counter(term for candidate in candidates for term in candidate.stems)
    rarity = {term: math.log(1 + len(candidates) / (1 + found[term])) for term in terms}
    pairs = list(pairwise(terms))
    for candidate in candidates:
        unit, passage = candidate.unit, passages[candidate.source]
        above = _stems_above(passage, unit, sources[candidate.source])
        met = [term for term in terms if term in candidate.stems]
        if not met:
            continue
        candidate.met = {term: rarity[term] for term in met}
        score = sum(candidate.met.values())
        score += 0.8 * sum(rarity[term] for term in terms if term in above and term not in candidate.stems)
        said = stems(unit.text)
        neighbours = set(pairwise(said))
        score += 0.5 * sum(rarity[pair[0]] + rarity[pair[1]] for pair in pairs if pair in neighbours) / 2
        score *= _shape(question, unit, said, terms)
        score *= 1.0 / (1 + 0.2 * candidate.source) * (1.1 if unit.number == 0 else 1.0)
        candidate.score = score if unit.whole else score * 0.5
    return candidates


def _stems_above(passage: Sequence[Unit], unit: Unit, source: Source) -> frozenset[str]:
    """The words of the headings that the unit stands under."""
    heading = next((each.text for each in reversed(passage[: unit.number]) if each.kind == "heading"), "")
    return frozenset(stems(" ".join([heading, *source.heading])))


def _shape(question: str, unit: Unit, said: Sequence[str], terms: Sequence[str]) -> float:
    """How well the form of a unit suits the question: long enough to say something, short enough to read; a
    definition where one is asked for, a number where one is."""
    length = len(said)
    factor = 0.55 if length < 5 and unit.kind != "code" else 1.0 if length <= 45 else 45 / length
    asked = question.casefold()
    if unit.kind == "code":
        return factor * (1.0 if re.search(r"\b(how|example|code|command|install|syntax|run)\b", asked) else 0.5)
    if unit.text.rstrip().endswith("?"):
        factor *= 0.6
    defines = re.search(r"\b(is|are|was|were|means|refers to|provides)\b", unit.text) and set(said[:4]) & set(terms)
    if defines and re.search(r"\b(what|who)('s| is| are| was| were)\b|\bdefine\b", asked):
        factor *= 1.35
    if re.search(r"\b(how (many|much|long|old|big|fast)|when|which year|version)\b", asked):
        factor *= 1.25 if re.search(r"\d", unit.text) else 0.9
    return factor


def _chosen(candidates: Iterable[_Candidate]) -> list[_Candidate]:
    """The best units, each with something that those before it do not say."""
    left = sorted(
        (each for each in candidates if each.score > 0), key=lambda each: (-each.score, each.source, each.unit.number)
    )
    chosen: list[_Candidate] = []
    said: Counter[str] = Counter()
    length = 0
    while left and len(chosen) < _UNITS:
        sources = {each.source for each in chosen}
        allowed = [each for each in left if each.source in sources or len(sources) < _SOURCES]
        gains = [(_gain(each, chosen, said), each) for each in allowed]
        gain, best = max(
            gains, key=lambda pair: (pair[0], -pair[1].source, -pair[1].unit.number), default=(0.0, left[0])
        )
        if chosen and (gain < 0.4 * chosen[0].score or length + len(best.unit.text) > _LENGTH):
            break
        left.remove(best)
        chosen.append(best)
        said.update(best.met)
        length += len(best.unit.text)
    return chosen


def _gain(candidate: _Candidate, chosen: Iterable[_Candidate], said: Counter[str]) -> float:
    """What a unit adds: a word of the question counts half each time it was answered, and repetition is nothing."""
    fresh = sum(weight * 0.5 ** said[term] for term, weight in candidate.met.items()) / sum(candidate.met.values())
    repeated = max((_same(candidate, one) for one in chosen), default=0.0)
    return float(candidate.score * fresh * (1 - repeated))


def _same(one: _Candidate, other: _Candidate) -> float:
    """How much of the shorter of two units is in the other; passages overlap, so the same sentence may come
    twice."""
    smaller = min(len(one.stems), len(other.stems)) or 1
    shared = len(one.stems & other.stems) / smaller
    return 1.0 if shared > 0.85 else shared * 0.3


def _with_context(passage: Sequence[Unit], picked: set[int]) -> list[Unit]:
    """What was picked, with the line that leads to an item or to code, and the code that a line leads to."""
    wanted = set(picked)
    for number in picked:
        unit = passage[number]
        if unit.kind in ("item", "code"):
            before = number - 1
            while unit.kind == "item" and before > 0 and passage[before].kind == "item":
                before -= 1
            if before >= 0 and passage[before].kind == "sentence" and passage[before].text.endswith(":"):
                wanted.add(before)
        elif unit.text.endswith(":"):
            for following in passage[number + 1 : number + 5]:
                if following.kind not in ("item", "code"):
                    break
                wanted.add(following.number)
                if following.kind == "code":
                    break
    if sum(len(passage[number].text) for number in wanted) < _SHORT:
        # A sentence alone says little: what follows it is likely to explain it.
        after = max(wanted) + 1
        if after < len(passage) and passage[after].kind == "sentence" and passage[after].whole:
            wanted.add(after)
    return [passage[number] for number in sorted(wanted)]


def _quoted(source: Source, number: int, chosen: Sequence[Unit]) -> str:
    """A source's name and number, and what is quoted of it."""
    name = (source.location or "").partition("#")[0]
    heading = source.heading[1:] if source.heading[:1] == (source.title,) else source.heading
    place = [f"**{source.title}**" + (f" ({name})" if name not in ("", source.title) else "")]
    place += [f"page {source.page}" if source.page is not None else "", " / ".join(heading)]
    blocks: list[str] = []
    last: Unit | None = None
    for unit in chosen:
        gap = last is not None and unit.number > last.number + 1
        text = f"- {unit.text}" if unit.kind == "item" else unit.text
        if last is None or unit.kind != last.kind or unit.kind == "code":
            blocks.append(text)
        elif unit.kind == "sentence":
            blocks[-1] += f" … {text}" if gap else f" {text}"
        else:
            blocks[-1] += f"\n{text}"
        last = unit
    quote = "\n\n".join(blocks).split("\n")
    quoted = "\n".join([f"> {line}" if line else ">" for line in quote])
    return f"{', '.join([part for part in place if part])} [{number}]\n\n{quoted}"
