"""How blocks look."""

import io

from rich.console import Console

from runnel.terminal.markdown import MarkdownText


def lines(text: str, width: int = 40) -> list[str]:
    out = io.StringIO()
    Console(file=out, width=width, color_system=None).print(MarkdownText(text))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def test_blocks_stand_apart_by_one_empty_line() -> None:
    assert lines("# A\ntext\n\n- b\n- c\n\n---\n> d") == ["A", "", "text", "", " • b", " • c", "", "─" * 40, "", "▎ d"]


def test_a_loose_list_is_shown_as_it_was_written() -> None:
    assert lines("1. a\n\n   b\n2. c\n   - d") == [" 1. a", "", "    b", " 2. c", "     ◦ d"]


def test_code_is_wrapped_and_nothing_of_it_is_lost() -> None:
    drawn = lines("```python\n" + "x = 1; " * 10 + "last\n```", width=30)
    assert all(len(line) <= 30 for line in drawn)
    assert drawn[-1].strip().endswith("last")


def test_a_table_fits_the_terminal() -> None:
    drawn = lines("| a | b |\n|---|--:|\n| " + "word " * 20 + "| 1 |", width=30)
    assert all(len(line) <= 30 for line in drawn)
    assert drawn[0].split() == ["a", "b"]


def test_a_link_shows_where_it_leads() -> None:
    assert lines("[bank](https://evil.example/)") == ["bank (https://evil.example/)"]


def test_html_is_shown_and_not_dropped() -> None:
    assert lines("a<br>b <script>") == ["a<br>b <script>"]


def test_lines_of_a_wide_terminal_stay_readable() -> None:
    assert max(map(len, lines("word " * 100, width=200))) <= 100
