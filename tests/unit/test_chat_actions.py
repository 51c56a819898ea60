"""The buttons of the chat as functions: what they change, and what they refuse."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from rag.chat.actions import act
from rag.chat.serving.events import Events
from rag.chat.serving.stream import stream
from rag.chat.state.desk import Desk
from rag.chat.state.memory import remember, restore
from rag.chat.state.session import Session
from rag.chat.state.shelves import Shelf, shelves_of
from rag.chat.state.uploads import NAME, Uploads
from rag.chat.views.thread import thread
from rag.embed import HashEmbedder
from rag.errors import UsageError
from rag.library import Library
from rag.progress import Progress
from rag.reader import FallbackReader
from rag.receipts.make import check_receipt
from rag.types import Answer, Carried, Place, Quote, Span

TEXT = """\
The harbour

The harbour was opened in 1884. The engineer was Clara Voss. She drew the plans in eleven weeks.

The lighthouse is 31 metres high. It was lit in 1886.
"""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    folder = tmp_path_factory.mktemp("actions")
    (folder / "files").mkdir()
    (folder / "files" / "harbour.txt").write_text(TEXT, encoding="utf-8")
    embedder = HashEmbedder()
    reader = FallbackReader(embedder)
    with Library.build(
        folder / "files", at=folder / "lib", embedder=embedder, reader=reader
    ) as lib:
        yield lib


@pytest.fixture
def desk(library: Library, tmp_path: Path) -> Iterator[Desk]:
    root = library.path.parent / "files"
    desk = Desk(shelves_of([Shelf("Harbour", library, (root,))]), Uploads(library, tmp_path / "up"))
    yield desk
    desk.uploads.close()


@pytest.fixture
def session(desk: Desk) -> Session:
    session = restore(desk, None, None)
    desk.ask(session, desk.begin(session, "How high is the lighthouse?"))
    assert session.turns[0].quotes[0].text == "The lighthouse is 31 metres high."
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
        {"act": "export", "form": "json"},
        {"act": "example", "text": "not offered"},
        {"act": "term", "turn": "1", "term": "x" * 500},
    ],
)
def test_what_no_button_sends_is_refused_and_changes_nothing(
    desk: Desk, session: Session, data: dict[str, str]
) -> None:
    before = (session.turns, session.kept, session.view, dict(session.within))
    with pytest.raises(UsageError):
        act(desk, session, data)
    assert (session.turns, session.kept, session.view, dict(session.within)) == before


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
    assert [k.quote.text for k in session.kept] == ["The lighthouse is 31 metres high."]
    effect = do(desk, session, act="export", form="json")
    rows = json.loads(effect.download.data)
    assert rows[0]["result"]["quotes"][0]["text"] == "The lighthouse is 31 metres high."
    check_receipt(rows[0]["receipt"])
    assert do(desk, session, act="export", form="ris").download.data.startswith(b"TY  - ")
    with pytest.raises(UsageError, match="form"):
        do(desk, session, act="export", form="exe")
    do(desk, session, act="keep", turn=1, quote=0)
    assert session.kept == []


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


def test_a_browser_remembers_and_an_altered_memory_is_refused(desk: Desk, session: Session) -> None:
    do(desk, session, act="keep", turn=1, quote=0)
    stored = json.loads(json.dumps(remember(session)))
    again = restore(desk, stored, None)
    assert [t.result for t in again.turns] == [t.result for t in session.turns]
    assert [k.quote for k in again.kept] == [k.quote for k in session.kept]
    stored["turns"][0]["result"]["quotes"][0]["text"] += " Forged."
    forged = restore(desk, stored, None)
    assert forged.turns[0].result is None
    assert "can no longer be shown" in forged.turns[0].problem
    assert restore(desk, stored, "someone else").turns == []


@pytest.mark.parametrize(
    "stored",
    [
        None,
        3,
        [],
        {"format": 0},
        {"format": 1, "turns": "x"},
        {"format": 1, "user": None, "turns": [{}, 5], "kept": [{}]},
    ],
)
def test_a_damaged_memory_gives_a_session(desk: Desk, stored: object) -> None:
    assert restore(desk, stored, None).library == "Harbour"


def test_uploads_are_private_counted_and_removed(
    desk: Desk, session: Session, tmp_path: Path
) -> None:
    own = session.own = desk.uploads.create("clara")
    good, bad = tmp_path / "granite.txt", tmp_path / "empty.txt"
    good.write_text("Each block of granite weighs seven tonnes.\n", encoding="utf-8")
    bad.write_bytes(b"")
    rows = {name: (fine, what) for name, fine, what in desk.uploads.add(own, [good, bad])}
    assert rows["granite.txt"][0]
    assert not rows["empty.txt"][0]
    assert not good.exists()
    assert desk.uploads.find(own.token, "clara") is own
    assert desk.uploads.find(own.token, "anna") is None
    assert desk.uploads.find("../x", "clara") is None
    session.library = NAME
    turn = desk.ask(session, desk.begin(session, "How much does a block of granite weigh?"))
    assert turn.quotes[0].text == "Each block of granite weighs seven tonnes."
    do(desk, session, act="remove", source="granite.txt")
    assert session.library == "Harbour"
    assert own.library is None
    folder = own.folder
    desk.uploads.close()
    assert not folder.exists()


def test_files_that_cannot_be_read_leave_no_library(desk: Desk, tmp_path: Path) -> None:
    own = desk.uploads.create(None)
    file = tmp_path / "broken.pdf"
    file.write_bytes(b"not a pdf")
    rows = desk.uploads.add(own, [file])
    assert [(name, fine) for name, fine, _ in rows] == [("broken.pdf", False)]
    assert own.library is None
    assert list(own.files.iterdir()) == []


def test_too_much_is_refused_with_nothing_added(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = desk.uploads.create(None)
    file = tmp_path / "big.txt"
    file.write_text("word " * 100)
    monkeypatch.setattr("rag.chat.state.uploads.MAX_BYTES", 100)
    with pytest.raises(UsageError, match="at most"):
        desk.uploads.add(own, [file])
    assert not file.exists()
    assert list(own.files.iterdir()) == []


def test_names_of_uploads_stay_in_their_folder(desk: Desk, tmp_path: Path) -> None:
    from rag.chat.state.uploads import _safe_name

    assert _safe_name("..\\..\\x.txt") == "x.txt"
    assert _safe_name("/etc/passwd") == "passwd"
    assert _safe_name("...") == "unnamed.txt"


def test_a_failure_is_a_problem_and_no_abstention(desk: Desk, session: Session) -> None:
    turn = desk.ask(session, desk.begin(session, "?"))
    assert turn.result is None
    assert "empty" in turn.problem


def test_an_unforeseen_failure_is_shown_and_leaves_nothing_waiting(
    desk: Desk, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Library, "ask", full)
    turn = desk.ask(session, desk.begin(session, "How high is the lighthouse?"))
    assert "No space left" in turn.problem
    assert session.turns[-1].problem == turn.problem
    assert "could not be put" in thread(session.turns[-1:], session.is_kept)


def test_work_reports_and_raises_where_it_was_started() -> None:
    def work(report: Any) -> str:
        report(Progress("reading", 1, 2))
        return "done"

    def collect() -> Any:
        outcome.append((yield from stream(work)))

    outcome: list[str] = []
    seen = [event.stage for event in collect()]
    assert outcome == ["done"]
    assert seen in (["reading"], [])

    def broken(_: Any) -> str:
        raise UsageError("no")

    with pytest.raises(UsageError, match="no"):
        list(stream(broken))


def test_an_answer_keeps_its_earlier_questions(desk: Desk, session: Session) -> None:
    turn = desk.ask(session, desk.begin(session, "When was the harbour opened?"))
    assert isinstance(turn.result, Answer)
    assert turn.result.history == ("How high is the lighthouse?",)


def two_quotes(session: Session) -> None:
    """Give the turn a second quote from the same source."""
    turn = session.turns[0]
    assert isinstance(turn.result, Answer)
    first = turn.result.quotes[0]
    start = TEXT.index("The engineer")
    second = Quote(Place(first.source, Span(start, start + len("The engineer was Clara Voss."))), 2)
    session.put(replace(turn, result=replace(turn.result, quotes=(first, second))))


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


def test_asking_tells_how_far_it_is_and_ends_quietly(
    desk: Desk, session: Session, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = library.reader.read

    def slow(*given: Any) -> Any:
        time.sleep(0.2)  # only the newest of the reports that wait is shown
        return read(*given)

    monkeypatch.setattr(library.reader, "read", slow)
    events = Events(desk)
    visitor: Any = SimpleNamespace(username=None)
    shown = list(events.ask("When was the harbour opened?", session, visitor))
    said = [parts["status"] for parts in shown if "status" in parts]
    assert "Searching" in said[0]
    assert any("hecking" in text or "eading" in text for text in said)
    assert said[-1] == ""
    assert "cv-waiting" in shown[0]["thread"]
    assert "cv-waiting" not in shown[-1]["thread"]
    assert shown[-1]["thread"].count("cv-card") == 1 + len(session.turns[1].quotes)
    assert next(iter(events.ask("  ", session, visitor))).keys() == {"session", "status"}


def test_a_session_of_another_user_is_refused(desk: Desk, session: Session) -> None:
    visitor: Any = SimpleNamespace(username="anna")
    with pytest.raises(UsageError, match="another user"):
        list(Events(desk).ask("When was the harbour opened?", session, visitor))


def test_a_second_reading_is_shown_and_can_be_asked(desk: Desk, session: Session) -> None:
    turn = session.turns[0]
    assert isinstance(turn.result, Answer)
    other = replace(turn.result, carried=(Carried("Clara Voss", "named before"),))
    session.put(replace(turn, readings=(turn.result, other)))
    shown = thread(session.turns, session.is_kept)
    assert "Read with" in shown
    assert "Clara Voss" in shown
    effect = do(desk, session, act="reading", turn=1, reading=1)
    assert effect.ask.terms == ("Clara Voss",)
