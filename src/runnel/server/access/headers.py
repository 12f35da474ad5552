"""Headers of every response, as bytes that are made once: they tell browsers to take the answers for what they are."""

from collections.abc import Awaitable, Sequence

from starlette.types import Message, Send

__all__ = ["CONTENT_SECURITY_POLICY", "SECURITY", "Sending"]

Header = tuple[bytes, bytes]

# Pages are files of the package: nothing in a page, nothing from elsewhere, and no page around one of these. Pictures
# in answers come from here or lie in the text, so that no address is asked because a model names it.
CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'self'",
        "img-src 'self' data: blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)

SECURITY: Sequence[Header] = (
    (b"content-security-policy", CONTENT_SECURITY_POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    # With `no-referrer` a form's request would not say which page it comes from.
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(self), payment=(), usb=()"),
    (b"cache-control", b"no-store"),
)

_STARTS = ("http.response.start", "websocket.http.response.start", "websocket.accept")


class Sending:
    """`send`, with `headers` on the response, but for those that it sets itself. What follows the start is passed on
    without a step between. `begun`: whether the response has."""

    __slots__ = ("_headers", "_send", "begun")

    def __init__(self, send: Send, headers: Sequence[Header]) -> None:
        self._send = send
        self._headers = headers
        self.begun = False

    def __call__(self, message: Message) -> Awaitable[None]:
        if message["type"] in _STARTS:
            self.begun = True
            own = list(message.get("headers", ()))
            named = {name.lower() for name, _ in own}
            message = {**message, "headers": own + [header for header in self._headers if header[0] not in named]}
        return self._send(message)
