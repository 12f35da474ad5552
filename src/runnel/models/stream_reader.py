"""What readers of vendors' streams have in common: the end, whole or not, and what cannot be read."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import Any

import msgspec

from ..errors import ModelError, StreamEndedEarly
from ..vocabulary.prompt import Delta

__all__ = ["StreamReader"]


class StreamReader(ABC):
    """Reads one stream. `read` gives the deltas of some events; `failure` holds the error that came after
    them, if one did; `done` says that the vendor's end marker came; `end` gives the last deltas. `details`
    (`provider`, `model`) go into the errors."""

    def __init__(self, **details: Any) -> None:
        self.done = False
        self.failure: ModelError | None = None
        self._details = details
        self._broken: str | None = None

    @abstractmethod
    def read(self, payloads: Iterable[bytes]) -> Sequence[Delta]:
        """The deltas that `payloads`, the data of events, make."""

    @abstractmethod
    def end(self) -> Sequence[Delta]:
        """The deltas that are due when the stream is over; `failure` is set where it was not whole."""

    def read_rest(self, payload: bytes) -> Sequence[Delta]:
        """The same as `read` for what the stream ended in the middle of: nothing where it is not whole."""
        try:
            msgspec.json.decode(b"{}" if payload.strip() == b"[DONE]" else payload)
        except msgspec.MsgspecError:
            return ()
        return self.read([payload])

    @property
    def over(self) -> bool:
        """Whether nothing more is to be read."""
        return self.done or self.failure is not None

    def break_off(self, words: str) -> None:
        """The connection broke, in the transport's words."""
        self._broken = words

    @property
    def _who(self) -> str:
        return str(self._details.get("provider", "the vendor"))

    def _ended_early(self) -> StreamEndedEarly:
        why = f": {self._broken}" if self._broken else ""
        return StreamEndedEarly(f"the stream of {self._who} ended without its end marker{why}", **self._details)

    def _unreadable(self, payload: bytes, error: Exception) -> ModelError:
        return ModelError(
            f"{self._who} sent a chunk that cannot be read: {error}",
            vendor_message=payload[:500].decode(errors="replace"),
            **self._details,
        )
