"""Exact at every exit: hostile text, counted; and faults planted in each renderer, caught."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import pytest

from rag import render
from tests.exits import EXITS, count, holds, places, texts
from tests.hostile import FRAGMENTS, Case, cases

# The package gives its functions the names of some of its modules.
citation, escape, html, json, markdown, pieces, text = (
    import_module(f"rag.render.{name}")
    for name in ("citation", "escape", "html", "json", "markdown", "pieces", "text")
)


def test_ten_thousand_texts_leave_every_exit_as_they_entered() -> None:
    total, found = count(seed=1, answers=850)
    assert total >= 10_000
    assert found == []


def test_every_hostile_fragment_is_among_the_cases() -> None:
    seen = "\n".join(s.text for case in cases(1, 850) for s in case.sources.values())
    assert [f for f in FRAGMENTS if f not in seen] == []


def collapse(value: str) -> str:
    return value.replace("  ", " ")


def trim(value: str) -> str:
    return value.strip()


def twice(value: str) -> str:
    return value.replace("&", "&amp;")


def line_ends(value: str) -> str:
    return value.replace("\r\n", "\n").replace("\r", "\n")


def composed(value: str) -> str:
    return value.replace("e\u0301", "é")


def joined(value: str) -> str:
    return value.replace("\ufffe", "")


def broken(name: str, check: Callable[..., bool], seed: int = 5) -> int:
    """How many answers violate the exit."""
    return sum(not holds(EXITS[name], case.answer, case) for case in cases(seed, 60))


@pytest.mark.parametrize("fault", [collapse, trim, line_ends, composed, joined])
def test_a_fault_in_the_pieces_is_refused_by_every_exit(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[str], str]
) -> None:
    class Faulty(pieces.Piece):
        def __init__(self, kind, shown, *rest, **more):  # type: ignore[no-untyped-def]
            super().__init__(kind, fault(shown) if kind == "quote" else shown, *rest, **more)

    monkeypatch.setattr(pieces, "Piece", Faulty)
    for name in ("object", "text, piped", "text, terminal", "Markdown", "HTML"):
        assert broken(name, EXITS[name]) > 0, name


@pytest.mark.parametrize("fault", [collapse, trim, line_ends, composed, joined])
def test_a_fault_in_a_renderer_is_caught(
    monkeypatch: pytest.MonkeyPatch, fault: Callable[[str], str]
) -> None:
    plain, block, escaped = text._quote, markdown.quote_block, escape.escape
    monkeypatch.setattr(text, "_quote", lambda piece, tty: fault(plain(piece, tty)))
    monkeypatch.setattr(markdown, "quote_block", lambda value: block(fault(value)))
    monkeypatch.setattr(escape, "escape", lambda value: escaped(fault(value)))
    for name in ("text, piped", "Markdown", "HTML"):
        assert broken(name, EXITS[name]) > 0, name


def test_escaping_twice_or_not_at_all_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    escaped = escape.escape
    monkeypatch.setattr(escape, "escape", lambda value: twice(escaped(value)))
    assert broken("HTML", EXITS["HTML"]) > 0
    monkeypatch.setattr(escape, "escape", lambda value: value)
    assert broken("HTML", EXITS["HTML"]) > 0
    monkeypatch.setattr(markdown, "escape", lambda value: twice(escaped(value)))
    assert broken("Markdown", EXITS["Markdown"]) > 0


def test_titles_that_are_not_escaped_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "escaped", lambda value: value)
    assert broken("Markdown", EXITS["Markdown"]) > 0
    monkeypatch.setattr(html, "escape", lambda value: value)
    assert broken("HTML", EXITS["HTML"]) > 0


def test_a_fence_that_the_text_closes_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(markdown, "quote_block", lambda value: f"```text\n{value}\n```\n")
    assert broken("Markdown", EXITS["Markdown"]) > 0


def test_control_characters_on_a_terminal_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text, "visible", lambda value: value)
    assert broken("text, terminal", EXITS["text, terminal"]) > 0


def test_a_changed_text_in_json_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = json.place_to_json
    monkeypatch.setattr(
        json, "place_to_json", lambda place: plain(place) | {"text": collapse(place.text)}
    )
    assert broken("JSON", EXITS["JSON"]) > 0


def test_smuggled_records_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(citation, "one_line", lambda value: value)
    assert broken("citations", EXITS["citations"]) > 0


def test_the_checks_see_what_is_shown() -> None:
    case: Case = next(cases(2, 1))
    assert texts(case.answer) == [place.text for place in places(case.answer)]
    shown = [p.text for p in render.pieces(case.answer) if p.kind == "quote"]
    assert shown == texts(case.answer)
