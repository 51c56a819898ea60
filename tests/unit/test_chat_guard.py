"""What the guard lets through to Gradio, tried with a stand-in application behind it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from rag.chat.serving import attempts, guard
from rag.chat.serving.guard import MAX_BODY, Guard, same_host
from rag.chat.serving.headers import confined

HOST = "chat.example:7860"
COOKIE = "chapter-verse-visitor=abc"


class Behind:
    """An application that answers everything, and notes what reached it."""

    def __init__(self) -> None:
        self.reached: list[str] = []
        self.bodies: list[bytes] = []
        self.answer = b'{"event_id": "ev1"}'

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.reached.append(scope["path"])
        if scope["method"] == "POST":
            self.bodies.append((await receive())["body"])
        headers = [
            (b"access-control-allow-origin", b"https://evil.example"),
            (b"access-control-allow-credentials", b"true"),
            (b"set-cookie", b"access-token-x=secret; HttpOnly; SameSite=none; Secure; Path=/"),
        ]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": self.answer})


class Caller:
    """Requests to a guard, as a browser or a program sends them."""

    def __init__(self, hosts: tuple[str, ...] | None = None) -> None:
        self.behind = Behind()
        self.guard = Guard(self.behind, hosts)

    def __call__(
        self,
        method: str,
        path: str,
        *,
        body: bytes | list[bytes] = b"",
        address: str = "192.0.2.1",
        query: str = "",
        **headers: str,
    ) -> tuple[int, list[tuple[bytes, bytes]]]:
        given = {"host": HOST} | {k.replace("_", "-"): v for k, v in headers.items()}
        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "scheme": "http",
            "query_string": query.encode(),
            "headers": [(k.encode(), v.encode()) for k, v in given.items()],
            "client": (address, 5),
        }
        chunks = list(body) if isinstance(body, list) else [body]
        sent: list[Any] = []

        async def receive() -> Any:
            chunk = chunks.pop(0)
            return {"type": "http.request", "body": chunk, "more_body": bool(chunks)}

        async def send(message: Any) -> None:
            sent.append(message)

        asyncio.run(self.guard(scope, receive, send))
        return sent[0]["status"], sent[0]["headers"]


@pytest.fixture
def call() -> Caller:
    return Caller()


ROUTES = [
    ("GET", "/"),
    ("GET", "/config"),
    ("GET", "/logout"),
    ("GET", "/gradio_api/token"),
    ("GET", "/gradio_api/user"),
    ("GET", "/gradio_api/login_check"),
    ("GET", "/gradio_api/info"),
    ("GET", "/gradio_api/queue/data"),
    ("GET", "/gradio_api/heartbeat/h"),
    ("GET", "/gradio_api/call/ask/ev1"),
    ("GET", "/gradio_api/file=/etc/passwd"),
    ("POST", "/login"),
    ("POST", "/gradio_api/queue/join"),
    ("POST", "/gradio_api/call/ask"),
    ("POST", "/gradio_api/cancel"),
    ("POST", "/gradio_api/upload"),
    ("POST", "/gradio_api/component_server"),
    ("OPTIONS", "/gradio_api/queue/join"),
]
FOREIGN = [
    {"origin": "https://evil.example"},
    {"origin": "http://sub.chat.example:7860"},
    {"origin": "http://chat.example"},
    {"origin": "http://chat.example:7861"},
    {"origin": "https://chat.example"},
    {"origin": "null"},
    {"origin": "http://chat.example:7860.evil.example"},
    {"origin": "http://chat.example:7860@evil.example"},
    {"sec_fetch_site": "cross-site"},
    {"sec_fetch_site": "same-site"},
    {"sec_fetch_site": "cross-site", "sec_fetch_mode": "navigate", "sec_fetch_dest": "iframe"},
]


@pytest.mark.parametrize("headers", FOREIGN)
@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_page_of_another_site_gets_nothing(
    call: Caller, method: str, path: str, headers: dict[str, str]
) -> None:
    status, sent = call(method, path, body=b"{}", cookie=COOKIE, **headers)
    assert status == 403
    assert call.behind.reached == []
    assert not any(name.startswith(b"access-control") for name, _ in sent)


def test_a_link_from_another_site_opens_the_page_and_nothing_else(call: Caller) -> None:
    visit = {
        "sec_fetch_site": "cross-site",
        "sec_fetch_mode": "navigate",
        "sec_fetch_dest": "document",
    }
    assert call("GET", "/", **visit)[0] == 200
    assert call("GET", "/logout", **visit)[0] == 403
    assert call("POST", "/login", body=b"", **visit)[0] == 403


def test_the_own_page_and_programs_are_served(call: Caller) -> None:
    own = {"origin": f"http://{HOST}", "sec_fetch_site": "same-origin"}
    assert call("GET", "/", **own)[0] == 200
    assert call("POST", "/gradio_api/queue/join", body=b'{"session_hash": "s"}', **own)[0] == 200
    assert call("GET", "/config")[0] == 200
    assert call.behind.bodies == [b'{"session_hash": "s"}']


@pytest.mark.parametrize(
    "path",
    [
        "/gradio_api/token",
        "/gradio_api/user",
        "/gradio_api/file=/etc/hostname",
        "/gradio_api/proxy=http://evil.example/",
        "/gradio_api/stream/a/b/c/playlist.m3u8",
        "/gradio_api/vibe-code",
        "/monitoring",
        "/gradio_api/runs",
        "/gradio_api/custom_component/a/b/c/d",
        "/anything",
    ],
)
def test_routes_that_the_chat_does_not_need_are_not_there(call: Caller, path: str) -> None:
    assert call("GET", path)[0] == 404
    assert call("POST", path, body=b"{}")[0] == 404
    assert call.behind.reached == []


def test_on_loopback_another_name_is_refused() -> None:
    call = Caller(("127.0.0.1", "localhost", "::1"))
    for host, status in (
        ("127.0.0.1:7860", 200),
        ("[::1]:7860", 200),
        ("localhost", 200),
        ("evil.example:7860", 403),
        ("127.0.0.1.evil.example", 403),
        ("", 403),
    ):
        assert call("GET", "/", host=host)[0] == status


def test_no_other_site_may_read_a_response_or_ride_on_a_cookie(call: Caller) -> None:
    headers = dict(call("GET", "/config")[1])
    assert not any(name.startswith(b"access-control") for name in headers)
    assert b"SameSite=Lax" in headers[b"set-cookie"]
    assert b"none" not in headers[b"set-cookie"].lower()
    assert b"frame-ancestors 'none'" in headers[b"content-security-policy"]
    assert confined(b"a=b; SameSite=none; Path=/", True).endswith(
        b"Path=/; HttpOnly; SameSite=Lax; Secure"
    )


def test_an_event_belongs_to_the_visitor_who_began_it(call: Caller) -> None:
    other = "chapter-verse-visitor=other"
    body = json.dumps({"session_hash": "tab"}).encode()
    assert call("POST", "/gradio_api/queue/join", body=body, cookie=COOKIE)[0] == 200
    tries: list[tuple[str, str, dict[str, Any]]] = [
        ("POST", "/gradio_api/queue/join", {"body": body}),
        ("POST", "/gradio_api/cancel", {"body": b'{"session_hash": "x", "event_id": "ev1"}'}),
        ("GET", "/gradio_api/queue/data", {"query": "session_hash=tab"}),
        ("GET", "/gradio_api/queue/data", {"query": "session_hash=mine&session_hash=tab"}),
        ("GET", "/gradio_api/queue/data", {"query": "session_hash=ev1"}),
        ("GET", "/gradio_api/heartbeat/tab", {}),
        ("GET", "/gradio_api/call/ask/ev1", {}),
        ("GET", "/gradio_api/call/v2/ask/ev1", {}),
    ]
    for method, path, more in tries:
        assert call(method, path, cookie=other, **more)[0] == 403, path
        assert call(method, path, **more)[0] == 403, path
    reached = len(call.behind.reached)
    for method, path, more in tries[2:3] + tries[5:]:
        assert call(method, path, cookie=COOKIE, **more)[0] == 200, path
    assert len(call.behind.reached) == reached + 4


def test_an_event_that_nobody_began_is_nobodys(call: Caller) -> None:
    assert call("GET", "/gradio_api/queue/data", query="session_hash=guess")[0] == 403
    assert call("GET", "/gradio_api/call/ask/guess")[0] == 403


def test_a_request_has_a_limited_size(call: Caller) -> None:
    half = b"x" * (MAX_BODY // 2 + 1)
    assert call("POST", "/gradio_api/queue/join", body=[half, half])[0] == 413
    declared = {"content_length": str(MAX_BODY + 1)}
    assert call("POST", "/gradio_api/queue/join", body=b"", **declared)[0] == 413
    assert call("POST", "/login", body=[half, half])[0] == 413
    assert call.behind.reached == []


def test_one_address_may_try_a_password_only_so_often(
    call: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1000.0]
    monkeypatch.setattr(attempts.time, "monotonic", lambda: now[0])
    tries = [call("POST", "/login", body=b"a")[0] for _ in range(attempts.TRIES + 3)]
    assert tries == [200] * attempts.TRIES + [429] * 3
    assert call("POST", "/login", body=b"a", address="192.0.2.9")[0] == 200
    now[0] += attempts.WINDOW
    assert call("POST", "/login", body=b"a")[0] == 200


def test_the_page_gives_a_browser_a_cookie_once(call: Caller) -> None:
    def given(**headers: str) -> bool:
        sent = call("GET", "/", **headers)[1]
        return any(n == b"set-cookie" and guard.VISITOR.encode() in v for n, v in sent)

    assert given()
    assert not given(cookie=COOKIE)


@pytest.mark.parametrize(
    ("origin", "host", "same"),
    [
        ("http://a.example", "a.example", True),
        ("https://a.example", "a.example", True),
        ("https://a.example:443", "a.example", True),
        ("http://A.example:80", "a.example", True),
        ("http://[::1]:7860", "[::1]:7860", True),
        ("http://a.example:7860", "a.example", False),
        ("file://a.example", "a.example", False),
        ("http://a.example:port", "a.example", False),
        ("", "a.example", False),
    ],
)
def test_an_origin_is_compared_by_host_and_port(origin: str, host: str, same: bool) -> None:
    assert same_host(origin, host) == same
