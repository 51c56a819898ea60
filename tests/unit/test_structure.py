"""What stands in plain text and Markdown: headings, tables, who speaks, front matter."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.extract.decode import Decoded
from rag.extract.draft import Draft
from rag.extract.markdown import read_markdown
from rag.extract.plain import read_plain
from rag.segment import segmenter, sentences, tile
from rag.types import Source, digest

PROSE = "The harbour has two basins, one slip and a weir that was built of stone."


def plain(text: str) -> Draft:
    return read_plain(Decoded(text, "utf-8"))


def markdown(text: str) -> Draft:
    return read_markdown(Decoded(text, "utf-8"))


def named(draft: Draft) -> list[tuple[int, str]]:
    return [(h.level, draft.text[h.span.start : h.span.end]) for h in draft.headings]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"Dues\n====\n\n{PROSE}\n\nMooring\n-------\n{PROSE}\n", [(1, "Dues"), (2, "Mooring")]),
        (f"****\nDues\n****\n\n{PROSE}\n\nSlips\n~~~~~\n\n{PROSE}\n", [(1, "Dues"), (2, "Slips")]),
        (
            f"{PROSE}\n\n4. Scope\n\n{PROSE}\n\n4.1 Slips\n\n{PROSE}\n",
            [(2, "4. Scope"), (3, "4.1 Slips")],
        ),
        (f"{PROSE}\n\nCHAPTER IV.\n\n{PROSE}\n", [(2, "CHAPTER IV.")]),
        (f"{PROSE}\n\nOpening hours\n\n{PROSE}\n", [(2, "Opening hours")]),
        (f"{PROSE}\n\nDUES OF THE SLIP\n\n{PROSE}\n", [(2, "DUES OF THE SLIP")]),
        # no headings
        (f"{PROSE}\nA line underlined here\n----------------------\n{PROSE}\n", []),
        (f"{PROSE}\n\nTHE GATE IS SHUT AT SIX. NOBODY IS LET IN.\n\n{PROSE}\n", []),
        (f"{PROSE}\n\n1. Buy milk\n\n2. Buy eggs\n\n3. Buy ham\n\n{PROSE}\n", []),
        (f"{PROSE}\n\nApples\n\nPears\n\nPlums\n\n{PROSE}\n", []),
        (f"{PROSE}\n\nPrice: 30\n\n{PROSE}\n", []),
        (f"{PROSE}\n\nName    Dues\n----    ----\nSloop     95\n\n{PROSE}\n", []),
    ],
)
def test_headings_of_plain_text(text: str, expected: list[tuple[int, str]]) -> None:
    assert named(plain(text)) == expected


def test_running_lines_of_pages_are_boilerplate() -> None:
    pages = [f"{PROSE}\n\nHarbour board                [Page {n}]\n" for n in range(1, 5)]
    draft = plain("\fThe rules of 1911\n\n".join(pages))
    marked = [draft.text[s.start : s.end] for s in draft.boilerplate]
    assert marked.count("The rules of 1911") == 3
    assert len([line for line in marked if "[Page" in line]) == 3


@pytest.mark.parametrize("bold", ["", "**"])
def test_turns_of_minutes_name_their_speakers(bold: str) -> None:
    turns = [("Ms Lund", "Shall we begin?"), ("Mr VARR", "Yes."), ("Ms Lund", "The dues, then.")]
    turns += [("Mr VARR", "They rise by 5 crowns.")]
    text = "\n\n".join(f"{bold}{name}:{bold} {words}" for name, words in turns) + "\n"
    draft = markdown(text) if bold else plain(text)
    said = [(m.note, draft.text[m.span.start : m.span.end]) for m in draft.marks]
    assert said == turns


def test_colons_of_other_kinds_name_nobody() -> None:
    assert (
        plain("Note: it rains.\n\nWarning: ice.\n\nNote: it snows.\n\nWarning: fog.\n").marks == ()
    )
    assert plain("Sloop: 95 crowns\n\nBarge: 210 crowns\n").marks == ()


def test_a_block_quote_has_the_speaker_that_signs_it() -> None:
    for text in ("> The gate shuts at six.\n>\n> — Ilse Varr\n", "> It shuts.\n\n— *Ilse Varr*\n"):
        (mark,) = markdown(text).marks
        assert (mark.kind, mark.note) == ("said", "Ilse Varr")
    assert markdown("> The gate shuts at six.\n\nIt opens at nine.\n").marks == ()


@pytest.mark.parametrize(
    ("matter", "fields"),
    [
        (
            "---\ntitle: The weir\ndate: 2031-05-02\nversion: 1.10\n---",
            ("The weir", "2031-05-02", "1.10"),
        ),
        (
            '+++\ntitle = "The weir"\ndate = 2031-05-02\nversion = "1.10"\n+++',
            ("The weir", "2031-05-02", "1.10"),
        ),
        ("---\ntitle: !!bool abc\ndate: !!timestamp abc\n---", ("", "abc", "")),
        ("---\ntitle: &a [*a]\nversion: 2\n---", ("", "", "2")),
        ("---\ntitle: [A, {name: B}, [C]]\n---", ("A, B", "", "")),
        (f"---\ntitle: 0x{'f' * 6000}\n---", (f"0x{'f' * 298}", "", "")),
        (f"---\ntitle: {'[' * 5000}\n---", ("", "", "")),
        (f"+++\ntitle = {'[' * 5000}\n+++", ("", "", "")),
        (f"+++\ntitle = {'9' * 6000}\n+++", ("", "", "")),
    ],
)
def test_front_matter_is_read_as_written(matter: str, fields: tuple[str, str, str]) -> None:
    text = f"{matter}\n\n{PROSE}\n"
    draft = markdown(text)
    assert (
        draft.title,
        draft.metadata.get("date", ""),
        draft.metadata.get("version", ""),
    ) == fields
    made = Source("a", text, digest(text), "0", "a", "text/markdown", "t",
                  boilerplate=draft.boilerplate, marks=draft.marks)  # fmt: skip
    passages = tile(made, count=len, limit=100_000, target=180)
    quotable = [text[s.inner.start : s.inner.end] for p in passages
                for s in sentences(p, segmenter()) if s.inner and not s.heading]  # fmt: skip
    assert quotable == [PROSE]


CELL = (
    st.text(st.sampled_from("ab1 \\"), max_size=4)
    .map(str.strip)
    .filter(lambda c: not c.endswith("\\"))
)


@given(st.lists(st.lists(CELL, min_size=2, max_size=4), min_size=2, max_size=5))
def test_every_cell_has_the_column_a_grid_reading_gives(grid: list[list[str]]) -> None:
    grid[0] = [cell or "h" for cell in grid[0]]
    width = len(grid[0])
    rows = [[c or " " for c in row] for row in grid]
    lines = ["| " + " | ".join(row) + " |" for row in rows]
    lines.insert(1, "|" + "---|" * width)
    text = "\n".join(lines) + "\n"
    tables = markdown(text).tables
    expected = [{n: cell for n, cell in enumerate(row[:width]) if cell.strip()} for row in grid[1:]]
    read = [
        {c.column: text[c.span.start : c.span.end] for c in row.cells}
        for table in tables
        for row in table.rows
    ]
    assert read == [row for row in expected if row]
    for table in tables:
        heads = [[text[s.start : s.end] for s in column] for column in table.heads]
        assert heads == [[cell] for cell in grid[0]]


def test_escaped_pipes_part_nothing_and_rows_are_quoted_whole() -> None:
    text = "| Sign | Use |\n|:--|--:|\n| a \\| b | or |\n|  | not |\n"
    draft = markdown(text)
    (table,) = draft.tables
    cells = [[text[c.span.start : c.span.end] for c in row.cells] for row in table.rows]
    assert cells == [["a \\| b", "or"], ["not"]]
    assert [text[s.start : s.end] for s in table.rows[1].labels] == ["a \\| b"]
    made = Source("a", text, digest(text), "0", "a", "text/markdown", "t", tables=draft.tables)
    (passage,) = tile(made, count=len, limit=1000, target=180)
    quotable = [s.inner for s in sentences(passage, segmenter()) if s.inner and not s.heading]
    assert [text[s.start : s.end] for s in quotable] == ["| a \\| b | or |", "|  | not |"]
