"""Gold sets: questions with the places that answer them, checked against the sources on loading.

A row of a ``.jsonl`` gold set:
``{"id", "question", "history": [], "answers": [{"source", "start", "end", "text"}], "tags": []}``.
``text`` alone is resolved when it occurs exactly once in its source; no answers means that no
source answers it. Every problem of a file is gathered and raised at once, with line numbers.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from rag.errors import GoldError
from rag.evaluate.problems import Problems
from rag.receipts.compare import find_text
from rag.types import Span, digest

if TYPE_CHECKING:
    from rag.library import Library

Lookup = Callable[[str], str | None]
Unit = Literal["passage", "source"]
_KEYS = {"id", "question", "history", "answers", "tags"}
_ANSWER_KEYS = {"source", "start", "end", "text"}


@dataclass(frozen=True, slots=True)
class GoldAnswer:
    """A place that answers: a span of the source ``source``, with its text and a grade >= 1.

    grade: degree of relevance (only BEIR sets have others than 1).
    """

    source: str
    span: Span
    text: str
    grade: int = 1


@dataclass(frozen=True, slots=True)
class GoldRow:
    """A question and every place that answers it; no answers: no source of the set answers it."""

    id: str
    question: str
    answers: tuple[GoldAnswer, ...] = ()
    history: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()

    @property
    def answerable(self) -> bool:
        """Whether the gold set has an answer."""
        return bool(self.answers)


@dataclass(frozen=True, slots=True)
class Document:
    """A text that a question set brings along; ``id`` becomes the id of its source."""

    id: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class GoldSet:
    """Rows with a digest over all of them. unit: what retrieval is measured on.

    documents: the texts of a public question set, () where the user's own library holds them.
    """

    name: str
    rows: tuple[GoldRow, ...]
    unit: Unit = "passage"
    documents: tuple[Document, ...] = ()

    @property
    def digest(self) -> str:
        """sha256 over all rows: two runs are compared only when it is the same."""
        return digest("\n".join(json.dumps(to_json(row), sort_keys=True) for row in self.rows))

    def first(self, limit: int | None) -> tuple[GoldRow, ...]:
        """All rows, or the first ``limit`` by sha256 of the id: a draw no file order can bend."""
        if limit is None or limit >= len(self.rows):
            return self.rows
        return tuple(sorted(self.rows, key=lambda row: digest(row.id))[:limit])


def to_json(row: GoldRow) -> dict[str, Any]:
    """The row as it stands in a ``.jsonl`` gold set (plus ``grade`` where it is not 1)."""
    answers: list[dict[str, Any]] = [
        {"source": a.source, "start": a.span.start, "end": a.span.end, "text": a.text}
        | ({} if a.grade == 1 else {"grade": a.grade})
        for a in row.answers
    ]
    out: dict[str, Any] = {"id": row.id, "question": row.question}
    if row.history:
        out["history"] = list(row.history)
    out["answers"] = answers
    if row.tags:
        out["tags"] = list(row.tags)
    return out


def write_gold(path: Path, rows: Iterable[GoldRow]) -> None:
    """Write rows as JSON lines (UTF-8, one row a line)."""
    text = "".join(json.dumps(to_json(row), ensure_ascii=False) + "\n" for row in rows)
    path.write_bytes(text.encode("utf-8"))


def read_rows(path: Path, lookup: Lookup, *, allow_missing: bool = False) -> tuple[GoldRow, ...]:
    """Read a ``.jsonl`` gold set and check every row against the sources.

    lookup: source id -> text, None for an unknown source. allow_missing: a row with both offsets
    may point into a source that is not there (it will score 0). Raises GoldError with file and
    line numbers.
    """
    problems = Problems(path)
    rows = []
    for line, entry in _lines(path, problems):
        row = _row(entry, line, lookup, problems, allow_missing)
        if row is not None:
            rows.append((line, row))
    _unique(rows, problems)
    problems.check()
    if not rows:
        raise GoldError(f"{path}: holds no questions")
    return tuple(row for _, row in rows)


def resolve(text: str, source: str, body: str) -> Span | str:
    """The one place of ``text`` in ``body``, or why there is none (a message for the user)."""
    first = body.find(text)
    if not text.strip():
        return "the quote is empty"
    if first < 0:
        return f"this text is not in {source!r}: {_short(text)}{_nearest(text, body)}"
    second = body.find(text, first + 1)
    if second >= 0:
        count = sum(1 for _ in _places(text, body))
        return (
            f"this text occurs {count} times in {source!r} (first at {first} and {second}): "
            f"{_short(text)}. Give start and end, or a longer text"
        )
    return Span(first, first + len(text))


def _nearest(text: str, body: str) -> str:
    """A clause that names the text of ``body`` that is most like ``text``, or ""."""
    wanted = text.strip()
    otherwise = re.search(re.escape(wanted), body, re.IGNORECASE) if wanted else None
    span = Span(*otherwise.span()) if otherwise else find_text(body, wanted, "", "", 0)
    if span is None:
        return ""
    return f"; nearest is [{span.start}, {span.end}) {body[span.start : span.end]!r}"


def _places(text: str, body: str) -> Iterator[int]:
    at = body.find(text)
    while at >= 0:
        yield at
        at = body.find(text, at + 1)


def _short(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:77] + "...")


def _lines(path: Path, problems: Problems) -> Iterator[tuple[int, dict[str, Any]]]:
    try:
        content = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        raise GoldError(f"{path}: cannot be read ({error.strerror})") from error
    except UnicodeDecodeError as error:
        raise GoldError(f"{path}: not UTF-8 (byte {error.start}); save it as UTF-8") from error
    # Not splitlines(): JSON strings may hold U+2028 and its kin unescaped.
    for number, line in enumerate(content.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
        except ValueError as error:
            problems.add(number, f"not JSON ({error})")
            continue
        if isinstance(entry, dict):
            yield number, entry
        else:
            problems.add(number, "a row must be a JSON object")


def _row(
    entry: dict[str, Any], line: int, lookup: Lookup, problems: Problems, allow_missing: bool
) -> GoldRow | None:
    complaint = _malformed(entry)
    if complaint:
        problems.add(line, complaint)
        return None
    answers = []
    for answer in entry.get("answers", []):
        found = _answer(answer, line, lookup, problems, allow_missing)
        if found is not None:
            answers.append(found)
    return GoldRow(
        id=entry["id"],
        question=entry["question"],
        answers=tuple(answers),
        history=tuple(entry.get("history", [])),
        tags=tuple(entry.get("tags", [])),
    )


def _malformed(entry: dict[str, Any]) -> str | None:
    unknown = sorted(set(entry) - _KEYS)
    if unknown:
        return f"unknown keys {', '.join(unknown)}; known are {', '.join(sorted(_KEYS))}"
    for key in ("id", "question"):
        if not isinstance(entry.get(key), str) or not entry[key].strip():
            return f"{key!r} must be a text that is not empty"
    for key in ("history", "tags"):
        value = entry.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            return f"{key!r} must be a list of texts"
    if "answers" not in entry:
        return "'answers' is missing; write [] where no source answers"
    if not isinstance(entry["answers"], list):
        return "'answers' must be a list"
    return None


def _answer(
    answer: Any, line: int, lookup: Lookup, problems: Problems, allow_missing: bool
) -> GoldAnswer | None:
    if not isinstance(answer, dict) or set(answer) - (_ANSWER_KEYS | {"grade"}):
        problems.add(
            line, f"an answer is an object with the keys {', '.join(sorted(_ANSWER_KEYS))}"
        )
        return None
    source, text = answer.get("source"), answer.get("text")
    start, end = answer.get("start"), answer.get("end")
    if not isinstance(source, str) or not (text is None or isinstance(text, str)):
        problems.add(line, "an answer needs 'source', and its 'text' must be a text")
        return None
    body = lookup(source)
    if body is None:
        if not (allow_missing and type(start) is int and type(end) is int):
            problems.missing(line, source)
            return None
        return GoldAnswer(source, Span(start, end), text or "", answer.get("grade", 1))
    span = _place(text, start, end, source, body)
    if isinstance(span, str):
        problems.add(line, span)
        return None
    return GoldAnswer(source, span, body[span.start : span.end], answer.get("grade", 1))


def _place(text: str | None, start: Any, end: Any, source: str, body: str) -> Span | str:
    if start is None and end is None:
        return (
            "an answer needs 'text', or 'start' and 'end'"
            if text is None
            else resolve(text, source, body)
        )
    if type(start) is not int or type(end) is not int or not 0 <= start < end <= len(body):
        return f"[{start}, {end}) is no span of {source!r} ({len(body)} characters)"
    if text is not None and body[start:end] != text:
        return (
            f"{source!r} reads {_short(body[start:end])} at [{start}, {end}), not {_short(text)}"
            f"{_nearest(text, body)}"
        )
    return Span(start, end)


def _unique(rows: Sequence[tuple[int, GoldRow]], problems: Problems) -> None:
    seen: dict[str, int] = {}
    for line, row in rows:
        if row.id in seen:
            problems.add(line, f"the id {row.id!r} is taken by line {seen[row.id]}")
        seen.setdefault(row.id, line)


def add_row(path: Path, row: GoldRow, lookup: Lookup) -> int:
    """Append a row to a gold set, made if absent; returns the number of rows it now holds.

    The set is checked first and the id must be free: GoldError otherwise, with nothing written.
    """
    held = read_rows(path, lookup) if path.exists() and path.stat().st_size else ()
    if any(other.id == row.id for other in held):
        raise GoldError(f"{path.name}: the id {row.id!r} is taken; choose another with --id")
    line = json.dumps(to_json(row), ensure_ascii=False) + "\n"
    glue = "\n" if held and not path.read_bytes().endswith(b"\n") else ""
    with path.open("ab") as file:
        file.write((glue + line).encode("utf-8"))
    return len(held) + 1


def lookup_of(library: Library) -> Lookup:
    """The texts of a library's sources, by id or alias, each read once."""
    known = {i: record.id for record in library.sources() for i in (record.id, *record.aliases)}
    held: dict[str, str] = {}

    def lookup(id: str) -> str | None:
        if id not in known:
            return None
        if id not in held:
            held[id] = library.store.source(known[id]).text
        return held[id]

    return lookup
