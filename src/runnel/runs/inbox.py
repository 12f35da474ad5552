"""What people say to a run while it goes on: consent to a call, an answer to what a tool asks, a word on the way."""

from collections.abc import Iterable

import msgspec

from ..database.signals import Signal
from ..errors import NotWaiting
from ..store import RunInput
from ..vocabulary.fold import MessageFold
from ..vocabulary.messages import MessageValue, ToolPart

__all__ = ["Inbox", "addressed"]


class Inbox:
    """The inputs of one run that nobody has taken yet. Once `closed`, nothing more is taken."""

    def __init__(self) -> None:
        self.signal = Signal()
        self.closed = False
        self._given: list[RunInput] = []
        self._seen: set[int] = set()

    def forget(self, numbers: Iterable[int]) -> None:
        """Those were taken in another process."""
        self._seen.update(numbers)

    def put(self, given: RunInput) -> None:
        """Add an input; one that was put before is not added again."""
        if given.number not in self._seen and not self.closed:
            self._seen.add(given.number)
            self._given.append(given)
            self.signal.fire()

    def close(self) -> None:
        """The run listens no more: what comes now is refused."""
        self.closed = True

    def took(self, given: RunInput) -> bool:
        """Whether an input was put, before the run ceased to listen."""
        return given.number in self._seen

    def take_now(self, kind: str, about: str | None = None, step: int = 0) -> list[RunInput]:
        """Take all inputs of a kind that are there, of one subject where it is named."""
        wanted = (kind, step)
        taken = [one for one in self._given if (one.kind, one.step) == wanted and about in (None, one.about)]
        self._given = [one for one in self._given if one not in taken]
        return taken

    def has(self, kind: str) -> bool:
        """Whether an input of that kind is there."""
        return any(each.kind == kind for each in self._given)

    async def take(self, kind: str, about: str, step: int = 0) -> RunInput:
        """Wait for an input of a kind about a subject, and take it; of several, the first."""
        while True:
            version = self.signal.version
            taken = self.take_now(kind, about, step)
            if taken:
                return taken[0]
            await self.signal.after(version)

    async def wait_for(self, kind: str) -> None:
        """Wait until an input of a kind is there; it stays."""
        while not self.has(kind):
            await self.signal.after(self.signal.version)


def addressed(run: str, fold: MessageFold, given: RunInput) -> RunInput:
    """`given`, with the step of the call that it is about: some vendors use the ids of calls again. Raises NotWaiting
    where the run, as it stands in `fold`, has no use for it."""
    message = fold.value()
    if message.status.ended:
        raise NotWaiting(f"run {run} has ended ({message.status}): there is nothing to say to it", run=run)
    if given.kind == "input" and given.about not in fold.questions:
        raise NotWaiting(f"run {run} waits for no answer to {given.about}", run=run, input=given.about)
    if given.kind != "approval":
        return given
    call = _last_call(message, given.about)
    if call is None:
        raise NotWaiting(f"run {run} has made no call {given.about}", run=run, call=given.about)
    if call.approval != "requested":
        stands = call.approval or "needs no consent"
        raise NotWaiting(f"call {given.about} of run {run} waits for nobody: {stands}", run=run, call=given.about)
    return msgspec.structs.replace(given, step=call.step)


def _last_call(message: MessageValue, id: str) -> ToolPart | None:
    calls = [part for part in message.parts if isinstance(part, ToolPart) and part.call == id]
    return calls[-1] if calls else None
