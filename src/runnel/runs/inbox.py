"""What people say to a run while it goes on: consent to a call, an answer to what a tool asks, a word on the way."""

from ..database.signals import Signal
from ..errors import NotWaiting
from ..store import RunInput
from ..vocabulary.messages import MessageValue, ToolPart

__all__ = ["Inbox", "refuse_unless_wanted"]


class Inbox:
    """The inputs of one run that nobody has taken yet."""

    def __init__(self) -> None:
        self.signal = Signal()
        self._given: list[RunInput] = []
        self._last = 0

    def put(self, given: RunInput) -> None:
        """Add an input; one that was put before is not added again."""
        if given.number > self._last:
            self._last = given.number
            self._given.append(given)
            self.signal.fire()

    def take_now(self, kind: str, about: str | None = None) -> list[RunInput]:
        """Take all inputs of a kind that are there, of one subject where it is named."""
        taken = [each for each in self._given if each.kind == kind and about in (None, each.about)]
        self._given = [each for each in self._given if each not in taken]
        return taken

    def has(self, kind: str) -> bool:
        """Whether an input of that kind is there."""
        return any(each.kind == kind for each in self._given)

    async def take(self, kind: str, about: str) -> RunInput:
        """Wait for an input of a kind about a subject, and take it; of several, the first."""
        while True:
            version = self.signal.version
            taken = self.take_now(kind, about)
            if taken:
                return taken[0]
            await self.signal.after(version)

    async def wait_for(self, kind: str) -> None:
        """Wait until an input of a kind is there; it stays."""
        while not self.has(kind):
            await self.signal.after(self.signal.version)


def refuse_unless_wanted(run: str, message: MessageValue, given: RunInput) -> None:
    """Raises NotWaiting where the run, whose message is `message`, has no use for `given`."""
    if message.status.ended:
        raise NotWaiting(f"run {run} has ended ({message.status}): there is nothing to say to it", run=run)
    if given.kind == "approval":
        call = next((part for part in message.parts if isinstance(part, ToolPart) and part.call == given.about), None)
        if call is None:
            raise NotWaiting(f"run {run} has made no call {given.about}", run=run, call=given.about)
        if call.approval != "requested":
            stands = call.approval or "needs no consent"
            raise NotWaiting(f"call {given.about} of run {run} waits for nobody: {stands}", run=run, call=given.about)
