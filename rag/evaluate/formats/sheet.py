"""A gold set typed in a spreadsheet: columns question, source, quote (and, if wanted, id, tags).

Rows of the same question (or id) belong together: each gives one more quote. A row with neither
source nor quote says that the sources do not answer. Comma, semicolon or tab; quoted fields may
span lines; a byte order mark is ignored.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import GoldError
from rag.evaluate.gold import GoldAnswer, GoldRow, Lookup, resolve
from rag.evaluate.problems import Problems
from rag.types import digest

_NEEDED = ("question", "source", "quote")


@dataclass(slots=True)
class _Group:
    line: int
    question: str
    tags: list[str] = field(default_factory=list)
    answers: list[GoldAnswer] = field(default_factory=list)


def read_sheet(path: Path, lookup: Lookup) -> tuple[GoldRow, ...]:
    """Read the sheet and find every quote in its source. Raises GoldError with line numbers."""
    problems = Problems(path)
    groups: dict[str, _Group] = {}
    for line, cells in _records(path):
        question = cells["question"].strip()
        if not question:
            problems.add(line, "the question is empty")
            continue
        key = cells.get("id", "").strip() or f"q-{digest(question)[:12]}"
        group = groups.setdefault(key, _Group(line, question))
        if group.question != question:
            problems.add(line, f"the id {key!r} is taken by another question, line {group.line}")
            continue
        group.tags += [t for t in cells.get("tags", "").replace(";", ",").split(",") if t.strip()]
        _quote(cells, line, lookup, group, problems)
    problems.check()
    if not groups:
        raise GoldError(f"{path}: holds no questions")
    return tuple(
        GoldRow(key, g.question, tuple(g.answers), (), tuple(dict.fromkeys(map(str.strip, g.tags))))
        for key, g in groups.items()
    )


def _quote(
    cells: dict[str, str], line: int, lookup: Lookup, group: _Group, problems: Problems
) -> None:
    source, quote = cells["source"].strip(), cells["quote"]
    if not source and not quote.strip():
        return
    if not source or not quote.strip():
        empty = "quote" if source else "source"
        problems.add(line, f"the {empty} is empty; leave both empty where no source answers")
        return
    body = lookup(source)
    if body is None:
        problems.missing(line, source)
        return
    # Spreadsheets write a line break in a cell as LF whatever the file had: try both.
    for text in dict.fromkeys((quote, quote.strip(), quote.replace("\n", "\r\n"))):
        span = resolve(text, source, body)
        if not isinstance(span, str):
            group.answers.append(GoldAnswer(source, span, text))
            return
    problems.add(line, str(resolve(quote.strip(), source, body)))


def _records(path: Path) -> Iterator[tuple[int, dict[str, str]]]:
    text = _text(path)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=_delimiter(text), strict=True)
    header: list[str] | None = None
    start = 1
    try:
        for cells in reader:
            line, start = start, reader.line_num + 1
            if not any(cell.strip() for cell in cells):
                continue
            if header is None:
                header = _header(path, cells)
                continue
            if len(cells) > len(header) and any(cell.strip() for cell in cells[len(header) :]):
                raise GoldError(
                    f"{path.name}:{line}: {len(cells)} cells under {len(header)} columns; "
                    "put a quote that holds the separator in quotation marks"
                )
            padded = cells + [""] * (len(header) - len(cells))
            yield line, dict(zip(header, padded, strict=False))
    except csv.Error as error:
        raise GoldError(f"{path.name}:{start}: not a table ({error})") from error


def _header(path: Path, cells: list[str]) -> list[str]:
    names = [cell.strip().lower() for cell in cells]
    absent = [name for name in _NEEDED if name not in names]
    if absent:
        raise GoldError(
            f"{path.name}:1: the first row must name the columns question, source, quote; "
            f"missing: {', '.join(absent)}"
        )
    return names


def _delimiter(text: str) -> str:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    return max(",;\t", key=first.count)


def _text(path: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise GoldError(f"{path}: cannot be read ({error.strerror})") from error
    try:
        if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
            return raw.decode("utf-16")
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise GoldError(
            f"{path}: not UTF-8 (byte {error.start}); save it as 'CSV UTF-8'"
        ) from error
