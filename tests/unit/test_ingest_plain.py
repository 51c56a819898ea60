"""Titles of plain texts: only what custom makes sure of."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.extract import read_file
from rag.segment import segmenter, sentences, tile


def headings(tmp_path: Path, text: str) -> tuple[str, list[tuple[int, str]]]:
    file = tmp_path / "notes.txt"
    file.write_bytes(text.encode("utf-8"))
    source = read_file(file, id="notes.txt")
    assert source.text == text
    return source.title, [(h.level, text[h.span.start : h.span.end]) for h in source.headings]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_first_line_by_itself_is_the_title(tmp_path: Path, end: str) -> None:
    text = end.join(["", "The harbour of Ferrol", "", "It was founded in 1961.", ""])
    assert headings(tmp_path, text) == (
        "The harbour of Ferrol",
        [(1, "The harbour of Ferrol")],
    )


def test_capitals_by_themselves_title_a_part(tmp_path: Path) -> None:
    text = "Report\n\nIt rained.\n\nTHE SECOND DAY\n\nIt did not.\n\nUN\n\nThe end.\n"
    assert headings(tmp_path, text)[1] == [(1, "Report"), (2, "THE SECOND DAY")]


@pytest.mark.parametrize(
    "text",
    [
        "It rained all day.\n\nThen it stopped.\n",
        "A title without a text\n",
        "Two lines\nthat go together\n\nA paragraph.\n",
        "Meanwhile...\n\nIt rained.\n",
        "To whom it may concern,\n\nIt rained.\n",
        "- first item\n\nIt rained.\n",
        f"{'long ' * 30}line\n\nIt rained.\n",
    ],
)
def test_what_is_no_title(tmp_path: Path, text: str) -> None:
    assert headings(tmp_path, text) == ("notes", [])


def test_a_title_is_not_quoted_as_a_sentence(tmp_path: Path) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("THE SECOND DAY\n\nIt did not rain.\n", "utf-8")
    source = read_file(file, id="notes.txt")
    (passage,) = tile(source, count=len, limit=400, target=100)
    found = sentences(passage, segmenter())
    assert [(source.text[s.inner.start : s.inner.end], s.heading) for s in found if s.inner] == [
        ("THE SECOND DAY", True),
        ("It did not rain.", False),
    ]


def test_blank_lines_before_the_text_ride_with_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "\n\n\nThe mill stood here by the weir.\n\nIt burnt to the ground in 1871.\n\n"
    )
    source = read_file(tmp_path / "a.txt", id="a.txt")
    found = [p.text for p in tile(source, count=len, limit=400, target=100)]
    assert found == [
        "\n\n\nThe mill stood here by the weir.\n\n",
        "It burnt to the ground in 1871.\n\n",
    ]
