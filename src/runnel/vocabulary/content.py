"""What the content of a message is while attempts fail, text is taken back and steps follow each other.

The rule is written once and stands under both views of a run's text: the folded message and a reader's chunks.
"""

from .events import (
    AttemptStarted,
    Event,
    PartDelta,
    ReasoningDelta,
    RunEnded,
    Steered,
    StepStarted,
    TextDelta,
    TextRetracted,
    ToolCallDelta,
    ToolCalled,
)

__all__ = ["Chunk", "ChunkFold", "ContentRule"]


class ContentRule:
    """The content is that of the last attempt that said anything, after what the steps before said.

    So a new attempt withdraws nothing until it says something: text, reasoning, a medium or a call of a tool. A delta
    without a code point says nothing, but for a thought's signature. Saying "ab" is saying "a", then "b": neighbours
    may be taken together.
    """

    __slots__ = ("length", "retrying", "step_length")

    def __init__(self) -> None:
        self.length = 0
        self.step_length = 0
        self.retrying = False

    def step(self) -> None:
        """A step begins: what was said stays."""
        self.step_length = 0
        self.retrying = False

    def attempt(self) -> None:
        """An attempt begins."""
        self.retrying = True

    def say(self, length: int) -> int | None:
        """The attempt says `length` code points of text (0 where it says something else). Returns how many code points
        that withdraws, or None where this is not the first word of a new attempt."""
        withdrawn = None
        if self.retrying:
            self.retrying = False
            withdrawn = self.step_length
            self.length -= withdrawn
            self.step_length = 0
        self.length += length
        self.step_length += length
        return withdrawn

    def retract(self, count: int) -> int:
        """The last `count` code points are taken back; returns how many there were to take."""
        count = max(0, min(count, self.length))
        self.length -= count
        self.step_length = max(0, self.step_length - count)
        return count


class Chunk(str):
    """A piece of an answer's text, as a reader gets it. `replaces` is the number of code points it takes back from the
    end of what came before: 0, but for the first chunk after text was withdrawn (a new attempt, a retraction)."""

    __slots__ = ()
    replaces: int = 0


class _Replacing(Chunk):
    __slots__ = ("replaces",)


def _replacing(text: str, replaces: int) -> Chunk:
    chunk = _Replacing(text)
    chunk.replaces = replaces
    return chunk


class ChunkFold:
    """Turns a run's events into the chunks of its text: applied to every event in order, they make the content.

    While nothing is withdrawn and no attempt begins, a text delta is its chunk, and its length waits to be said.
    """

    __slots__ = ("_flowing", "_rule", "_unsaid", "_withdrawn")

    def __init__(self) -> None:
        self._rule = ContentRule()
        self._withdrawn = 0
        self._unsaid = 0
        self._flowing = True

    def apply(self, event: Event) -> Chunk | None:
        """The chunk that `event` gives a reader, if any."""
        if type(event) is TextDelta and self._flowing:
            text = event.text
            self._unsaid += len(text)
            return Chunk(text) if text else None
        if self._unsaid:
            self._rule.say(self._unsaid)
            self._unsaid = 0
        chunk = self._apply_rest(event)
        self._flowing = not self._rule.retrying and not self._withdrawn
        return chunk

    def _apply_rest(self, event: Event) -> Chunk | None:
        match event:
            case TextDelta(text=text) if text:
                self._withdrawn += self._rule.say(len(text)) or 0
                chunk = _replacing(text, self._withdrawn)
                self._withdrawn = 0
                return chunk
            case ReasoningDelta(text=text, signature=signature) if text or signature:
                self._withdrawn += self._rule.say(0) or 0
            case ToolCallDelta() | ToolCalled() | PartDelta():
                self._withdrawn += self._rule.say(0) or 0
            case TextRetracted(count=count):
                self._withdrawn += self._rule.retract(count)
            case StepStarted() | Steered():
                self._rule.step()
            case AttemptStarted():
                self._rule.attempt()
            case RunEnded() if self._withdrawn:
                return _replacing("", self._withdrawn)
            case _:
                pass
        return None
