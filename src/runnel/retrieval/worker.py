"""The program of a parsing process: requests come in, replies go out, each a length (4 bytes) and msgpack.

It ends when its input does, so it never outlives the process that started it.
"""

import sys
from typing import IO

import msgspec

from .preparing import Reply, Request, prepare

__all__ = ["main", "receive", "send"]

# Address space, where the system can limit it: a hostile file must not take the machine's memory.
_MOST_MEMORY = 4 << 30


def send(stream: IO[bytes], value: Request | Reply) -> None:
    """Write one value."""
    data = msgspec.msgpack.encode(value)
    stream.write(len(data).to_bytes(4, "big"))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> bytes | None:
    """The bytes of the next value, or None at the end of the stream."""
    size = stream.read(4)
    if len(size) < 4:
        return None
    data = stream.read(int.from_bytes(size, "big"))
    return data if len(data) == int.from_bytes(size, "big") else None


def main() -> None:
    """Answer requests until there are no more."""
    _limit_memory()
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a parser prints must not get among the replies
    decode = msgspec.msgpack.Decoder(Request).decode
    while (data := receive(source)) is not None:
        for reply in prepare(decode(data)):
            send(target, reply)


def _limit_memory() -> None:
    try:
        import resource

        _, hard = resource.getrlimit(resource.RLIMIT_AS)
        limit = _MOST_MEMORY if hard == resource.RLIM_INFINITY else min(_MOST_MEMORY, hard)
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
    except (ImportError, OSError, ValueError):  # not a POSIX system, or one that has no such limit
        pass
