"""Which names the server answers to, and which pages may call it.

A page can have its name resolved to this machine (DNS rebinding) and would then be of one origin with the server: so a
request must name a host that is ours. A page of another origin can send requests, though it cannot read what is
answered: so what changes anything must come from our own page, one that is listed, or no page at all.
"""

import ipaddress
import re
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from ...config import ServerConfig
from ...errors import InvalidRequest, NotAllowed

__all__ = ["Hosts"]

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+(%[\w.]+)?\]|[A-Za-z0-9._-]+)(:[0-9]{1,5})?")
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_EXPOSED = b"Location, Retry-After, X-Run-Id"
_METHODS = b"GET, HEAD, POST, PUT, PATCH, DELETE"


class Hosts:
    """Judges the `Host`, `Origin` and `Sec-Fetch-Site` of requests. Headers are by their names in small letters."""

    def __init__(self, config: ServerConfig) -> None:
        names = [name.lower().rstrip(".") for name in config.hosts]
        self._any = "*" in names
        self._names = frozenset({"localhost", config.host.lower(), *names})
        self._below = (".localhost", *[name for name in names if name.startswith(".")])
        self._origins = frozenset(config.origins)
        self._ours: set[bytes] = set()  # hosts that were found good: a few, since others are refused

    def check_host(self, hosts: Sequence[bytes]) -> None:
        """Raises InvalidRequest unless a request names one host, NotAllowed where it is not this server's."""
        if len(hosts) != 1:
            raise InvalidRequest("a request names one host, in the header `Host`")
        if hosts[0] in self._ours:
            return
        host = hosts[0].decode("latin-1")
        if not _HOST.fullmatch(host):
            raise InvalidRequest("the header `Host` names no host")
        name = _name(host)
        if not self._is_ours(name):
            raise NotAllowed(
                f"this server does not answer to the name {name!r}: the setting `server.hosts` says to which it does",
                host=name,
            )
        if len(self._ours) < 100:
            self._ours.add(hosts[0])

    def _is_ours(self, name: str) -> bool:
        if self._any or name in self._names or name.endswith(self._below):
            return True
        try:  # an address is no name that somebody could have resolved to it
            ipaddress.ip_address(name)
        except ValueError:
            return False
        return True

    def check_origin(self, method: str, headers: Mapping[bytes, bytes], *, by_cookie: bool) -> None:
        """Raises NotAllowed where a request that changes something, or opens a socket (whose `method` is `""`), comes
        from another page. One that is known `by_cookie`, which browsers send unasked, must prove that it does not."""
        if method in _SAFE:
            return
        site, origin = headers.get(b"sec-fetch-site"), headers.get(b"origin")
        if origin is not None and self.allowed(origin) is not None:
            return
        if site is not None:
            if site in (b"same-origin", b"none"):
                return
        elif origin is None:
            if not by_cookie:
                return
        elif _is_same(origin, headers.get(b"host", b"")):
            return
        whose = "a page that is not named" if origin is None else f"a page of {origin.decode('latin-1')}"
        raise NotAllowed(
            f"this came from {whose}: only this server's own may, and those of the setting `server.origins`"
        )

    def allowed(self, origin: bytes) -> str | None:
        """The origin, where it is one of those that are listed."""
        text = origin.decode("latin-1").lower()
        return text if text in self._origins else None

    def cors(self, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]]:
        """The headers that let the page of a listed origin read the answer."""
        origin = headers.get(b"origin")
        if not self._origins or origin is None or self.allowed(origin) is None:
            return [(b"vary", b"Origin")] if self._origins else []
        return [
            (b"vary", b"Origin"),
            (b"access-control-allow-origin", origin),
            (b"access-control-allow-credentials", b"true"),
            (b"access-control-expose-headers", _EXPOSED),
        ]

    def preflight(self, method: str, headers: Mapping[bytes, bytes]) -> list[tuple[bytes, bytes]] | None:
        """The further headers of the answer, where a browser asks whether a page may send something; else None. Raises
        NotAllowed where it may not."""
        origin = headers.get(b"origin")
        if method != "OPTIONS" or origin is None or b"access-control-request-method" not in headers:
            return None
        if self.allowed(origin) is None:
            name = origin.decode("latin-1")
            raise NotAllowed(f"pages of {name} may not call this server: the setting `server.origins` says which may")
        wanted = headers.get(b"access-control-request-headers")
        return [
            (b"access-control-allow-methods", _METHODS),
            *([(b"access-control-allow-headers", wanted)] if wanted else []),
            (b"access-control-max-age", b"600"),
        ]


def _name(host: str) -> str:
    """A host without its port, and an address without its brackets."""
    if host.startswith("["):
        return host[1:].partition("]")[0]
    return host.partition(":")[0].lower().rstrip(".")


def _is_same(origin: bytes, host: bytes) -> bool:
    """Whether an origin is the one that a host names, by whatever scheme: a proxy may have ended TLS."""
    try:
        parts = urlsplit(origin.decode("latin-1"))
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc.lower() == host.decode("latin-1").lower()
