"""A run that this process has claimed: who has something to append to it, what is on its way, and its live tail."""

import time

from ..errors import RunEnded
from .feeder import Feeder
from .segment import Segment
from .stamping import stamp
from .tail import Tail

__all__ = ["Head", "Share"]


class Share:
    """A run's part of a commit: `segment`, from `feeders`, each with its last `seq`; the first fed at `began`."""

    __slots__ = ("began", "ended", "feeders", "head", "segment")

    def __init__(
        self, head: "Head", segment: Segment, ended: bool, feeders: list[tuple[Feeder, int]], began: float
    ) -> None:
        self.began = began
        self.head = head
        self.segment = segment
        self.ended = ended
        self.feeders = feeders


class Head:
    """What this process knows of a run it has claimed. One share of it at a time is on its way, so that each begins
    from what is durable, which is what the tail shows.

    `others` is how many claims others had made when it was last known to be claimed here; `contested` says that this
    process has claimed or forgotten it since, or is about to. `journaled` is for the log's own use.
    """

    __slots__ = ("_began", "_going", "_waiting", "contested", "epoch", "id", "journaled", "others", "run", "tail")

    def __init__(self, run: str, id: int, epoch: int, last: int, others: int) -> None:
        self.run = run
        self.id = id
        self.epoch = epoch
        self.others = others
        self.contested = False
        self.journaled = -1
        self.tail = Tail(last)
        self._waiting: list[Feeder] = []
        self._going = False
        self._began = 0.0

    def wait(self, feeder: Feeder) -> bool:
        """Have what `feeder` has in the next share; returns whether one is to be made now, for the first that waits."""
        self._waiting.append(feeder)
        if len(self._waiting) > 1:
            return False
        self._began = time.monotonic()
        return not self._going

    def share(self) -> Share | None:
        """Take from all who wait, up to the run's end. None where that gives nothing."""
        waiting, self._waiting = self._waiting, []
        last = self.tail.last
        ended = self.tail.ended
        segments: list[Segment] = []
        feeders: list[tuple[Feeder, int]] = []
        for index, feeder in enumerate(waiting):
            if self.tail.ended:
                feeder.failed(RunEnded(f"run {self.run} has ended: nothing can be appended", run=self.run))
                continue
            if ended:  # if that is taken, the others are too late
                self._waiting = waiting[index:]
                break
            try:
                if events := feeder.take():
                    segment, ended = stamp(events, last)
                    segments.append(segment)
                    last = segment.last
            except Exception as error:
                feeder.failed(error)
            else:
                feeders.append((feeder, last))
        if not segments:
            for feeder, last in feeders:
                feeder.appended(last)
            return None
        self._going = True
        return Share(self, segments[0] if len(segments) == 1 else Segment.joined(segments), ended, feeders, self._began)

    def done(self, share: Share, error: BaseException | None) -> bool:
        """The share is durable and shown now, or failed, and with it all that counted on it. Returns whether another
        one is to be made."""
        self._going = False
        if error is not None:
            waiting, self._waiting = self._waiting, []
            for feeder in [*[feeder for feeder, _ in share.feeders], *waiting]:
                feeder.failed(error)
            return False
        more = bool(self._waiting)
        self.tail.push(share.segment, share.ended)
        for feeder, last in share.feeders:
            feeder.appended(last)
        return more
