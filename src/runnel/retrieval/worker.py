"""The program of a parsing process: requests come in, replies go out, each a length (4 bytes) and msgpack.

It ends when its input does, so it never outlives the process that started it.
"""

import os
import sys
from math import ceil
from time import process_time
from typing import IO

import msgspec

from .preparing import Reply, Request, prepare

__all__ = ["main", "receive", "send"]

# What a hostile file may take of the machine, where the system can limit it: bytes of address space for the process,
# seconds of processor time for each document.
_MOST_MEMORY = 2 << 30
_MOST_TIME = 30


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
    _limit("RLIMIT_AS", _MOST_MEMORY)
    _limit("RLIMIT_CORE", 0)
    if hasattr(os, "nice"):
        os.nice(10)  # whoever waits for an answer comes first
    source, target = sys.stdin.buffer, sys.stdout.buffer
    sys.stdout = sys.stderr  # what a parser prints must not get among the replies
    decode = msgspec.msgpack.Decoder(Request).decode
    while (data := receive(source)) is not None:
        _limit("RLIMIT_CPU", ceil(process_time()) + _MOST_TIME)
        for reply in prepare(decode(data)):
            send(target, reply)


def _limit(name: str, most: int) -> None:
    try:
        import resource

        kind = getattr(resource, name)
        _, hard = resource.getrlimit(kind)
        resource.setrlimit(kind, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))
    except (ImportError, AttributeError, OSError, ValueError):  # not a POSIX system, or one without such a limit
        pass
