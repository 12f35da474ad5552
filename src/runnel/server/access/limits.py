"""Limits on what calls take at once, each with a name. How much a user may have in the database is the store's to hold.

All of it is in memory and costs no waiting.
"""

import time
from collections import OrderedDict

from starlette.types import Message, Receive

from ...config import LimitsConfig
from ...errors import LimitReached, TooLarge

__all__ = ["Buckets", "Limits", "measured"]

# So many are remembered. Who was not heard of for longest is forgotten, and has a full bucket when they come again.
_MOST = 10_000


class Buckets:
    """Token buckets: each key may take `burst` at once, and `rate` a second in the long run."""

    def __init__(self, rate: float, burst: float) -> None:
        self._rate = rate
        self._burst = burst
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, key: str) -> float:
        """Take one: 0, or after how many seconds there is one to take."""
        now = time.monotonic()
        left, at = self._buckets.pop(key, (self._burst, now))
        left = min(self._burst, left + (now - at) * self._rate)
        wait = 0.0 if left >= 1 else (1 - left) / self._rate
        self._buckets[key] = (left if wait else left - 1, now)
        if len(self._buckets) > _MOST:
            self._buckets.popitem(last=False)
        return wait

    def forget(self, key: str) -> None:
        """Give a key back all that it took."""
        self._buckets.pop(key, None)


class Limits:
    """The limits of a server's calls. `who` is a user's id; None, where there are no users, has none."""

    def __init__(self, config: LimitsConfig) -> None:
        self.body = config.body
        self._streams = config.streams
        self._requests = Buckets(config.requests, config.burst)
        self._open: dict[str, int] = {}

    def request(self, who: str | None) -> None:
        """A request, of a user or an address. Raises LimitReached."""
        wait = 0.0 if who is None else self._requests.take(who)
        if wait:
            raise LimitReached(
                "too many requests at once: wait a little (the setting `server.limits.requests`)",
                limit="requests",
                retry_after=wait,
            )

    def open_stream(self, who: str | None) -> None:
        """A stream, a socket or an answer that is waited for begins; `close_stream` is owed. Raises LimitReached."""
        if who is None:
            return
        going = self._open.get(who, 0)
        if going >= self._streams:
            raise LimitReached(
                f"{going} streams are open already: end one first (the setting `server.limits.streams`)",
                limit="streams",
                most=self._streams,
                retry_after=1,
            )
        self._open[who] = going + 1

    def close_stream(self, who: str | None) -> None:
        """What `open_stream` let begin has ended."""
        if who is not None:
            left = self._open.pop(who) - 1
            if left:
                self._open[who] = left


def measured(receive: Receive, length: bytes | None, most: int) -> Receive:
    """`receive` of a request whose body may have so many bytes. Raises TooLarge: at once where its `Content-Length`
    says so, else as soon as more have come."""
    too_large = TooLarge(f"the body of a request may have {most} bytes here", limit="body", most=most)
    if length is not None and length.isdigit() and int(length[:20]) > most:
        raise too_large
    come = 0

    async def receiving() -> Message:
        nonlocal come
        message = await receive()
        if message["type"] == "http.request":
            come += len(message.get("body", b""))
            if come > most:
                raise too_large
        return message

    return receiving
