"""What stands before Gradio: who may ask for what, from where, and how much.

Gradio lets pages of other sites read a signed-in visitor's data when it is served under a name
other than localhost, serves files by name, and hands the results of an event to whoever names it.
None of that passes here: a short list of routes, requests from the chat's own page (or from a
program, which says of no page), bodies of a limited size, and events for those who began them.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Awaitable, Callable
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, urlsplit

from rag.chat.serving.attempts import Attempts, Claims
from rag.chat.serving.headers import answered, hardened

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_BODY = 1024 * 1024  # bytes of a request; documents come by another way (see ``inbox``)
VISITOR = "chapter-verse-visitor"
_API = "/gradio_api"
_NAME = r"[\w.-]+"
ROUTES = {
    "GET": re.compile(
        rf"/|/config/?|(?:{_API})?/theme\.css|/(?:assets|static|svelte)/.+|/favicon\.ico|/robots\.txt"
        rf"|/manifest\.json|/logout/?|{_API}/(?:info/?|app_id/?|login_check/?|startup-events"
        rf"|queue/data|heartbeat/{_NAME}|call/(?:v2/)?{_NAME}/{_NAME})"
    ),
    "POST": re.compile(
        rf"/login/?|{_API}/(?:queue/join/?|call/(?:v2/)?{_NAME}/?|cancel|reset/?|component_server/?)"
    ),
}
# A link from another page may lead here; nothing else of another page may.
DOORS = ("/",)
CLAIMED = re.compile(rf"{_API}/(?:heartbeat|call/(?:v2/)?{_NAME})/(?P<key>{_NAME})")
Extra = Callable[["Scope", "Receive", "Send"], Awaitable[bool]]
"""Answers a request of its own and says so, or leaves it alone."""


class TooLarge(Exception):
    """A request's body is longer than is taken."""


class Guard:
    """ASGI middleware around Gradio.

    hosts: names a request may be addressed to, None for any. Served on loopback, a page of another
    site could otherwise reach the chat under a name of its own that leads to this machine. extra:
    routes of the chat's own, asked after the checks of host and origin.
    """

    def __init__(
        self, app: ASGIApp, hosts: tuple[str, ...] | None = None, extra: Extra | None = None
    ) -> None:
        self.app = app
        self.hosts = hosts
        self.extra = extra
        self.logins = Attempts()
        self.claims = Claims()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or pass it on with what the page may do."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
            return
        if scope["type"] != "http":
            await send({"type": "websocket.close", "code": 1008})
            return
        send = hardened(scope, send)
        refused = self._foreign(scope)
        if refused:
            await answered(send, 403, refused)
        elif self.extra is None or not await self.extra(scope, receive, send):
            await self._gradio(scope, receive, send)

    def _foreign(self, scope: Scope) -> str:
        """Why a request is refused for where it comes from; empty when it is not."""
        headers = texts(scope)
        host = headers.get("host", "")
        if self.hosts is not None and _name(host) not in self.hosts:
            return "this address is not the chat's own; use http://127.0.0.1 or localhost"
        origin, site = headers.get("origin"), headers.get("sec-fetch-site")
        if origin is not None and not same_host(origin, host):
            return "pages of other sites may not use the chat"
        if site in (None, "same-origin", "none"):
            return ""
        visit = headers.get("sec-fetch-mode") == "navigate" and scope["method"] == "GET"
        if visit and headers.get("sec-fetch-dest") == "document" and scope["path"] in DOORS:
            return ""
        return "pages of other sites may not use the chat"

    async def _gradio(self, scope: Scope, receive: Receive, send: Send) -> None:
        method = "GET" if scope["method"] == "HEAD" else scope["method"]
        route = ROUTES.get(method)
        if route is None or not route.fullmatch(scope["path"]):
            await answered(send, 404, "nothing is served at this address")
            return
        if method == "POST":
            await self._post(scope, receive, send)
            return
        visitor = visitor_of(scope)
        key = _key(scope)
        if key is not None and not self.claims.may(
            key, visitor, first="heartbeat" in scope["path"]
        ):
            await answered(send, 403, "this belongs to another visitor")
            return
        if scope["path"] in DOORS and VISITOR not in cookies(scope):
            send = _with_visitor(send)
        await self.app(scope, receive, send)

    async def _post(self, scope: Scope, receive: Receive, send: Send) -> None:
        login = scope["path"].startswith("/login")
        if login and not self.logins.may(address(scope)):
            await answered(send, 429, "too many tries from this address; wait a minute")
            return
        try:
            body = await whole(scope, receive)
        except TooLarge:
            await answered(send, 413, f"a request has at most {MAX_BODY:,} bytes")
            return
        visitor = visitor_of(scope)
        if not login:
            for key in _named(body):
                if not self.claims.may(key, visitor, first=not scope["path"].endswith("/cancel")):
                    await answered(send, 403, "this belongs to another visitor")
                    return
            send = self._claiming(visitor, send)
        await self.app(scope, replayed(body, receive), send)

    def _claiming(self, visitor: str, send: Send) -> Send:
        """Note whose the event is that a response names."""

        async def noting(message: Message) -> None:
            if message["type"] == "http.response.body":
                for key in _named(message.get("body", b"")):
                    self.claims.may(key, visitor, first=True)
            await send(message)

        return noting


# -- what a request says --------------------------------------------------------------------------


def texts(scope: Scope) -> dict[str, str]:
    """The headers of a request by lower-case name; the last of a name counts."""
    return {key.decode("latin-1"): value.decode("latin-1") for key, value in scope["headers"]}


def cookies(scope: Scope) -> dict[str, str]:
    """The cookies of a request."""
    jar: SimpleCookie = SimpleCookie()
    try:
        jar.load(texts(scope).get("cookie", ""))
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def address(scope: Scope) -> str:
    """The address a request comes from."""
    client = scope.get("client")
    return str(client[0]) if client else ""


def visitor_of(scope: Scope) -> str:
    """Who asks: a browser by its cookie, a program, which keeps none, by its address."""
    cookie = cookies(scope).get(VISITOR)
    return f"cookie {cookie}" if cookie else f"address {address(scope)}"


def same_host(origin: str, host: str) -> bool:
    """Whether an Origin header names the host and port that a request was sent to."""
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return False
    usual = {"http": 80, "https": 443}[parts.scheme]
    try:
        sent = urlsplit(f"//{host}")
        sent_port = sent.port
    except ValueError:
        return False
    return parts.hostname == sent.hostname and (port or usual) == (sent_port or usual)


def _name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _key(scope: Scope) -> str | None:
    """The session or event that a GET asks about."""
    if scope["path"] == f"{_API}/queue/data":
        given = parse_qs(scope["query_string"].decode("latin-1")).get("session_hash", [""])
        return str(given[-1])
    match = CLAIMED.fullmatch(scope["path"])
    return str(match["key"]) if match else None


def _named(body: bytes) -> list[str]:
    """The session and the event that a JSON body names."""
    try:
        data = json.loads(body)
    except ValueError:
        return []
    if not isinstance(data, dict):
        return []
    return [str(data[key]) for key in ("session_hash", "event_id") if data.get(key)]


# -- bodies ---------------------------------------------------------------------------------------


async def whole(scope: Scope, receive: Receive) -> bytes:
    """The body of a request. Raises TooLarge, having read no more than is taken."""
    declared = texts(scope).get("content-length", "0")
    if not declared.isdecimal() or int(declared) > MAX_BODY:
        raise TooLarge
    body = b""
    while True:
        message = await receive()
        body += bytes(message.get("body", b""))
        if len(body) > MAX_BODY:
            raise TooLarge
        if message["type"] != "http.request" or not message.get("more_body"):
            return body


def replayed(body: bytes, receive: Receive) -> Receive:
    """A ``receive`` that gives a body that was read already, then what comes after it."""
    given = False

    async def again() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return again


def _with_visitor(send: Send) -> Send:
    token = secrets.token_urlsafe(24)

    async def marking(message: Message) -> None:
        if message["type"] == "http.response.start":
            cookie = f"{VISITOR}={token}; Path=/; HttpOnly; Max-Age=31536000"
            headers = [*message.get("headers", []), (b"set-cookie", cookie.encode())]
            message = {**message, "headers": headers}
        await send(message)

    return marking
