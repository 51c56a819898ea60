"""Response headers that keep a page from reaching any other host, whatever a document holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

# Gradio's own page needs inline scripts and evaluated templates; other hosts stay shut out.
POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'self'",
        "form-action 'self'",
        "frame-ancestors 'self'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
)


# Whatever lies in Gradio's cache could be fetched by every visitor who knows its path: uploads are
# moved out of it, and nothing of it is ever served.
CLOSED = ("/file=", "/file/", "/stream/", "/proxy=")


class Guard:
    """ASGI middleware: the headers on every response, and nothing from Gradio's file cache.

    hosts: names a request may be addressed to, None for any. Served on loopback, a page of another
    site could otherwise reach the chat under a name of its own that leads to this machine.
    """

    def __init__(self, app: ASGIApp, hosts: tuple[str, ...] | None = None) -> None:
        self.app = app
        self.hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                names = {name for name, _ in HEADERS}
                kept = [h for h in message.get("headers", []) if h[0].lower() not in names]
                message["headers"] = [*kept, *HEADERS]
            await send(message)

        refused = self._refused(scope)
        if refused is not None:
            await _refuse(send_with_headers, refused)
            return
        await self.app(scope, receive, send_with_headers)

    def _refused(self, scope: Scope) -> str | None:
        if any(part in scope["path"] for part in CLOSED):
            return "no file is served here"
        host = dict(scope["headers"]).get(b"host", b"").decode("latin-1")
        name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
        if self.hosts is not None and name.strip("[]") not in self.hosts:
            return "this address is not the chat's own; use http://127.0.0.1 or localhost"
        return None


async def _refuse(send: Send, reason: str) -> None:
    body = reason.encode()
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
