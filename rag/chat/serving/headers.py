"""Response headers that keep a page from reaching any other host, whatever a document holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import Message, Scope, Send

# Gradio's page needs inline scripts, and its HTML component compiles templates as functions
# ('unsafe-eval'); other hosts stay shut out.
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
        "frame-ancestors 'none'",
    )
)
HEADERS = (
    (b"content-security-policy", POLICY.encode()),
    (b"x-content-type-options", b"nosniff"),
    (b"x-frame-options", b"DENY"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=()"),
)


def hardened(scope: Scope, send: Send) -> Send:
    """A ``send`` that puts the headers on a response, lets no other site read it, and confines
    its cookies to this one.
    """
    secure = scope.get("scheme") == "https"
    ours = {name for name, _ in HEADERS}

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            kept = []
            for name, value in message.get("headers", []):
                lower = name.lower()
                if lower in ours or lower.startswith(b"access-control-"):
                    continue
                kept.append((name, confined(value, secure) if lower == b"set-cookie" else value))
            message = {**message, "headers": [*kept, *HEADERS]}
        await send(message)

    return sending


def confined(cookie: bytes, secure: bool) -> bytes:
    """A Set-Cookie value with SameSite=Lax and HttpOnly, and Secure just where TLS is spoken."""
    own = (b"samesite", b"secure", b"httponly")
    parts = [part.strip() for part in cookie.split(b";")]
    kept = [p for p in parts if p and p.split(b"=")[0].strip().lower() not in own]
    return b"; ".join([*kept, b"HttpOnly", b"SameSite=Lax", *([b"Secure"] if secure else [])])


async def answered(send: Send, status: int, reason: str) -> None:
    """A short answer in words."""
    headers = [(b"content-type", b"text/plain; charset=utf-8")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": reason.encode()})
