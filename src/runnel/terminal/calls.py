"""A call of a tool as one line: its arguments as they stream, how it stands, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import msgspec
from pydantic_core import from_json
from rich.text import Text

from .safe import one_line, safe

__all__ = ["SPINNER", "CallLine", "arguments_line", "arguments_list"]

State: TypeAlias = Literal["coming", "consent", "running", "ok", "error", "cancelled"]

SPINNER = "⠋⠙⠹⠸⠼⠴⠦⠧⠇⠏"
_MARKS: Mapping[State, tuple[str, str]] = {
    "consent": ("?", "bold yellow"),
    "ok": ("⚙", "cyan"),
    "error": ("✗", "red"),
    "cancelled": ("■", "yellow"),
}
# Of arguments that are longer, only the beginning is looked at while they stream.
_LOOKED_AT = 4_000
_RESULT = 2_000
_LEAST_RESULT = 24


@dataclass
class CallLine:
    """A call. `arguments` are those of the call once they are whole; `says` is the tool's last line for people;
    `refused` is what a person said who refused it."""

    name: str = ""
    state: State = "coming"
    arguments: dict[str, Any] | None = None
    result: str = ""
    says: str = ""
    refused: str | None = None
    since: float = 0.0
    _coming: list[str] = field(default_factory=list)
    _length: int = 0

    @property
    def ended(self) -> bool:
        """Whether nothing of it changes any more."""
        return self.state in ("ok", "error", "cancelled")

    def stream(self, piece: str) -> None:
        """The arguments go on."""
        if self._length < _LOOKED_AT:
            self._coming.append(piece)
            self._length += len(piece)

    def text(self, width: int, now: float | None = None) -> Text:
        """The line, at most `width` columns wide; at the moment `now`, where it may still move."""
        seconds = 0.0 if now is None else max(0.0, now - self.since)
        mark, style = _MARKS.get(
            self.state, (SPINNER[int(seconds * 10) % len(SPINNER)] if now is not None else "⚙", "cyan")
        )
        tail = self._tail(seconds)
        name = one_line(self.name, 64)
        most = width - len(mark) - len(name) - 3 - len(self._more())
        room = max(most - max(_LEAST_RESULT, most // 2), most - len(tail))
        line = Text.assemble((mark, style), " ", (name, "bold"), ("(", "dim"))
        line.append(arguments_line(self._known(), max(8, room)), "dim")
        line.append("…" if self.state == "coming" else ")", "dim")
        line.append(tail, {"error": "red", "cancelled": "yellow", "ok": ""}.get(self.state, "dim"))
        line.no_wrap = True
        more = self._more()
        line.truncate(width - len(more), overflow="ellipsis")
        return line.append(more, "dim")

    def _tail(self, seconds: float) -> str:
        if self.state == "coming":
            return ""
        if self.state == "consent":
            return "  waits for your consent"
        if self.state == "running":
            waited = f"  {seconds:.0f} s" if seconds >= 2 else ""
            return (f"  {one_line(self.says, 200)}" if self.says else "") + waited
        if self.state == "cancelled":
            return " → stopped"
        if self.refused is not None:
            return " → refused" + (f": {one_line(self.refused, _RESULT)}" if self.refused else "")
        return f" → {one_line(self.result, _RESULT) or '(nothing)'}"

    def _more(self) -> str:
        """How many lines the result has, where it is not all on this one."""
        lines = len(self.result.strip().splitlines())
        return f"  ({lines} lines)" if self.state == "ok" and lines > 1 else ""

    def _known(self) -> Mapping[str, Any]:
        if self.arguments is not None:
            return self.arguments
        try:
            found = from_json("".join(self._coming)[:_LOOKED_AT] or "{}", allow_partial="trailing-strings")
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def arguments_line(arguments: Mapping[str, Any], room: int) -> str:
    """Arguments as a caller would write them, `a=1, b="two"`, in at most `room` columns: long values are cut."""
    line = ""
    for most in (400, 120, 60, 40, 28, 20, 12):
        line = ", ".join([f"{one_line(name, 40)}={_value(value, most)}" for name, value in arguments.items()])
        if len(line) <= room:
            return line
    return one_line(line, room)


def arguments_list(arguments: Mapping[str, Any]) -> Text:
    """Arguments one a line and whole: what somebody is to agree to."""
    text = Text()
    for name, value in arguments.items():
        shown = value if isinstance(value, str) else _json(value)
        first, *others = safe(shown).split("\n")
        text.append(f"\n    {one_line(name, 60)}: ", "dim")
        text.append("\n".join([first, *[f"      {line}" for line in others]]))
    return text


def _value(value: Any, most: int) -> str:
    if isinstance(value, str) and len(value) > most:
        return _json(one_line(value, most - 1).rstrip("…") + "…")
    return one_line(_json(value), most)


def _json(value: Any) -> str:
    text = msgspec.json.encode(value).decode()
    return text if isinstance(value, str) else msgspec.json.format(text, indent=0)
