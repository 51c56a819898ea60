"""What the renderers write: values, character by character, for small results."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

from rag import render
from rag.errors import VerificationError
from rag.render.citation import citation, one_line, visible
from rag.render.pieces import Piece, confidence
from rag.types import (
    Abstention,
    Also,
    Answer,
    Caution,
    Heading,
    Hit,
    Passage,
    Place,
    Quote,
    Searched,
    Skipped,
    Source,
    Span,
    Unreadable,
    digest,
)

TEXT = "Part One\nThe board met. It did not approve the merger.\nPart Two\nShares fell.\n"


def source(text: str = TEXT, id: str = "reports/a.txt", **more: object) -> Source:
    values: dict[str, object] = {"title": "Annual report", "media_type": "text/plain", **more}
    return Source(id, text, digest(text), digest(text), extractor="t", **values)  # type: ignore[arg-type]


def place(words: str, where: Source | None = None) -> Place:
    made = where or source()
    start = made.text.index(words)
    return Place(made, Span(start, start + len(words)))


def answer(*quotes: Quote) -> Answer:
    return Answer("Was it approved?", quotes, (), Searched(1, 2))


def quote(words: str, light: str = "", **more: object) -> Quote:
    made = place(words)
    inside = place(light, made.source).span if light else None
    return Quote(made, 2, inside, **more)  # type: ignore[arg-type]


# --- citations ----------------------------------------------------------------------------------


def test_a_citation_has_what_the_source_says_of_itself() -> None:
    made = source(
        metadata=(
            ("address", "https://example.org/a b"),
            ("author", "A. Writer"),
            ("date", "2024-05-06"),
        ),
        headings=(Heading(1, Span(0, 8)), Heading(2, Span(55, 63))),
    )
    assert made.text[55:63] == "Part Two"
    assert str(citation(place("Shares fell.", made), 4)) == (
        "A. Writer, “Annual report”, 2024-05-06, § Part One › Part Two, para. 4, "
        "characters 64–76, reports/a.txt, https://example.org/a%20b"
    )


def test_a_bare_source_is_cited_by_its_name() -> None:
    made = source(title="reports/a.txt")
    assert str(citation(place("The board met.", made), 1)) == (
        "“reports/a.txt”, para. 1, characters 9–23"
    )


def test_the_page_is_that_of_the_quote_not_of_its_passage() -> None:
    made = source("First page.\fSecond page. Its end.", pages=(0, 12))
    passage = Passage(Place(made, Span(0, len(made.text))), 0, 1)
    assert citation(passage.place, 1).page == 1
    assert citation(place("Its end.", made), 1).page == 2
    assert render.quote_to_json(Quote(place("Its end.", made), 1))["page"] == 2


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "ftp://x.org/", "", "https://", "http://["]
)
def test_only_web_addresses_become_links(address: str) -> None:
    made = source(media_type="text/html", metadata=(("address", address),))
    assert (citation(place("The board met.", made), 1).address) == ""
    assert "href" not in render.to_html(answer(Quote(place("The board met.", made), 1)))


def link(words: str, text: str, address: str = "https://example.org/a") -> str:
    made = source(text, media_type="text/html", metadata=(("address", address),))
    return citation(place(words, made), 1).link


def test_text_fragments_follow_the_syntax() -> None:
    assert link("Short, well-made & whole.", "x Short, well-made & whole. y") == (
        "https://example.org/a#:~:text=Short%2C%20well%2Dmade%20%26%20whole."
    )
    long = "one two three four five six seven eight nine ten eleven twelve."
    assert link(long, long) == (
        "https://example.org/a#:~:text=one%20two%20three%20four%20five,"
        "eight%20nine%20ten%20eleven%20twelve."
    )
    assert link("a\nb c\n\nd", "a\nb c\n\nd").endswith("#:~:text=a,d")
    assert link("a", "a", "https://example.org/a#top").endswith("a#top:~:text=a")


def test_a_text_fragment_needs_a_page_and_an_address() -> None:
    made = source(metadata=(("address", "https://example.org"),))
    assert citation(place("The board met.", made), 1).link == ""
    assert link("a", "a", "") == ""


def test_what_cannot_be_seen_is_shown_in_citations() -> None:
    assert one_line("a\r\n b\tc\x1b[0m\u202e\u200b\u200d") == "a b c␛[0m⟨U+202E⟩⟨U+200B⟩\u200d"
    assert visible("a\n\x7f\ufffe") == "a\n␡⟨U+FFFE⟩"


# --- pieces and text ------------------------------------------------------------------------------


def test_a_piece_whose_text_is_not_its_slice_is_refused() -> None:
    made = place("The board met.")
    assert Piece("quote", made.text, "main", place=made).text == "The board met."
    for text in ("The board met", "The board met. ", "the board met."):
        with pytest.raises(VerificationError, match="not its slice"):
            Piece("quote", text, "main", place=made)
    with pytest.raises(VerificationError):
        Piece("quote", "The board met.", "main")
    with pytest.raises(VerificationError):
        Piece("frame", made.text, "main", place=made)


def full() -> Answer:
    copy = source("Intro.\nThe board  met!\n", "b.txt", title="Copy")
    also = Also(place("The board  met!", copy), 2, "same words")
    caution = Caution("points-back", "It opens by pointing back to something said before it.")
    return answer(
        quote("The board met.", "met", confidence=0.876, also=(also,)),
        quote("It did not approve the merger.", caution=(caution,)),
    )


def test_text_for_a_pipe() -> None:
    assert render.to_text(full(), tty=False) == (
        "[1]\n"
        "The board met.\n"
        "    — “Annual report”, para. 2, characters 9–23, reports/a.txt\n"
        "Confidence: 88 %\n"
        "The same words, with other punctuation or white space:\n"
        "The board  met!\n"
        "    — “Copy”, para. 2, characters 7–22, b.txt\n"
        "\n"
        "[2]\n"
        "It did not approve the merger.\n"
        "    — “Annual report”, para. 2, characters 24–54, reports/a.txt\n"
        "Caution: It opens by pointing back to something said before it.\n"
    )


def test_the_highlight_is_visible_on_a_terminal() -> None:
    shown = render.to_text(full(), tty=True)
    assert "The board \x1b[1;4mmet\x1b[0m.\n" in shown
    plain = re.sub(r"\x1b\[[0-9;]*m", "", shown)
    assert plain == render.to_text(full(), tty=False)


def test_control_characters_are_shown_on_a_terminal_and_kept_in_a_pipe() -> None:
    text = "a\x1b[2Jb\r\nc\u202ed"
    made = answer(Quote(Place(source(text), Span(0, len(text))), 1, Span(0, len(text))))
    assert text in render.to_text(made, tty=False)
    shown = render.to_text(made, tty=True)
    assert "a␛[2Jb␍" in shown
    assert "c⟨U+202E⟩d" in shown
    assert "\x1b[2J" not in shown


def test_confidence_is_never_certainty() -> None:
    assert [confidence(p) for p in (0.0, 0.004, 0.5, 0.999, 1.0)] == [
        f"Confidence: {n} %" for n in (1, 1, 50, 99, 99)
    ]


ABSTENTION = Abstention(
    "Who is the treasurer of Zembla?",
    "silent",
    "No passage that was read came near an answer.",
    Searched(
        214,
        5120,
        (Unreadable("old/b.pdf", "the file is encrypted"),),
        ("reports/",),
        (Skipped(".jpg", 1200), Skipped("", 2)),
        ("reports/: the last run stopped after 3 of 9 files",),
    ),
    (),
    (Hit(Passage(Place(source(), Span(0, 55)), 0, 1), 0.4),),
    ("zembla", "treasurer"),
    notes=("Read “Zenbla” as “Zembla”.",),
)
STATED = (
    "Read “Zenbla” as “Zembla”.\n"
    "Nothing found on this in 214 documents (5,120 passages).\n"
    "Reason: No passage that was read came near an answer.\n"
    "Words that occur nowhere in the library: zembla, treasurer.\n"
    "Searched only: reports/.\n"
    "The library is not complete: reports/: the last run stopped after 3 of 9 files\n"
    "Not searched: 1,202 files of other formats (.jpg 1,200, without a suffix 2).\n"
    "Not searched: 1 file, named below.\n"
    "Files that could not be read:\n"
    "    — old/b.pdf: the file is encrypted\n"
)
UNSURE = replace(
    ABSTENTION,
    kind="unsure",
    reason="No quote reached the threshold.",
    searched=Searched(1, 2),
    unknown_words=(),
    notes=(),
    candidates=(Quote(place("Shares fell."), 4, None, 0.21),),
)


def test_an_abstention_states_what_was_searched_and_always_the_same() -> None:
    assert render.to_text(ABSTENTION, tty=False) == STATED
    assert render.to_text(ABSTENTION, tty=False) == render.to_text(ABSTENTION, tty=False)
    for line in STATED.splitlines():
        words = line.removeprefix("    — ")
        assert words in re.sub(r"\\(.)", r"\1", render.to_markdown(ABSTENTION))
        assert words.split(" (")[0] in render.to_html(ABSTENTION)


def test_a_silent_abstention_quotes_nothing() -> None:
    assert all(piece.kind != "quote" for piece in render.pieces(ABSTENTION))
    assert render.to_ris((ABSTENTION,)) == render.to_bibtex((ABSTENTION,)) == ""
    assert json.loads(render.to_csl((ABSTENTION,))) == []


def test_an_unsure_abstention_shows_its_candidates_for_the_person_to_judge() -> None:
    assert render.to_text(UNSURE, tty=False) == (
        "No quote was sure enough. Closest passages, judge for yourself:\n"
        "[1]\nShares fell.\n"
        "    — “Annual report”, para. 4, characters 64–76, reports/a.txt\n"
        "Confidence: 21 %\n"
        "Reason: No quote reached the threshold.\n"
        "Searched: 1 document (2 passages).\n"
    )
    assert {p.role for p in render.pieces(UNSURE) if p.kind == "quote"} == {"candidate"}
    (item,) = json.loads(render.to_csl((UNSURE,)))
    assert item["custom"]["quote"] == "Shares fell."
    for written in (item["note"], render.to_ris((UNSURE,)), render.to_bibtex((UNSURE,))):
        assert "No quote was sure enough; one of the closest." in written


@pytest.mark.parametrize(
    "shown", [{"kind": "silent"}, {"candidates": ()}, {"kind": "sure"}, {"candidates": "4"}]
)
def test_kind_and_candidates_of_an_abstention_fit_together(shown: dict[str, Any]) -> None:
    four = tuple(Quote(Place(source(), Span(i, i + 1)), 1) for i in range(4))
    given = {"candidates": four} if shown.get("candidates") == "4" else shown
    with pytest.raises(ValueError, match=r"candidates|unsure or silent"):
        replace(UNSURE, **given)


def test_an_answer_names_what_was_not_searched() -> None:
    made = replace(full(), searched=replace(ABSTENTION.searched, filters=()))
    lines = render.to_text(made, tty=False).splitlines()
    assert lines[-5:] == [
        "The library is not complete: reports/: the last run stopped after 3 of 9 files",
        "Not searched: 1,202 files of other formats (.jpg 1,200, without a suffix 2).",
        "Not searched: 1 file, named below.",
        "Files that could not be read:",
        "    — old/b.pdf: the file is encrypted",
    ]


def test_hits_as_text() -> None:
    made = Hit(Passage(place("Shares fell."), 3, 4), 0.51249)
    assert render.hits_to_text((made,), tty=False) == (
        "[1] 0.512  “Annual report”, para. 4, characters 64–76, reports/a.txt\nShares fell.\n\n"
    )
    assert render.hits_to_text((), tty=False) == "Nothing found.\n"


# --- Markdown and HTML ----------------------------------------------------------------------------


def test_markdown_fences_are_longer_than_any_run_inside() -> None:
    text = "a ```` b"
    made = answer(Quote(Place(source(text), Span(0, len(text))), 1))
    assert "\n`````text\na ```` b\n`````\n" in render.to_markdown(made)


def test_several_results_in_one_document() -> None:
    both = render.to_markdown([full(), ABSTENTION])
    assert both == render.to_markdown(full()) + "\n" + render.to_markdown(ABSTENTION)


def test_a_carriage_return_goes_into_markdown_as_a_reference() -> None:
    text = "a\r\nb <c>"
    made = answer(Quote(Place(source(text), Span(0, len(text))), 1))
    assert "<pre>\na&#13;&#10;b &#60;c&#62;</pre>\n" in render.to_markdown(made)


def test_the_page_is_whole_by_itself() -> None:
    page = render.to_html([full(), UNSURE])
    assert page.startswith("<!DOCTYPE html>")
    assert not re.search(r"<script|src=|url\(|@import|http", page)
    assert page.count("<section>") == page.count("</section>") == 2
    assert page.count('<bdi class="quote">') == 4
    assert "The board <mark>met</mark>." in page
    assert "prefers-color-scheme: dark" in page
    assert "@media print" in page


class Balance(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: object) -> None:
        if tag != "meta":
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def test_tags_of_the_page_are_balanced() -> None:
    parser = Balance()
    parser.feed(render.to_html([full(), ABSTENTION]))
    assert parser.open == []


# --- citation formats -----------------------------------------------------------------------------


def cited() -> Answer:
    text = "First page.\fIt did not approve the merger."
    made = source(
        text,
        "web/a page.html",
        title="A & B: 100 %",
        media_type="text/html",
        pages=(0, 12),
        metadata=(
            ("address", "https://example.org/a"),
            ("author", "A. Writer"),
            ("date", "2024-05"),
        ),
    )
    return answer(Quote(place("It did not approve the merger.", made), 2))


def test_ris() -> None:
    sha = digest("First page.\fIt did not approve the merger.")
    assert render.to_ris((cited(),)).split("\r\n") == [
        "TY  - ELEC",
        "TI  - A & B: 100 %",
        "AU  - A. Writer",
        "PY  - 2024",
        "DA  - 2024/05//",
        "UR  - https://example.org/a",
        "SP  - 2",
        "N1  - “It did not approve the merger.” p. 2, para. 2, characters 12–42; "
        f"web/a page.html; sha256 {sha}",
        "ER  - ",
        "",
    ]


def test_bibtex() -> None:
    assert render.to_bibtex((cited(),)) == (
        "@misc{web-a-page-html-12,\n"
        "  title = {{A \\& B: 100 \\%}},\n"
        "  author = {{A. Writer}},\n"
        "  year = {2024},\n"
        "  howpublished = {\\url{https://example.org/a}},\n"
        "  pages = {2},\n"
        "  note = {“It did not approve the merger.” p. 2, para. 2, characters 12–42; "
        "web/a page.html},\n"
        "}\n"
    )


def test_csl_holds_the_exact_quote() -> None:
    (item,) = json.loads(render.to_csl((cited(), ABSTENTION)))
    expected: Mapping[str, object] = {
        "type": "webpage",
        "title": "A & B: 100 %",
        "author": [{"literal": "A. Writer"}],
        "issued": {"date-parts": [[2024, 5]]},
        "URL": "https://example.org/a",
        "page": "2",
    }
    assert {key: item[key] for key in expected} == expected
    assert item["custom"]["quote"] == "It did not approve the merger."
    assert (item["custom"]["start"], item["custom"]["end"]) == (12, 42)


@pytest.mark.parametrize(
    ("date", "parts"),
    [
        ("2025-02-06T10:00:00Z", [2025, 2, 6]),
        ("D:20120415031500", [2012, 4, 15]),
        ("2025-13-45", [2025]),
        ("1912", [1912]),
    ],
)
def test_dates_of_many_forms(date: str, parts: list[int]) -> None:
    made = source(metadata=(("date", date),))
    (item,) = json.loads(render.to_csl((answer(Quote(place("Shares fell.", made), 1)),)))
    assert item["issued"] == {"date-parts": [parts]}


def test_a_date_in_words_is_passed_on_as_it_is() -> None:
    made = source(metadata=(("date", "spring 1912"),))
    (item,) = json.loads(render.to_csl((answer(Quote(place("Shares fell.", made), 1)),)))
    assert item["issued"] == {"raw": "spring 1912"}
