"""A line that is being typed, and the keys that change it. It knows nothing of terminals but what their keys send."""

import re
from collections.abc import Iterator

__all__ = ["Editor", "Keys"]

_NAMED = {
    "\r": "enter",
    "\n": "enter",
    "\x7f": "backspace",
    "\x08": "backspace",
    "\x01": "home",
    "\x05": "end",
    "\x02": "left",
    "\x06": "right",
    "\x15": "clear",
    "\x17": "word",
    "\x1b": "escape",
}
_SEQUENCES = {"D": "left", "C": "right", "H": "home", "F": "end", "1~": "home", "4~": "end", "3~": "delete"}
_PASTE_BEGINS, _PASTE_ENDS = "\x1b[200~", "\x1b[201~"
_SEQUENCE = re.compile(r"\x1b[\[O]([\d;]*[A-Za-z~])")
_BEGUN = re.compile(r"\x1b[\[O][\d;]*$")


class Keys:
    """Takes apart what a terminal sends. Pasted text is text, its line ends too."""

    def __init__(self) -> None:
        self._rest = ""
        self._pasting = False

    def feed(self, text: str) -> Iterator[tuple[str, str]]:
        """Keys as (name, text): `("text", "a")`, `("enter", "")` and so on."""
        text, self._rest = self._rest + text, ""
        while text:
            if self._pasting:
                pasted, end, text = text.partition(_PASTE_ENDS)
                self._pasting = not end
                yield "text", " ".join(pasted.splitlines())
            elif text.startswith(_PASTE_BEGINS):
                self._pasting, text = True, text[len(_PASTE_BEGINS) :]
            elif match := _SEQUENCE.match(text):
                name = _SEQUENCES.get(match[1])
                text = text[match.end() :]
                if name is not None:
                    yield name, ""
            elif _BEGUN.match(text):
                self._rest, text = text, ""
            elif text[0] in _NAMED:
                yield _NAMED[text[0]], ""
                text = text[1:]
            elif text[0] >= " ":
                yield "text", text[0]
                text = text[1:]
            else:
                text = text[1:]


class Editor:
    """The line, and where in it the next letter goes."""

    def __init__(self, text: str = "") -> None:
        self.text = text
        self.at = len(text)

    def begin(self, text: str = "") -> None:
        """Another line."""
        self.text, self.at = text, len(text)

    def press(self, key: str, text: str = "") -> None:
        """Change it as a key says; what is none of its keys does nothing."""
        before, after = self.text[: self.at], self.text[self.at :]
        match key:
            case "text":
                before += text
            case "backspace":
                before = before[:-1]
            case "delete":
                after = after[1:]
            case "clear":
                before = ""
            case "word":
                before = re.sub(r"\S*\s*$", "", before)
            case "left":
                before, after = before[:-1], before[-1:] + after
            case "right":
                before, after = before + after[:1], after[1:]
            case "home":
                before, after = "", before + after
            case "end":
                before, after = before + after, ""
            case _:
                pass
        self.text, self.at = before + after, len(before)
