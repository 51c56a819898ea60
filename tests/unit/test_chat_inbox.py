"""How documents come in: a ticket each, of one visitor, of a size, once."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.chat.actions import act
from rag.chat.serving import inbox as module
from rag.chat.serving.guard import Guard
from rag.chat.serving.inbox import Inbox
from rag.chat.state.desk import Desk
from rag.chat.state.session import Session
from rag.commands.cli import main
from rag.errors import UsageError
from rag.library import Library
from tests.unit.chat_desk import ask, built, opened

TEXT = b"Each block of granite weighs seven tonnes.\n"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with built(tmp_path_factory.mktemp("inbox")) as made:
        yield made


@pytest.fixture
def desk(library: Library) -> Iterator[Desk]:
    with opened(library) as made:
        yield made


@pytest.fixture
def inbox(desk: Desk) -> Iterator[Inbox]:
    made = Inbox(desk.workspaces)
    yield made
    made.close()


@pytest.fixture
def session(desk: Desk) -> Session:
    return desk.begin(None)


def send(
    inbox: Inbox, ticket: str, chunks: list[bytes], method: str = "PUT", **headers: str
) -> int:
    """Bring a file, as a browser does, through the guard."""
    given = {"host": "127.0.0.1:7860"} | {k.replace("_", "-"): v for k, v in headers.items()}
    scope = {
        "type": "http",
        "method": method,
        "path": f"/documents/{ticket}",
        "scheme": "http",
        "query_string": b"",
        "headers": [(k.encode(), v.encode()) for k, v in given.items()],
        "client": ("127.0.0.1", 5),
    }
    waiting, sent = list(chunks), []

    async def receive() -> Any:
        chunk = waiting.pop(0)
        return {"type": "http.request", "body": chunk, "more_body": bool(waiting)}

    async def answer(message: Any) -> None:
        sent.append(message)

    async def nothing(*_: Any) -> None:
        raise AssertionError("a document reached Gradio")

    asyncio.run(Guard(nothing, ("127.0.0.1",), inbox)(scope, receive, answer))
    return int(sent[0]["status"])


def ticket(inbox: Inbox, session: Session, name: str = "granite.txt", size: int = len(TEXT)) -> str:
    return inbox.tickets(session, [{"name": name, "size": size}])[0]


def test_a_file_comes_in_once_and_cannot_be_fetched(inbox: Inbox, session: Session) -> None:
    token = ticket(inbox, session)
    assert send(inbox, token, [TEXT[:5], TEXT[5:]]) == 200
    assert send(inbox, token, [TEXT]) == 403
    assert send(inbox, token, [b""], method="GET") == 404
    ((name, path),) = inbox.take(session, [token])
    assert (name, path.read_bytes()) == ("granite.txt", TEXT)
    with pytest.raises(UsageError, match="no file"):
        inbox.take(session, [token])


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "http://127.0.0.1:8000"},
        {"origin": "null"},
        {"sec_fetch_site": "cross-site"},
        {"host": "evil.example"},
    ],
)
def test_a_foreign_page_brings_nothing(
    inbox: Inbox, session: Session, headers: dict[str, str]
) -> None:
    token = ticket(inbox, session)
    assert send(inbox, token, [TEXT], **headers) == 403
    with pytest.raises(UsageError):
        inbox.take(session, [token])


@pytest.mark.parametrize("chunks", [[TEXT, b"more"], [TEXT[:-1]], [b""], [TEXT + b"x"]])
def test_a_file_of_another_size_is_refused(
    inbox: Inbox, session: Session, chunks: list[bytes]
) -> None:
    token = ticket(inbox, session)
    assert send(inbox, token, chunks) == 413
    with pytest.raises(UsageError, match="no file"):
        inbox.take(session, [token])
    assert list(inbox._folder.iterdir()) == []


def test_a_ticket_is_its_visitors_and_not_for_ever(
    inbox: Inbox, desk: Desk, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = ticket(inbox, session)
    assert send(inbox, token, [TEXT]) == 200
    with pytest.raises(UsageError):
        inbox.take(desk.begin(None), [token])
    assert len(inbox.take(session, [token])) == 1
    assert send(inbox, "x" * 43, [TEXT]) == 403
    monkeypatch.setattr(module, "GOOD_FOR", -1.0)
    assert send(inbox, ticket(inbox, session), [TEXT]) == 403


@pytest.mark.parametrize(
    "files",
    [
        None,
        [],
        [3],
        [{"name": "a.txt"}],
        [{"name": "", "size": 3}],
        [{"name": "a.txt", "size": -1}],
        [{"name": "a.txt", "size": True}],
        [{"name": "a.txt", "size": 0}],
        [{"name": "a.txt", "size": 51 * 2**20}],
        [{"name": "a.txt", "size": 3}] * 201,
        [{"name": "a.txt", "size": 45 * 2**20}] * 5,
    ],
)
def test_no_ticket_is_given_for(inbox: Inbox, session: Session, files: object) -> None:
    with pytest.raises(UsageError):
        inbox.tickets(session, files)


def test_what_is_expected_counts_towards_the_limit(inbox: Inbox, session: Session) -> None:
    for _ in range(4):
        ticket(inbox, session, size=45 * 2**20)
    with pytest.raises(UsageError, match="200 MB"):
        ticket(inbox, session, size=45 * 2**20)


def test_two_visitors_with_the_same_file_do_not_meet(
    inbox: Inbox, desk: Desk, session: Session, library: Library
) -> None:
    other = desk.begin(None)
    tokens = [ticket(inbox, each) for each in (session, other)]
    assert [send(inbox, token, [TEXT]) for token in tokens] == [200, 200]
    for each, token in zip((session, other), tokens, strict=True):
        rows = each.workspace.own.add(inbox.take(each, [token]), library)
        assert [row.good for row in rows] == [True]
    session.workspace.own.remove("granite.txt")
    assert other.workspace.own.library is not None
    assert [record.id for record in other.workspace.own.library.sources()] == ["granite.txt"]


def test_the_export_is_verified_as_it_is(
    desk: Desk, session: Session, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(desk, session)
    ask(desk, session, "Who was the engineer Clara Voss?")
    saved = act(desk, session, {"act": "export-all", "form": "json"}).download
    assert saved is not None
    file = tmp_path / saved.name
    file.write_bytes(saved.data)
    folder = str(desk.shelves["Harbour"].roots[0])
    assert main(["verify", str(file)]) == 0
    assert main(["verify", str(file), "--sources", folder]) == 0
    assert "31 metres" in file.read_text()
    rows = json.loads(saved.data)
    rows[1]["receipt"]["question"] = "Another?"
    file.write_text(json.dumps(rows))
    capsys.readouterr()
    assert main(["verify", str(file)]) == 1
    assert "item 2" in capsys.readouterr().err
