"""What is asked, kept and added stays: over restarts, tabs, removed and changed sources."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.chat.actions import act
from rag.chat.serving.calls import Calls
from rag.chat.serving.paint import Painter
from rag.chat.state.archive import Archive
from rag.chat.state.desk import Desk
from rag.chat.state.dialogue import Turn
from rag.chat.state.uploads import NAME
from rag.chat.state.work import STOPPED
from rag.chat.state.workspaces import Workspaces
from rag.errors import LibraryError, UsageError
from rag.library import Library
from rag.progress import Progress
from tests.unit.chat_desk import ANSWER, HIGH, TEXT, answered, ask, built, opened


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with built(tmp_path / "harbour") as made:
        yield made


def html(desk: Desk, session: Any) -> str:
    """Everything a fresh tab would be sent."""
    return "".join(patch.get("html", "") for patch in Painter(desk).paint(session))


def test_a_restart_brings_everything_back(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        first = ask(desk, session)
        ask(desk, session, "Who invented the telephone exchange of Copenhagen?")
        act(desk, session, {"act": "keep", "turn": 1, "quote": 0})
        act(desk, session, {"act": "note", "kept": session.kept[0].id, "text": "for later"})
        name = session.dialogue.id
    with opened(library, tmp_path / "data") as desk:
        again = desk.begin(None, dialogue=name)
        assert again.dialogue.name == HIGH
        assert [turn.question for turn in again.turns] == [t.question for t in session.turns]
        assert again.turns[0].quotes == first.quotes
        assert again.turns[1].quotes == session.turns[1].quotes
        assert [(k.quote, k.note) for k in again.kept] == [(first.quotes[0], "for later")]
        assert again.library == "Harbour"
        turn = ask(desk, again, "When was it lit?")
        assert turn.number == 3
        assert turn.result is not None
        assert turn.result.history[0] == HIGH


def test_no_turn_is_ever_left_out(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        first = ask(desk, session)
        for number in range(2, 121):
            turn = Turn(0, "Harbour", f"Question {number}", first.result)
            session.workspace.save(session.dialogue, session.dialogue.add(turn))
    with opened(library, tmp_path / "data") as desk:
        turns = desk.begin(None).turns
        assert len(turns) == 120
        assert turns[-1].quotes == first.quotes


def test_a_removed_and_a_changed_source_keep_words_and_citation(
    library: Library, tmp_path: Path
) -> None:
    with opened(library, tmp_path / "data") as desk:
        ask(desk, desk.begin(None))
        session = desk.begin(None)
        assert "as quoted" not in html(desk, session)
    (tmp_path / "harbour" / "files" / "harbour.txt").write_text(TEXT.replace("31", "13"))
    library.sync(tmp_path / "harbour" / "files")
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        assert session.turns[0].quotes[0].text == ANSWER
        shown = html(desk, session)
        assert "has changed since" in shown
        assert "31 metres high" in shown
        with pytest.raises(UsageError, match="changed since"):
            act(desk, session, {"act": "adjust", "turn": 1, "quote": 0, "by": "wider-after"})
    (tmp_path / "harbour" / "files" / "other.txt").write_text("Other words stay here.\n")
    (tmp_path / "harbour" / "files" / "harbour.txt").unlink()
    library.sync(tmp_path / "harbour" / "files", prune=True)
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        assert session.turns[0].quotes[0].text == ANSWER
        assert "no longer in its library" in html(desk, session)


def test_another_library_is_never_asked_in_silence(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data") as desk:
        ask(desk, desk.begin(None))
    town = "The lighthouse of another town is 99 metres high.\n"
    # Even under the same name it is another library.
    with built(tmp_path / "other", town) as other, opened(other, tmp_path / "data") as desk:
        fresh = desk.begin(None)
        assert (fresh.turns, fresh.library) == ([], "Harbour")
        (saved,) = fresh.workspace.saved()
        session = desk.begin(None, dialogue=saved.id)
        assert session.library == ""
        shown = html(desk, session)
        assert "not served now" in shown
        assert "31 metres high" in shown
        with pytest.raises(UsageError, match="choose another"):
            desk.ask(session, HIGH)
        assert len(session.turns) == 1
        act(desk, session, {"act": "library", "library": "Harbour"})
        assert "99 metres" in ask(desk, session).quotes[0].text
    # The same library under another name is still the same.
    with opened(library, tmp_path / "data", name="Old papers") as desk:
        saved = desk.begin(None).workspace.saved()
        assert len(saved) == 1


def test_two_tabs_share_a_conversation(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data") as desk:
        one = desk.begin(None)
        ask(desk, one)
        two = desk.begin(None, dialogue=one.dialogue.id)
        Painter(desk).paint(two)
        threads = [
            threading.Thread(target=ask, args=(desk, tab, f"{HIGH} {name}"))
            for tab, name in ((one, "first"), (two, "second"))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert [turn.number for turn in one.turns] == [1, 2, 3]
        assert one.turns is two.turns
        patches = Painter(desk).paint(two)
        assert {patch["turn"] for patch in patches if "turn" in patch} >= {2, 3}
    with opened(library, tmp_path / "data") as desk:
        assert len(desk.begin(None).turns) == 3


def test_a_turn_sends_that_turn(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        first = ask(desk, session)
        for number in range(60):
            added = session.dialogue.add(Turn(0, "Harbour", f"Question {number}", first.result))
            session.workspace.save(session.dialogue, added)
        painter = Painter(desk)
        whole = sum(len(patch.get("html", "")) for patch in painter.paint(session))
        ask(desk, session, "Who was the engineer Clara Voss?")
        patches = painter.paint(session)
        sent = {patch["turn"] for patch in patches if "turn" in patch}
        assert 62 in sent
        assert len(sent) <= 2  # the turn, and the one whose quote the reader showed before
        assert sum(len(patch.get("html", "")) for patch in patches) < whole / 4
        assert painter.paint(session) == []


def test_what_waited_is_asked_after_a_restart(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = Library.ask
    begun = threading.Event()

    def stuck(*given: Any, progress: Any, **more: Any) -> Any:
        begun.set()
        while True:
            progress(Progress("reading", 0, None))
            threading.Event().wait(0.01)

    monkeypatch.setattr(Library, "ask", stuck)
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        desk.ask(session, HIGH, "a-question-of-mine")
        assert desk.ask(session, HIGH, "a-question-of-mine").number == 1
        begun.wait(5)
    monkeypatch.setattr(Library, "ask", answer)
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        assert len(session.turns) == 1
        assert answered(session, 1).quotes[0].text == ANSWER


def test_a_question_is_stopped_in_line_and_while_it_is_read(
    library: Library, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(*given: Any, progress: Any, **more: Any) -> Any:
        for _ in range(500):
            progress(Progress("reading", 0, None))
            threading.Event().wait(0.01)
        raise AssertionError("it was not stopped")

    monkeypatch.setattr(Library, "ask", slow)
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        for number in range(4):
            desk.ask(session, f"{HIGH} {number}")
        assert "In line, 3 before" in desk.work.line(session.turns[3])
        for number in (4, 3, 2, 1):
            act(desk, session, {"act": "stop", "turn": number})
        assert {answered(session, n).problem for n in (1, 2, 3, 4)} == {STOPPED}


def test_new_conversation_and_removal_can_be_undone(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        ask(desk, session)
        first = session.dialogue
        session.undo = act(desk, session, {"act": "new"}).undo
        assert session.turns == []
        act(desk, session, {"act": "undo"})
        assert session.dialogue is first
        gone = {"act": "drop-conversation", "conversation": first.id}
        session.undo = act(desk, session, gone).undo
        assert session.turns == []
        assert session.workspace.saved() == []
        act(desk, session, {"act": "undo"})
        assert [row.id for row in session.workspace.saved()] == [first.id]
        act(desk, session, {"act": "rename", "conversation": first.id, "text": "The  lamp"})
        assert session.workspace.saved()[0].name == "The lamp"


def test_documents_stay_and_are_opened_again(library: Library, tmp_path: Path) -> None:
    file = tmp_path / "granite.txt"
    file.write_text("Each block of granite weighs seven tonnes.\n", encoding="utf-8")
    with opened(library, tmp_path / "data") as desk:
        session = desk.begin(None)
        session.workspace.own.add([(file.name, file)], library)
        desk.choose(session, NAME)
        ask(desk, session, "How much does a block of granite weigh?")
    # The whole folder can be moved, as a backup is.
    (tmp_path / "data").rename(tmp_path / "moved")
    with opened(library, tmp_path / "moved") as desk:
        session = desk.begin(None)
        assert session.library == NAME
        more = tmp_path / "basalt.txt"
        more.write_text("A block of basalt weighs nine tonnes.\n", encoding="utf-8")
        rows = session.workspace.own.add([(more.name, more)], library)
        assert [row.good for row in rows] == [True]
        turn = ask(desk, session, "How much does a block of basalt weigh?")
        assert "nine tonnes" in turn.quotes[0].text


def test_browsers_are_kept_apart_where_nothing_stays(library: Library) -> None:
    with opened(library) as desk:
        one, two = desk.begin(None), desk.begin(None)
        ask(desk, one)
        assert two.turns == []
        assert desk.begin(None, one.workspace.token).turns == one.turns
        assert desk.begin(None, "guessed").turns == []
        folder = one.workspace.folder
        assert folder.exists()
    assert not folder.exists()


def test_accounts_are_kept_apart_and_asked_for(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data", accounts=True) as desk:
        clara, anna = desk.begin("clara"), desk.begin("anna")
        ask(desk, clara)
        assert anna.turns == []
        assert desk.begin("anna", clara.workspace.token, clara.dialogue.id).turns == []
        with pytest.raises(UsageError, match="sign in"):
            desk.begin(None)
        assert desk.begin("clara").turns == clara.turns


def test_idle_browsers_are_swept_away(library: Library, tmp_path: Path) -> None:
    workspaces = Workspaces(library, idle=-1)
    one = workspaces.of(None)
    workspaces.of(None)
    assert not one.folder.exists()
    workspaces.close()


def test_an_altered_answer_is_refused(library: Library, tmp_path: Path) -> None:
    with opened(library, tmp_path / "data") as desk:
        ask(desk, desk.begin(None))
        file = desk.begin(None).workspace.folder / "conversations.db"
    with sqlite3.connect(file) as db:
        db.execute("UPDATE turns SET data = replace(data, '31 metres', '99 metres')")
    db.close()
    with opened(library, tmp_path / "data") as desk:
        turn = desk.begin(None).turns[0]
        assert turn.result is None
        assert "can no longer be shown" in turn.problem
        assert "99 metres" not in html(desk, desk.begin(None))


def test_a_newer_archive_is_not_touched(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "x.db") as db:
        db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(LibraryError, match="newer version"):
        Archive(tmp_path / "x.db")


def test_a_tab_that_the_server_forgot_goes_on(library: Library, tmp_path: Path) -> None:
    tab = {"tab": "0123456789ab", "showing": None}
    with opened(library, tmp_path / "data") as desk:
        calls = Calls(desk)
        shown = calls.act({**tab, "act": "ask", "text": HIGH, "key": "question-one"}, "v", None)
        answered(calls.session(tab, "v", None), 1)
        tab["showing"] = shown["conversation"]
    with opened(library, tmp_path / "data") as desk:
        reply = Calls(desk).act({**tab, "act": "keep", "turn": 1, "quote": 0}, "v", None)
        assert not reply["failed"]
        assert reply["turns"] == [[1, "question-one"]]
        assert any("Kept (1)" in patch.get("html", "") for patch in reply["patches"])


def test_a_tab_belongs_to_its_visitor(library: Library) -> None:
    tab = {"tab": "0123456789ab", "act": "hello"}
    with opened(library) as desk:
        calls = Calls(desk)
        mine = calls.session(tab, "visitor one", None)
        ask(desk, mine)
        other = {**tab, "act": "refresh"}
        assert calls.session(other, "visitor one", None) is mine
        assert calls.session(other, "visitor two", None).turns == []
        assert calls.session(other, "visitor one", "clara").turns == []
        assert calls.act({"tab": "x"}, "visitor one", None)["failed"]
