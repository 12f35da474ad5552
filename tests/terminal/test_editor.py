"""Keys, and the line that they make."""

from hypothesis import given
from hypothesis import strategies as st

from runnel.terminal.editor import Editor, Keys


def typed(*pieces: str) -> tuple[str, int]:
    keys, editor = Keys(), Editor()
    for piece in pieces:
        for key, text in keys.feed(piece):
            editor.press(key, text)
    return editor.text, editor.at


def test_a_line_can_be_edited() -> None:
    assert typed("helo\x1b[Dl") == ("hello", 4)
    assert typed("one two\x17three") == ("one three", 9)
    assert typed("abc\x01x\x05y\x7f") == ("xabc", 4)
    assert typed("abc\x15d") == ("d", 1)
    assert typed("abc\x01\x1b[3~") == ("bc", 0)


def test_a_key_that_comes_in_pieces_is_one_key() -> None:
    assert typed("ab\x1b[", "Dc") == ("acb", 2)


def test_what_is_pasted_is_one_line() -> None:
    assert typed("\x1b[200~one\ntw", "o\x1b[201~!") == ("one two!", 8)


def test_enter_and_escape_are_keys() -> None:
    assert list(Keys().feed("a\n\x1b")) == [("text", "a"), ("enter", ""), ("escape", "")]


@given(st.text(), st.lists(st.integers(0, 20)))
def test_nothing_that_is_typed_breaks_the_line(text: str, places: list[int]) -> None:
    _, at = typed(*[text[place:] for place in places], text)
    assert at >= 0
