"""The answer that is shown: Markdown as models write it, in tokens of some four characters. Nothing but the standard
library is needed, so that peers can say the same."""

import random
import re
from collections.abc import Iterator
from functools import cache

__all__ = ["asked", "question", "tokens"]

_WORDS = """
    the run stream event reader answer keeps each before follows server token page commit is of that in a which it not
    durable resumes browser socket again while between memory order late first number place where one after by with
    database partial message and to from sees writes
    """
_ASKED = re.compile(r"SAY (\d+) (\S+) (\d+)")


def question(count: int, delay: float, at_once: int = 0) -> str:
    """What is asked to be answered with so many tokens, `delay` seconds apart, the first `at_once` of them together."""
    return f"How does a reader of a stream come back? SAY {count} {delay} {at_once}"


def asked(text: str) -> tuple[int, float, int]:
    """What the last question in a text asks for."""
    count, delay, at_once = _ASKED.findall(text)[-1]
    return int(count), float(delay), int(at_once)


@cache
def tokens(count: int) -> tuple[str, ...]:
    """The first `count` tokens of the answer, which has no end."""
    found: list[str] = []
    for section in _sections():
        found += re.findall(r" ?\w{1,8}|\s+|[^\w\s]", section)
        if len(found) >= count:
            return tuple(found[:count])
    raise AssertionError("it has no end")


def _sections() -> Iterator[str]:
    chance = random.Random(7)
    known = _WORDS.split()

    def words(least: int, most: int) -> str:
        return " ".join(chance.choices(known, k=chance.randint(least, most)))

    def sentence() -> str:
        said = words(8, 18).capitalize()
        more = chance.choice(
            ("", f", **{words(1, 3)}**", f", as `{words(1, 1)}_{words(1, 1)}` says", f" *{words(1, 2)}*")
        )
        link = f" (see [{words(1, 3)}](https://example.org/{words(1, 1)}))" if chance.random() < 0.1 else ""
        cited = f" [{chance.randint(1, 3)}]" if chance.random() < 0.3 else ""
        formula = " where $t_n \\le t_{n+1}$" if chance.random() < 0.1 else ""
        return f"{said}{more}{link}{formula}{cited}."

    number = 0
    while True:
        number += 1
        yield f"## {number}. {words(2, 5).capitalize()}\n\n"
        for _ in range(chance.randint(2, 3)):
            yield " ".join(sentence() for _ in range(chance.randint(2, 5))) + "\n\n"
        for _ in range(chance.randint(3, 6)):
            yield f"- {sentence()}\n"
            if chance.random() < 0.2:
                yield f"  1. {sentence()}\n  2. {sentence()}\n"
        yield "\n"
        match number % 4:
            case 0:
                yield f"| {words(1, 2)} | {words(1, 2)} | {words(1, 1)} |\n|---|:---:|---:|\n"
                for _ in range(chance.randint(3, 7)):
                    yield f"| {words(2, 4)} | `{words(1, 1)}` | {chance.randint(1, 9999)} |\n"
                yield "\n"
            case 1 | 3:
                yield f"```python\ndef {words(1, 1)}_{number}(events: list[str], after: int = {number}) -> int:\n"
                for _ in range(chance.randint(3, 9)):
                    left, right = words(1, 1), words(1, 1)
                    yield f'    {left} = after + len("{words(2, 4)}")  # {words(2, 5)}\n    if {left} > {right}:\n'
                    yield f"        return {left}\n"
                yield "    return 0\n```\n\n"
            case _:
                yield f"$$\n\\sum_{{k=1}}^{{{number}}} \\frac{{t_k}}{{k^2}} \\le \\sqrt{{n + {number}}}\n$$\n\n"
                yield f"> {sentence()}\n> {sentence()}\n\n"
