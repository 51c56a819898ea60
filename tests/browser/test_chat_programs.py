"""The chat as programs meet it: typed endpoints, headers, accounts."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from chat_files import HARBOUR, LETTERS
from conftest import start

from rag.chat.serving.auth import add_user
from tests.benchmarks.chat_load import measure

pytestmark = pytest.mark.filterwarnings("ignore")


@pytest.fixture(scope="module")
def client(server: str) -> Any:
    from gradio_client import Client

    return Client(server, verbose=False, analytics_enabled=False)


def test_ask_answers_with_exact_quotes(client: Any) -> None:
    result = client.predict("How high is the lighthouse?", api_name="/ask")
    assert result["kind"] == "answer"
    first = result["quotes"][0]
    assert "31 metres" in first["text"]
    assert HARBOUR[first["start"] : first["end"]] == first["text"]


def test_ask_abstains_and_fails_apart(client: Any) -> None:
    result = client.predict("Who invented the telephone exchange of Copenhagen?", api_name="/ask")
    assert result["kind"] == "abstention"
    with pytest.raises(Exception, match="empty"):
        client.predict("?", api_name="/ask")


def test_search_and_sources_of_a_named_library(client: Any) -> None:
    hits = client.predict("forty litres of oil", 3, None, "Letters", api_name="/search")
    assert "forty litres" in hits[0]["text"]
    assert hits[0]["text"] in LETTERS
    held = client.predict(api_name="/sources")
    assert {s["id"] for s in held["sources"]} == {"harbour.md", "hostile.txt", "mole.pdf"}
    assert held["unreadable"][0]["id"] == "empty.txt"


def test_many_visitors_get_their_own_answers(server: str) -> None:
    counts = measure(server, visitors=6, seconds=4, known=True)
    assert counts["errors"] == 0, counts["first_errors"]
    assert counts["mixed"] == 0
    assert counts["answers"] >= 6


def test_only_the_typed_endpoints_are_public(client: Any) -> None:
    named = client.view_api(return_format="dict")["named_endpoints"]
    assert set(named) == {"/ask", "/search", "/sources"}
    types = {p["parameter_name"]: p["type"] for p in named["/ask"]["parameters"]}
    assert types["question"] == {"type": "string"}


def test_headers_keep_other_hosts_out(server: str) -> None:
    with urllib.request.urlopen(server, timeout=20) as page:
        policy = page.headers["content-security-policy"]
        text = page.read().decode()
    assert "default-src 'self'" in policy
    assert "connect-src 'self'" in policy
    assert "fonts.googleapis" not in text
    assert status(server, Host="evil.example:80") == 403
    assert status(server + "gradio_api/file=/etc/hostname") == 404
    assert status(server + "gradio_api/file%3D/etc/hostname") == 404


def status(url: str, **headers: str) -> int:
    try:
        with urllib.request.urlopen(
            urllib.request.Request(url, headers=headers), timeout=20
        ) as page:
            return int(page.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code


def test_accounts_are_asked_for(tmp_path: Path) -> None:
    accounts = tmp_path / "accounts"
    add_user(accounts, "clara", "granite and oil")
    process, url = start(tmp_path, "--auth-file", str(accounts))
    try:
        assert status(url + "config") == 401
        assert login(url, "clara", "wrong password") == 400
        assert login(url, "nobody", "granite and oil") == 400
        assert login(url, "clara", "granite and oil") == 200
    finally:
        process.terminate()
        process.wait(20)


def login(url: str, name: str, password: str) -> int:
    data = urllib.parse.urlencode({"username": name, "password": password}).encode()
    try:
        with urllib.request.urlopen(url + "login", data, timeout=20) as page:
            assert json.loads(page.read())["success"]
            return int(page.status)
    except urllib.error.HTTPError as error:
        error.close()
        return error.code
