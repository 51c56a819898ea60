"""The buttons of the chat as functions: what they change, and what they refuse."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rag.chat.actions import act
from rag.chat.state.desk import Desk
from rag.chat.state.problems import problem_of
from rag.chat.state.session import Session
from rag.chat.state.uploads import MAX_FILE, NAME, safe_name
from rag.chat.views.thread import turn_card
from rag.errors import LibraryError, UsageError
from rag.library import Library
from rag.receipts.make import check_receipt
from rag.types import Answer, Carried, Place, Quote, Span
from tests.unit.chat_desk import ANSWER, HIGH, TEXT, answered, ask, built, opened


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with built(tmp_path_factory.mktemp("actions")) as made:
        yield made


@pytest.fixture
def desk(library: Library, tmp_path: Path) -> Iterator[Desk]:
    with opened(library, tmp_path / "data") as made:
        yield made


@pytest.fixture
def session(desk: Desk) -> Session:
    session = desk.begin(None)
    assert ask(desk, session).quotes[0].text == ANSWER
    return session


def do(desk: Desk, session: Session, **data: Any) -> Any:
    return act(desk, session, data)


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"act": "nothing"},
        {"act": "open"},
        {"act": "open", "turn": "9", "quote": "0"},
        {"act": "open", "turn": "1", "quote": "7"},
        {"act": "open", "turn": "1", "quote": "-1"},
        {"act": "open", "turn": "x", "quote": "0"},
        {"act": "near", "turn": "1", "hit": "0"},
        {"act": "adjust", "turn": "1", "quote": "0", "by": "sideways"},
        {"act": "pick", "source": "../../etc/passwd"},
        {"act": "remove", "source": "harbour.txt"},
        {"act": "hit", "hit": "0"},
        {"act": "unkeep", "kept": "0"},
        {"act": "conversation", "conversation": "../../x"},
        {"act": "library", "library": "Another"},
        {"act": "undo"},
        {"act": "stop", "turn": "1"},
        {"act": "ask", "text": "x" * 3000},
        {"act": "page", "to": "4"},
        {"act": "find", "text": "x" * 200},
        {"act": "export", "form": "json"},
        {"act": "example", "text": "not offered"},
        {"act": "term", "turn": "1", "term": "x" * 500},
    ],
)
def test_what_no_button_sends_is_refused_and_changes_nothing(
    desk: Desk, session: Session, data: dict[str, str]
) -> None:
    before = (list(session.turns), session.kept, session.view, dict(session.within))
    with pytest.raises(UsageError):
        act(desk, session, data)
    after = (list(session.turns), session.kept, session.view, dict(session.within))
    assert after == before


def test_widening_and_narrowing_follow_the_sentences(desk: Desk, session: Session) -> None:
    at = {"act": "adjust", "turn": 1, "quote": 0}
    do(desk, session, **at, by="wider-after")
    assert session.turns[0].quotes[0].text.endswith("high. It was lit in 1886.")
    with pytest.raises(UsageError, match="ends here"):
        do(desk, session, **at, by="wider-after")
    do(desk, session, **at, by="narrower-first")
    assert session.turns[0].quotes[0].text == "It was lit in 1886."
    with pytest.raises(UsageError, match="single sentence"):
        do(desk, session, **at, by="narrower-last")
    do(desk, session, **at, by="wider-before")
    do(desk, session, **at, by="wider-before")
    quote = session.turns[0].quotes[0]
    assert quote.text.startswith("She drew the plans in eleven weeks.\n\nThe lighthouse")
    assert quote.text == TEXT[quote.span.start : quote.span.end]
    assert quote.paragraph == 1


def test_keeping_twice_takes_out_again(desk: Desk, session: Session) -> None:
    do(desk, session, act="keep", turn=1, quote=0)
    assert [k.quote.text for k in session.kept] == [ANSWER]
    effect = do(desk, session, act="keep", turn=1, quote=0)
    assert session.kept == []
    session.undo = effect.undo
    do(desk, session, act="undo")
    assert [k.quote.text for k in session.kept] == [ANSWER]


def test_kept_quotes_are_noted_moved_and_cleared(desk: Desk, session: Session) -> None:
    do(desk, session, act="keep", turn=1, quote=0)
    ask(desk, session, "Who was the engineer Clara Voss?")
    do(desk, session, act="keep", turn=2, quote=0)
    first, second = (item.id for item in session.kept)
    do(desk, session, act="note", kept=first, text="for  the\nintroduction")
    do(desk, session, act="move", kept=second, by=-1)
    assert [(k.id, k.note) for k in session.kept] == [(second, ""), (first, "for the introduction")]
    markdown = do(desk, session, act="export", form="md").download.data.decode()
    assert "Note: for the introduction" in markdown
    session.undo = do(desk, session, act="clear-kept").undo
    assert session.kept == []
    do(desk, session, act="undo")
    assert [k.id for k in session.kept] == [second, first]


def test_exports_hold_the_words_and_can_be_verified(desk: Desk, session: Session) -> None:
    do(desk, session, act="keep", turn=1, quote=0)
    rows = json.loads(do(desk, session, act="export", form="json").download.data)
    assert rows[0]["result"]["quotes"][0]["text"] == ANSWER
    check_receipt(rows[0]["receipt"])
    for form, start in (("ris", b"TY  - "), ("bib", b"@misc{"), ("csl", b"["), ("html", b"<!DOC")):
        assert do(desk, session, act="export", form=form).download.data.startswith(start)
    word = do(desk, session, act="export", form="docx").download.data
    with zipfile.ZipFile(io.BytesIO(word)) as parts:
        assert ANSWER in parts.read("word/document.xml").decode()
        assert (
            "paragraph" in (notes := parts.read("word/footnotes.xml").decode()) or "para" in notes
        )
        assert 'w:footnoteReference w:id="1"' in parts.read("word/document.xml").decode()
    with pytest.raises(UsageError, match="form"):
        do(desk, session, act="export", form="exe")


def test_the_original_is_handed_over_only_unchanged(
    desk: Desk, session: Session, library: Library
) -> None:
    do(desk, session, act="open", turn=1, quote=0)
    effect = do(desk, session, act="original")
    assert effect.download.data == TEXT.encode()
    assert not effect.download.show
    file = library.path.parent / "files" / "harbour.txt"
    try:
        file.write_text(TEXT + "changed", encoding="utf-8")
        with pytest.raises(UsageError, match="changed since"):
            do(desk, session, act="original")
    finally:
        file.write_text(TEXT, encoding="utf-8")


def test_uploads_are_read_removed_and_brought_back(
    desk: Desk, session: Session, tmp_path: Path
) -> None:
    own = session.workspace.own
    good, bad = tmp_path / "granite.txt", tmp_path / "empty.txt"
    good.write_text("Each block of granite weighs seven tonnes.\n", encoding="utf-8")
    bad.write_bytes(b" \n")
    files = [(good.name, good), (bad.name, bad)]
    rows = {row.name: row.good for row in own.add(files, desk.workspaces.base)}
    assert rows == {"granite.txt": True, "empty.txt": False}
    assert not good.exists()
    do(desk, session, act="library", library=NAME)
    turn = ask(desk, session, "How much does a block of granite weigh?")
    assert turn.quotes[0].text == "Each block of granite weighs seven tonnes."
    session.undo = do(desk, session, act="remove", source="granite.txt").undo
    assert own.library is None
    assert session.library == ""
    with pytest.raises(UsageError, match="not served now"):
        desk.ask(session, HIGH)
    do(desk, session, act="undo")
    assert [record.id for record in own.library.sources()] == ["granite.txt"]


def test_files_of_one_name_are_both_kept(desk: Desk, session: Session, tmp_path: Path) -> None:
    files = []
    for number in (1, 2, 3):
        path = tmp_path / f"upload {number}"
        path.write_text(f"The report number {number} is short.\n", encoding="utf-8")
        files.append(("report.txt", path))
    rows = session.workspace.own.add(files, desk.workspaces.base)
    assert [row.name for row in rows] == ["report.txt", "report (2).txt", "report (3).txt"]
    assert all(row.good for row in rows)


def test_files_that_cannot_be_read_leave_no_library(
    desk: Desk, session: Session, tmp_path: Path
) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"not a pdf")
    own = session.workspace.own
    rows = own.add([(file.name, file)], desk.workspaces.base)
    assert [(row.name, row.good) for row in rows] == [("broken.pdf", False)]
    assert own.library is None
    assert list(own.files.iterdir()) == []


def test_too_much_is_refused_with_nothing_added(
    desk: Desk, session: Session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "big.txt"
    file.write_text("word " * 100)
    own = session.workspace.own
    monkeypatch.setattr("rag.chat.state.uploads.MAX_BYTES", 100)
    with pytest.raises(UsageError, match="at most"):
        own.add([(file.name, file)], desk.workspaces.base)
    assert not file.exists()
    assert list(own.files.iterdir()) == []
    monkeypatch.setattr("rag.chat.state.uploads.MAX_BYTES", 2**40)
    with pytest.raises(UsageError, match="a file has at most"):
        own.require_room([MAX_FILE + 1])
    monkeypatch.setattr("rag.chat.state.workspaces.MAX_TOTAL", 10)
    with pytest.raises(UsageError, match="no more room"):
        desk.workspaces.require_room(session.workspace, [20])


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("..\\..\\x.txt", "x.txt"),
        ("/etc/passwd", "passwd"),
        ("...", "unnamed.txt"),
        ("a\x00\n<b>.md", "a___b_.md"),
        ("x" * 400 + ".pdf", "x" * 120 + ".pdf"),
    ],
)
def test_names_of_uploads_stay_in_their_folder(name: str, safe: str) -> None:
    assert safe_name(name) == safe


def test_a_failure_is_a_problem_and_no_abstention(desk: Desk, session: Session) -> None:
    turn = ask(desk, session, "?")
    assert turn.result is None
    assert "empty" in turn.problem.lower()
    with pytest.raises(UsageError, match="type a question"):
        do(desk, session, act="ask", text="  ")


def test_an_unforeseen_failure_is_shown_and_leaves_nothing_waiting(
    desk: Desk, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", "/srv/secret/library.db")

    monkeypatch.setattr(Library, "ask", full)
    turn = ask(desk, session)
    assert "No space left" in turn.problem
    assert "/srv" not in turn.problem
    assert "no answer yet" in turn_card(turn)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (LibraryError("no library at /home/clara/index/default"), "No library at default."),
        (UsageError(r"C:\Users\clara\x.db is damaged"), "X.db is damaged."),
        (UsageError("the sources are a/b.txt and c.txt"), "The sources are a/b.txt and c.txt."),
    ],
)
def test_errors_are_sentences_without_the_paths_of_the_server(error: Exception, said: str) -> None:
    assert problem_of(error) == said


def test_an_answer_keeps_its_earlier_questions(desk: Desk, session: Session) -> None:
    turn = ask(desk, session, "When was the harbour opened?")
    assert isinstance(turn.result, Answer)
    assert turn.result.history == (HIGH,)


def two_quotes(session: Session) -> None:
    """Give the turn a second quote from the same source."""
    turn = session.turns[0]
    assert isinstance(turn.result, Answer)
    first = turn.result.quotes[0]
    start = TEXT.index("The engineer")
    second = Quote(Place(first.source, Span(start, start + len("The engineer was Clara Voss."))), 2)
    session.dialogue.put(replace(turn, result=replace(turn.result, quotes=(first, second))))


def test_steps_go_round_the_quotes_of_an_answer(desk: Desk, session: Session) -> None:
    two_quotes(session)
    do(desk, session, act="open", turn=1, quote=0)
    seen = []
    for by in (1, 1, -1):
        do(desk, session, act="step", by=by)
        assert session.view is not None
        seen.append(session.view.place.text)
    first, second = (quote.text for quote in session.turns[0].quotes)
    assert seen == [second, first, second]


def test_widening_stops_at_another_quote(desk: Desk, session: Session) -> None:
    two_quotes(session)
    at = {"act": "adjust", "turn": 1, "quote": 0, "by": "wider-before"}
    do(desk, session, **at)
    with pytest.raises(UsageError, match="already quote 2"):
        do(desk, session, **at)


def test_a_second_reading_is_shown_and_can_be_asked(desk: Desk, session: Session) -> None:
    turn = session.turns[0]
    assert isinstance(turn.result, Answer)
    other = replace(turn.result, carried=(Carried("Clara Voss", "named before"),))
    session.dialogue.put(replace(turn, readings=(turn.result, other)))
    shown = turn_card(session.turns[0])
    assert "Read with" in shown
    assert "Clara Voss" in shown
    do(desk, session, act="reading", turn=1, reading=1)
    assert answered(session, 1).terms == ("Clara Voss",)
