"""What the API answers with, where that is not a value of the vocabulary itself."""

import msgspec

from ...runs.handles import Run
from ...vocabulary.messages import Status

__all__ = ["StartedRun"]


class StartedRun(msgspec.Struct):
    """A run that has been started; `events` is the path of its stream."""

    id: str
    chat_id: str | None
    message_id: str | None
    status: Status
    events: str

    @classmethod
    def of(cls, run: Run, status: Status = Status.QUEUED) -> "StartedRun":
        """The view of a run."""
        return cls(run.id, run.chat_id, run.message_id, status, f"/api/runs/{run.id}/events")
