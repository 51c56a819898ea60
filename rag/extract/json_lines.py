"""JSON and JSON Lines: each record's fields, one to a line, under the names they have."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from rag.extract.builder import Builder
from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.formats import Content, Format
from rag.extract.properties import day

_TITLES = ("title", "name", "headline", "subject")
_AUTHORS = ("author", "authors", "creator", "by")
_DATES = ("date", "published", "created", "created_at", "updated")
_DEEPEST = 20
_LONG = 100
_BLANK_LINE = re.compile(r"(?:\r\n|\r|\n)[ \t]*(?:\r\n|\r|\n)\s*")


def read_json(content: Content) -> Draft:
    """A JSON file. Raises Unreadable, NotText."""
    decoded = content.decoded()
    notes = list(decoded.notes)
    records, bad = _records(decoded.text, lines=content.suffix in (".jsonl", ".ndjson"))
    if bad:
        noun = "line is" if len(bad) == 1 else "lines are"
        numbers = ", ".join(map(str, bad[:5])) + (", ..." if len(bad) > 5 else "")
        notes.append(f"{len(bad)} {noun} not valid JSON and not read: {numbers}")
    builder = Builder()
    several = len(records) > 1
    for record in records:
        if several and isinstance(record, dict):
            builder.heading(1, _scalar(_first(record, _TITLES)))
        for path, value in _leaves(record, ()):
            _field(builder, ".".join(path), value)
        builder.gap()
    fields = {} if several or not records else _facts(records[0])
    return builder.draft(fields.pop("title", ""), notes=notes, **fields, **decoded.metadata)


def _field(builder: Builder, name: str, value: str) -> None:
    """A short value after its name, in a line; a long one under it, as what it is: prose."""
    if len(value) <= _LONG and "\n" not in value.strip():
        builder.paragraph(f"{name}: {value}" if name else value, item=True)
        return
    if name:
        builder.heading(2, name)
    for paragraph in _BLANK_LINE.split(value):
        builder.paragraph(paragraph)


def _records(text: str, *, lines: bool) -> tuple[list[Any], list[int]]:
    """The records, and the numbers of lines that are none."""
    records, bad = [], []
    if not lines:
        try:
            whole = json.loads(text)
            return whole if isinstance(whole, list) else [whole], []
        except (ValueError, RecursionError) as error:
            reason = getattr(error, "msg", "it is nested too deep")
            line = getattr(error, "lineno", 0)
            if line <= 1 and not text.strip().count("\n"):
                raise Unreadable(f"is not valid JSON: {reason}") from error
    for number, line_text in enumerate(text.splitlines(), start=1):
        if line_text.strip():
            try:
                records.append(json.loads(line_text))
            except (ValueError, RecursionError):
                bad.append(number)
    if len(bad) > len(records):
        raise Unreadable(f"is not valid JSON: line {bad[0]} cannot be read")
    return records, bad


def _leaves(value: Any, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    """Every value that is no container, with the names that lead to it."""
    if len(path) > _DEEPEST:
        raise Unreadable(f"is nested more than {_DEEPEST} deep")
    if isinstance(value, dict):
        for name, held in value.items():
            yield from _leaves(held, (*path, str(name)))
    elif isinstance(value, list):
        for held in value:
            yield from _leaves(held, path)
    elif value is not None and value != "":
        yield path, _scalar(value)


def _scalar(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""


def _first(record: dict[str, Any], names: tuple[str, ...]) -> Any:
    lowered = {str(key).lower(): value for key, value in record.items()}
    return next((lowered[name] for name in names if lowered.get(name)), "")


def _facts(record: Any) -> dict[str, str]:
    if not isinstance(record, dict):
        return {}
    authors = _first(record, _AUTHORS)
    names = authors if isinstance(authors, list) else [authors]
    return {
        "title": one_line(_scalar(_first(record, _TITLES))),
        "author": ", ".join(filter(None, (one_line(_scalar(name)) for name in names[:20]))),
        "date": day(_scalar(_first(record, _DATES))),
    }


FORMATS = (
    Format(
        name="JSON",
        label="a JSON file",
        suffixes=(".json", ".jsonl", ".ndjson"),
        media_type="application/json",
        key="json",
        version=1,
        read=read_json,
        keeps="every value with its name, one to a line; long texts as paragraphs under it; of "
        "several records the title of each as a heading",
        loses="brackets, empty values; which values of a list stood in one",
        noted="lines of a JSON Lines file that are not valid are counted and named",
        structured=True,
    ),
)
