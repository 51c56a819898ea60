"""JSON out and in over awkward texts: exact there and back, and any alteration refused."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag import render
from rag.answer.verify import verify
from rag.errors import VerificationError
from rag.types import (
    Abstention,
    Also,
    Answer,
    Caution,
    Hit,
    Passage,
    Place,
    Provenance,
    Quote,
    Result,
    Searched,
    Skipped,
    Source,
    Span,
    digest,
    shown_quotes,
)

AWKWARD = st.sampled_from(
    [
        "👩‍👩‍👧",
        "e\u0301",
        "İ",
        "\r\n",
        "\r",
        "\n",
        "\f",
        "\u2028",
        "\ufffe",
        "שלום",
        "\u202e",
        "“",
        "”",
        '"',
        "\\",
        *("\u200d", "\ufeff", "\x1b[0m", " ", "  ", "\t", "\x0b", "\u0085", "Rome Statute", "𐍈"),
    ]
)
ANY = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"), max_size=3)
TEXTS = st.lists(AWKWARD | ANY, min_size=1, max_size=20).map("".join).filter(str.strip)
FAST = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))


def source(text: str, id: str = "a.txt") -> Source:
    return Source(id, text, digest(text), digest(text), id, "text/plain", "test 1")


@st.composite
def results(draw: st.DrawFn) -> Result:
    text = draw(TEXTS)
    made, copied = source(text), source(f"x\n{text}", "copy.txt")
    whole = Hit(Passage(Place(made, Span(0, len(text))), 0, 1), 0.5, None, 2.0)
    common: dict[str, Any] = {
        "searched": Searched(2, 3, skipped=(Skipped(".jpg", 2),), unfinished=("Stopped.",)),
        "provenance": Provenance("e", "r", "s", "1", 4, (("limit", "3"),)),
        "history": ("Before?",),
    }
    common["notes"] = ("A note.",)
    near = {"nearest": (whole,), "unknown_words": ("z",), **common}
    if draw(st.booleans()):
        return Abstention(draw(TEXTS), "silent", "Nothing.", **near)
    cuts = sorted(draw(st.sets(st.integers(0, len(text)), min_size=2, max_size=6)))
    spans = [Span(a, b) for a, b in zip(cuts[::2], cuts[1::2], strict=False)]
    quotes = []
    for span in spans:
        if not text[span.start : span.end].strip():
            continue
        also = (Also(Place(copied, span.shift(2)), 1, "identical"),)
        sure = draw(st.none() | st.floats(0, 1))
        cautions = (Caution("points-back", "It points back."),)
        quotes.append(Quote(Place(made, span), 1, span, sure, also, cautions))
    if not quotes:
        quotes.append(Quote(Place(made, Span(0, len(text))), 1))
    if draw(st.booleans()):
        return Abstention(draw(TEXTS), "unsure", "?", candidates=tuple(quotes[:3]), **near)
    return Answer(draw(TEXTS), tuple(quotes), (whole,), **common)


def sources(result: Result) -> dict[str, Source]:
    hits = result.hits if isinstance(result, Answer) else result.nearest
    held = {hit.passage.source.id: hit.passage.source for hit in hits}
    held |= {a.place.source.id: a.place.source for q in shown_quotes(result) for a in q.also}
    return held


@FAST
@given(results(), st.booleans())
def test_a_result_comes_back_equal_and_passes_the_gate(result: Result, ascii_only: bool) -> None:
    held = sources(result)
    data = json.loads(json.dumps(render.to_json(result), ensure_ascii=ascii_only))
    back = render.from_json(data, held.__getitem__)
    assert back == result
    verify(back, held.__getitem__)
    for quote in data.get("quotes", ()):
        assert quote["text"] == held["a.txt"].text[quote["start"] : quote["end"]]


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, dict):
        return [leaf for k, v in value.items() for leaf in leaves(v, (*path, k))]
    if isinstance(value, list):
        return [leaf for i, v in enumerate(value) for leaf in leaves(v, (*path, i))]
    return [path]


def altered(value: Any, draw: st.DataObject) -> Any:
    if isinstance(value, str):
        at = draw.draw(st.integers(0, len(value)))
        how = draw.draw(st.sampled_from(("insert", "remove", "replace")))
        if how == "insert" or not value or at == len(value):
            return value[:at] + draw.draw(st.sampled_from((" ", "x", "\u200b"))) + value[at:]
        if how == "remove":
            return value[:at] + value[at + 1 :]
        return value[:at] + chr(ord(value[at]) + 1) + value[at + 1 :]
    if value is None:
        return 0
    return not value if isinstance(value, bool) else value + 1


@FAST
@given(results(), st.data())
def test_one_changed_character_or_number_anywhere_is_refused(
    result: Result, data: st.DataObject
) -> None:
    held = sources(result)
    written = render.to_json(result)
    path = data.draw(st.sampled_from(leaves(written)))
    changed = copy.deepcopy(written)
    parent: Any = changed
    for key in path[:-1]:
        parent = parent[key]
    parent[path[-1]] = altered(parent[path[-1]], data)
    with pytest.raises(VerificationError):
        render.from_json(changed, held.__getitem__)


@FAST
@given(results(), st.data())
def test_a_changed_source_is_refused(result: Result, data: st.DataObject) -> None:
    held = sources(result)
    text = held["a.txt"].text
    at = data.draw(st.integers(0, len(text)))
    other = source(text[:at] + data.draw(st.sampled_from((" ", "x"))) + text[at:])
    with pytest.raises(VerificationError):
        render.from_json(render.to_json(result), (held | {"a.txt": other}).__getitem__)
    with pytest.raises(VerificationError):
        verify(result, (held | {"a.txt": other}).__getitem__)


def test_a_missing_or_added_key_and_a_foreign_value_are_refused() -> None:
    made = source("The Rome Statute.")
    quote = Quote(Place(made, Span(0, 17)), 1, Span(4, 16), 1.0)
    data = render.to_json(Answer("q?", (quote,), (), Searched(1, 1)))
    lookup = {"a.txt": made}.__getitem__
    for key in data:
        with pytest.raises(VerificationError):
            render.from_json({k: v for k, v in data.items() if k != key}, lookup)
    for wrong in (
        {**data, "extra": 1},
        {**data, "kind": "other"},
        {},
        {"kind": []},
        {**data, "quotes": "x"},
    ):
        with pytest.raises(VerificationError):
            render.from_json(wrong, lookup)
    with pytest.raises(VerificationError, match="no source"):
        render.from_json(data, {}.__getitem__)


def test_what_json_cannot_hold_is_an_error_not_a_guess() -> None:
    made = source("The Rome Statute.")
    hit = Hit(Passage(Place(made, Span(0, 17)), 0, 1), float("nan"))
    for result in (
        Answer("q?", (Quote(Place(made, Span(0, 3)), 1),), (hit,), Searched(1, 1)),
        Answer("\ud800", (Quote(Place(made, Span(0, 3)), 1),), (), Searched(1, 1)),
    ):
        with pytest.raises(VerificationError, match="cannot be written"):
            render.to_json(result)


def test_the_form_of_an_answer_and_of_an_abstention() -> None:
    made = source("The Rome Statute.")
    quote = Quote(Place(made, Span(0, 17)), 1, Span(4, 16), None)
    data = render.to_json(Answer("Which?", (quote,), (), Searched(1, 1)))
    assert (data["kind"], data["question"]) == ("answer", "Which?")
    (shown,) = data["quotes"]
    assert shown["source"] == {"id": "a.txt", "title": "a.txt", "sha256": made.sha256}
    assert shown["highlight"] == {"start": 4, "end": 16, "text": "Rome Statute"}
    assert (shown["page"], shown["paragraph"], shown["confidence"]) == (None, 1, None)
    assert (shown["also"], shown["caution"]) == ([], [])
    nothing = render.to_json(Abstention("Which?", "silent", "Nothing.", Searched(1, 1)))
    assert (nothing["kind"], nothing["reason"], nothing["nearest"]) == (
        "abstention",
        "Nothing.",
        [],
    )
    assert (data["outcome"], nothing["outcome"], nothing["candidates"]) == ("answer", "silent", [])
    lists: dict[str, list[object]] = {"unreadable": [], "filters": [], "skipped": []}
    assert nothing["searched"] == {"sources": 1, "passages": 1, "unfinished": [], **lists}
