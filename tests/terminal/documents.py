"""Markdown that a model might write, made by chance."""

from hypothesis import strategies as st

_words = st.text("abc é界.,!*_`[]()#-+>|1\\<&", min_size=1, max_size=30).map(lambda text: text.strip() or "word")
_paragraph = st.lists(_words, min_size=1, max_size=3).map("\n".join)
_plain = st.text("abcdef ", min_size=1, max_size=20).map(lambda text: text.strip() or "word")


def _items(mark: str, gaps: list[bool], texts: list[str]) -> str:
    lines: list[str] = []
    for number, (gap, text) in enumerate(zip(gaps, texts, strict=False), 1):
        head = f"{number}. " if mark == "1" else f"{mark} "
        lines.append(("\n" if gap and lines else "") + head + text.replace("\n", "\n" + " " * len(head)))
    return "\n".join(lines)


_list = st.builds(
    _items,
    st.sampled_from("-*+1"),
    st.lists(st.booleans(), min_size=6, max_size=6),
    st.lists(
        st.one_of(_plain, _paragraph, st.just("one\n- two\n- three\n\n  four"), st.just("a\n\n  b")),
        min_size=1,
        max_size=6,
    ),
)
_code = st.builds(
    lambda language, lines, closed: "```" + language + "\n" + "\n".join(lines) + ("\n```" if closed else ""),
    st.sampled_from(["", "python", "text"]),
    st.lists(st.sampled_from(["x = 1", "", "    # indented", "- no list", "# no heading"]), max_size=200),
    st.just(True),
)
_table = st.lists(st.lists(_plain, min_size=2, max_size=2), min_size=1, max_size=4).map(
    lambda rows: "| a | b |\n|---|--:|\n" + "\n".join("| " + " | ".join(row) + " |" for row in rows)
)
_block = st.one_of(
    _paragraph,
    _list,
    _code,
    _table,
    _plain.map(lambda text: f"## {text}"),
    _plain.map(lambda text: f"{text}\n==="),
    _paragraph.map(lambda text: "> " + text.replace("\n", "\n> ")),
    st.just("---"),
    st.just("    indented\n\n    code"),
)
documents = st.lists(_block, max_size=6).map("\n\n".join)
