"""``rag mcp`` as other programs meet it, through the SDK's own client."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.embed import HashEmbedder
from rag.library import Library

pytest.importorskip("mcp", reason="the MCP SDK is not installed: pip install 'chapter-verse[mcp]'")
pytestmark = pytest.mark.filterwarnings("ignore")
ROOT = Path(__file__).parents[2]
TEXT = "The harbour was opened in 1884.\n\nThe lighthouse is 31 metres high. It was lit in 1886.\n"
HIGH = "How high is the lighthouse?"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("mcp")
    (folder / "files").mkdir()
    (folder / "files" / "harbour.txt").write_text(TEXT, encoding="utf-8")
    Library.build(folder / "files", at=folder / "lib", embedder=HashEmbedder()).close()
    return folder


def call(server: Any, *calls: tuple[str, dict[str, Any]]) -> list[Any]:
    """What each tool returns, decoded; the text of an error where it fails."""
    from mcp import Client

    async def talk() -> list[Any]:
        async with Client(server) as client:
            found = []
            for name, given in calls:
                result = await client.call_tool(name, given)
                texts = [part.text for part in result.content]
                found.append(texts[0] if result.is_error else [json.loads(t) for t in texts])
            return found

    return asyncio.run(talk())


def stdio(folder: Path) -> Any:
    from mcp import StdioServerParameters

    return StdioServerParameters(
        command=sys.executable,
        args=["-m", "rag", "mcp", "-i", str(folder / "lib")],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        cwd=str(ROOT),
    )


def test_the_tools_quote_exactly_and_change_nothing(folder: Path) -> None:
    before = (folder / "lib" / "library.db").read_bytes()
    asked, found, sources, text = call(
        stdio(folder),
        ("ask", {"question": HIGH}),
        ("search", {"question": HIGH, "limit": 1}),
        ("sources", {}),
        ("source_text", {"source": "harbour.txt", "start": 4, "length": 7}),
    )
    result = asked[0]["result"]
    shown = result["quotes"] if result["kind"] == "answer" else result["candidates"]
    for quote in shown:
        assert quote["text"] == TEXT[quote["start"] : quote["end"]]
    assert "31 metres" in shown[0]["text"]
    assert found[0]["text"] in TEXT
    assert sources[0]["id"] == "harbour.txt"
    assert text[0]["text"] == "harbour"
    assert text[0]["characters"] == len(TEXT)
    assert (folder / "lib" / "library.db").read_bytes() == before


def test_every_tool_says_that_it_only_reads(folder: Path) -> None:
    from mcp import Client

    from rag.commands.mcp import server_of

    async def listed() -> list[Any]:
        with Library.open(folder / "lib") as library:
            async with Client(server_of(library)) as client:
                return list((await client.list_tools()).tools)

    tools = asyncio.run(listed())
    assert {t.name for t in tools} == {"ask", "search", "sources", "source_text", "verify"}
    assert all(t.annotations.read_only_hint for t in tools)
    assert all(t.description for t in tools)


def test_a_receipt_is_verified_and_wrong_calls_are_told(folder: Path) -> None:
    from rag.commands.mcp import server_of

    with Library.open(folder / "lib") as library:
        server = server_of(library)
        (asked,) = call(server, ("ask", {"question": HIGH}))
        receipt = asked[0]["receipt"]
        good, bad, unknown, empty, long = call(
            server,
            ("verify", {"receipt": receipt}),
            ("verify", {"receipt": {**receipt, "question": "Another?"}}),
            ("source_text", {"source": "../../etc/passwd"}),
            ("ask", {"question": " "}),
            ("search", {"question": HIGH, "limit": 1000}),
        )
    assert good[0]["unaltered"]
    assert all(row["stands"] for row in good[0]["quotes"])
    assert not bad[0]["unaltered"]
    assert "no source" in unknown
    assert "empty" in empty
    assert "limit" in long


@pytest.fixture
def http(folder: Path) -> Iterator[str]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", "rag", "mcp", "-i", str(folder / "lib"), "--http"]
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([*command, "--port", str(port)], env=env, cwd=ROOT)
    for _ in range(300):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                break
        time.sleep(0.1)
    yield f"http://127.0.0.1:{port}/mcp"
    process.terminate()
    process.wait(20)


def test_over_http_a_foreign_page_is_refused(http: str) -> None:
    (found,) = call(http, ("search", {"question": HIGH}))
    assert found[0]["text"] in TEXT
    for headers in ({"Origin": "https://evil.example"}, {"Host": "evil.example"}):
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/list"}).encode()
        request = urllib.request.Request(
            http,
            body,
            {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
            | headers,
        )
        with pytest.raises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(request, timeout=20)
        refused.value.close()
        assert refused.value.code in (403, 421)
