"""Server-sent events from bytes, as they come: cut anywhere, with any line ending.

Only the data of each event is given, since the dialects of models say in it what it is. The decoder follows
the standard (https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream); an
event that lacks its blank line when the stream ends is dropped there, and given apart here (`rest`), because
servers forget it.
"""

from collections.abc import Sequence

__all__ = ["EventStreamDecoder"]

_BOM = b"\xef\xbb\xbf"


class EventStreamDecoder:
    """Turns the bytes of an event stream into the data of its events, in batches: one for each read of the
    network.

    Bytes wait in pieces until an event ends, so that the cost stays linear however an event is cut.
    """

    __slots__ = ("_after_cr", "_begun", "_pieces")

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._after_cr = False
        self._begun = False

    def feed(self, data: bytes) -> Sequence[bytes]:
        """The data of the events that `data` completes, in order."""
        if not self._begun:
            data = self._begin(data)
        if self._after_cr or b"\r" in data:
            data = self._with_newlines(data)
        if not data:
            return ()
        pieces = self._pieces
        if pieces:
            if b"\n\n" not in data and not (data.startswith(b"\n") and pieces[-1].endswith(b"\n")):
                pieces.append(data)
                return ()
            pieces.append(data)
            data = b"".join(pieces)
            pieces.clear()
        *blocks, rest = data.split(b"\n\n")
        if rest:
            pieces.append(rest)
        events = []
        for block in blocks:
            if block.startswith(b"data: ") and b"\n" not in block:  # what nearly every event is
                events.append(block[6:])
            elif block.startswith(b"event: ") and block.count(b"\n") == 1 and (at := block.find(b"\ndata: ")) > 0:
                events.append(block[at + 7 :])
            elif (event := _data(block)) is not None:
                events.append(event)
        return events

    def rest(self) -> bytes | None:
        """The data of an event that the end of the stream left without its blank line, if any."""
        block = b"".join(self._pieces)
        self._pieces.clear()
        return _data(block)

    def _begin(self, data: bytes) -> bytes:
        """Drop a byte order mark, which may itself be cut."""
        data = b"".join([*self._pieces, data])
        self._pieces.clear()
        if len(data) < len(_BOM) and _BOM.startswith(data):
            self._pieces.append(data)
            return b""
        self._begun = True
        return data.removeprefix(_BOM)

    def _with_newlines(self, data: bytes) -> bytes:
        """The same with each line ending as a newline; a CR LF may be cut in two."""
        if self._after_cr and data:
            self._after_cr = False
            data = data.removeprefix(b"\n")
        if data:
            self._after_cr = data.endswith(b"\r")
        return data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _data(block: bytes) -> bytes | None:
    """The data of one event; None where it has none (a comment, a bare name). llama.cpp reports an error
    after the answer began in a field called `error`, so that counts as data that has such a member."""
    lines = []
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if field == b"data":
            lines.append(value)
        elif field == b"error":
            lines.append(b'{"error":%b}' % value)
    return b"\n".join(lines) if lines else None
