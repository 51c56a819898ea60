"""RTF and JSON: what becomes of groups and records."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.errors import UnreadableSource
from rag.extract import read_file
from rag.types import Source

HEAD = (
    r"{\rtf1\ansi\ansicpg1252\deff0"
    r"{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset204 Arial;}}"
    r"{\stylesheet{\s0 Normal;}{\s1\b heading 1;}}{\info{\title The m\'f4le}{\author Ann R\u246?e}"
    r"{\creatim\yr2024\mo3\dy5}}"
)


def rtf(tmp_path: Path, body: str) -> Source:
    path = tmp_path / "a.rtf"
    path.write_bytes((HEAD + body + "}").encode("latin-1"))
    return read_file(path, id="a.rtf")


def marked(source: Source, kind: str) -> list[str]:
    return [source.text[m.span.start : m.span.end] for m in source.marks if m.kind == kind]


def test_paragraphs_headings_and_raised_figures(tmp_path: Path) -> None:
    source = rtf(
        tmp_path,
        r"\pard\s1 The mole\par\pard\plain It weighs 10{\super 6} tons.\line New line\par"
        r"\pard {\f1\'cc\'ee\'eb} \'93quoted\'94 \u8364?5 \emdash  end\par{\pict 0102}",
    )
    assert source.text == ("The mole\n\nIt weighs 10⁶ tons. \nNew line\n\nМол “quoted” €5 — end")
    assert [source.text[h.span.start : h.span.end] for h in source.headings] == ["The mole"]
    assert (source.title, source.meta("author"), source.meta("date")) == (
        "The môle", "Ann Röe", "2024-03-05",
    )  # fmt: skip
    assert source.notes == ("pictures not read",)


def test_tables_lists_footnotes_and_what_is_hidden(tmp_path: Path) -> None:
    source = rtf(
        tmp_path,
        r"\trowd\intbl Ship\cell Due\cell Paid\cell\row\trowd\intbl Mole\cell\cell 3.50\cell\row"
        r"\pard{\listtext\tab 1.\tab}Pay on entry.\par\pard{\listtext 2.\tab}Keep left.\par"
        r"\pard Known{\super\chftn}{\footnote\pard{\super\chftn} Since 1911.} to all.\par"
        r"\pard {\strike old} {\v secret} new\par",
    )
    assert source.text == (
        "Ship\tDue\tPaid\nMole\t\t3.50\n\n1.\tPay on entry.\n2.\tKeep left.\n\n"
        "Known¹ to all.\n\n⟦old⟧ ⟦secret⟧ new\n\n¹ Since 1911."
    )
    table = source.tables[0]
    row = table.rows[0]
    heads = table.heads_of(row, row.cells[1].span)
    assert [source.text[h.start : h.end] for h in heads] == ["Paid"]
    assert (marked(source, "struck"), marked(source, "hidden")) == (["⟦old⟧"], ["⟦secret⟧"])


def test_surrogate_pairs_and_characters_that_stand_in(tmp_path: Path) -> None:
    source = rtf(tmp_path, r"\pard\uc2 \u-10179 ab\u-8704 cd, {\uc0\u233}t\u233\'65\'65.\par")
    assert source.text == "😀, été."


def test_other_text_is_no_rtf(tmp_path: Path) -> None:
    path = tmp_path / "a.rtf"
    path.write_bytes(b"words")
    with pytest.raises(UnreadableSource, match="is not an RTF file"):
        read_file(path, id="a.rtf")


def read(tmp_path: Path, name: str, text: str) -> Source:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return read_file(path, id=name)


def test_a_record_is_its_fields(tmp_path: Path) -> None:
    text = "The mole was built in 1911 by the town, and rebuilt after the storm of 1953 in stone."
    data = {
        "title": "The mole", "author": ["Ann Roe", "Bo Dee"], "date": "2024-03-05T10:00:00Z",
        "size": {"length": 120.5, "open": True, "none": None}, "text": f"{text}\n\nIt stands.",
    }  # fmt: skip
    source = read(tmp_path, "a.json", json.dumps(data))
    assert source.text == (
        "title: The mole\nauthor: Ann Roe\nauthor: Bo Dee\ndate: 2024-03-05T10:00:00Z\n"
        f"size.length: 120.5\nsize.open: true\n\ntext\n\n{text}\n\nIt stands."
    )
    assert (source.title, source.meta("author"), source.meta("date")) == (
        "The mole", "Ann Roe, Bo Dee", "2024-03-05",
    )  # fmt: skip


def test_lines_are_records_and_bad_ones_are_named(tmp_path: Path) -> None:
    lines = ['{"title": "One", "n": 1}', '{"title": "Two", "s": "\\ud800"}', "broken"]
    source = read(tmp_path, "a.jsonl", "\n".join(lines))
    assert source.text == "One\n\ntitle: One\nn: 1\n\nTwo\n\ntitle: Two\ns: \ufffd"
    assert [source.text[h.span.start : h.span.end] for h in source.headings] == ["One", "Two"]
    assert "1 line is not valid JSON and not read: 3" in source.notes


@pytest.mark.parametrize("text", ["{", "[" * 5000, "words", '{"a": ' * 30 + "1" + "}" * 30])
def test_what_is_no_json_is_refused(tmp_path: Path, text: str) -> None:
    with pytest.raises(UnreadableSource, match=r"is not valid JSON|nested"):
        read(tmp_path, "a.json", text)
