"""What documents say of themselves, and questions put only to those that fit."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.dates import dated
from rag.errors import UsageError
from rag.extract import read_file
from rag.extract.facts import facts
from rag.protocols import SourceRecord
from rag.retrieve.filters import Filter


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("2024", "2024"),
        ("2024-03", "2024-03"),
        ("2024-03-05T10:00", "2024-03-05"),
        ("on 5 March 2024.", "2024-03-05"),
        ("5th Mar. 2024", "2024-03-05"),
        ("March 5, 2024", "2024-03-05"),
        ("Sept 2021", "2021-09"),
        ("3/5/2024", None),
        ("2024-13-01", None),
        ("30 February 2024", None),
        ("no date", None),
    ],
)
def test_dates_as_people_write_them(words: str, text: str | None) -> None:
    found = dated(words)
    assert (found and found.text) == text


def test_a_month_has_its_days() -> None:
    found = dated("February 2024")
    assert found is not None
    assert (found.first, found.last) == ("2024-02-01", "2024-02-29")


@pytest.mark.parametrize(
    ("text", "name", "said"),
    [
        (
            "# Dues\n\n**Date:** 5 March 2024\n**Author:** Ann Roe\nVersion: 2.1\n\nWords.",
            "dues",
            {"date": "2024-03-05", "author": "Ann Roe", "version": "2.1"},
        ),
        ("Minutes\r\nPrepared by: Bo Dee\r\nWords.", "2023-11-02 council",
         {"author": "Bo Dee", "date": "2023-11-02"}),
        ("Report for 2024-01-01 and the version 2 of it, by: nobody", "a", {}),
        ("Words.\n" * 400 + "Date: 5 March 2024", "20240305-minutes", {"date": "2024-03-05"}),
    ],
)  # fmt: skip
def test_facts_at_the_top_of_a_text_and_in_its_name(
    text: str, name: str, said: dict[str, str]
) -> None:
    assert facts(text, name) == said


def test_properties_come_before_lines(tmp_path: Path) -> None:
    path = tmp_path / "2020-01-01.md"
    path.write_text("---\nauthor: Cy Fo\ndate: 2021-02-03\n---\n\nAuthor: Ann Roe\n\nWords.")
    source = read_file(path, id=path.name)
    assert (source.meta("author"), source.meta("date")) == ("Cy Fo", "2021-02-03")


def record(id: str, **metadata: str) -> SourceRecord:
    fixed = {"title": id, "sha256": "", "file_sha256": "", "media_type": "", "extractor": ""}
    numbers = {"size": 0, "mtime_ns": 0, "characters": 0, "pages": 0, "passages": 0}
    return SourceRecord(
        id=id, root="r", metadata=tuple(sorted(metadata.items())), **fixed, **numbers
    )  # type: ignore[arg-type]


RECORDS = (
    record("old", date="2019-05-01", author="Ann Roe"),
    record("year", date="2024", author="Roe, Ann; Bo Dee"),
    record("day", date="2024-03-05", author="Cy"),
    record("none"),
)


@pytest.mark.parametrize(
    ("asked", "ids"),
    [
        ({"after": "2024-01-01"}, {"year", "day"}),
        ({"after": "2024-03-06"}, {"year"}),
        ({"before": "2024-03-05"}, {"old", "year", "day"}),
        ({"before": "2019"}, {"old"}),
        ({"after": "2019", "before": "2019-05"}, {"old"}),
        ({"author": "ann roe"}, {"old", "year"}),
        ({"author": "roe", "after": "2020"}, {"year"}),
        ({"sources": ("day", "none"), "after": "2000"}, {"day"}),
        ({"sources": ("none",)}, {"none"}),
    ],
)
def test_sources_that_fit(asked: dict[str, str], ids: set[str]) -> None:
    assert Filter(**asked).chosen(RECORDS) == ids  # type: ignore[arg-type]


def test_nothing_asked_is_all_and_nothing_fitting_is_an_error() -> None:
    assert Filter().chosen(RECORDS) is None
    with pytest.raises(UsageError, match="no source fits --author Zed; of 4 sources 1"):
        Filter(author="Zed").chosen(RECORDS)
    with pytest.raises(UsageError, match="'soon' is no date"):
        Filter(after="soon").chosen(RECORDS)
