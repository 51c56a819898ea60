"""A run as it is kept: what it was made with, and one record per question. JSON out and in.

A run holds the texts of its quotes and golds, so that a report needs no library beside it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, get_args

from rag.errors import GoldError
from rag.evaluate.gold import GoldAnswer, Unit
from rag.types import Span

VERSION = 1
Kind = Literal["answer", "abstention", "failure"]


@dataclass(frozen=True, slots=True)
class QuoteRecord:
    """A quote that was shown. highlight: in source offsets; sentences: how many it holds."""

    source: str
    span: Span
    text: str
    confidence: float | None = None
    highlight: Span | None = None
    sentences: int = 1

    @property
    def prediction(self) -> str:
        """The answer words, else the whole quote: what SQuAD's metrics compare."""
        if self.highlight is None:
            return self.text
        shift = -self.span.start
        return self.text[self.highlight.start + shift : self.highlight.end + shift]


@dataclass(frozen=True, slots=True)
class QuestionRecord:
    """What came of one question.

    quotes: what was shown as an answer (none for an abstention or a failure), candidates: what was
    shown where no quote was sure enough. best: the first quote when no threshold is in force, None
    when there was nothing to quote. score: its probability, or the reader's highest where it has
    none; None when nothing was read. hits: (id, fused score) best first, relevant: id ->
    grade; ids are positions in the run's ``passages`` (``sources`` where the unit is a source),
    negative for a gold place that the library does not hold. ms: wall time, None when readings
    came from a cache. verbatim: every quote, sent through JSON, equals its slice. baselines: name
    -> per-question metric values.
    """

    id: str
    question: str
    kind: Kind
    gold: tuple[GoldAnswer, ...] = ()
    tags: tuple[str, ...] = ()
    quotes: tuple[QuoteRecord, ...] = ()
    best: QuoteRecord | None = None
    score: float | None = None
    hits: tuple[tuple[int, float], ...] = ()
    relevant: Mapping[int, int] = field(default_factory=dict)
    ms: float | None = None
    verbatim: bool | None = None
    reason: str = ""
    baselines: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    candidates: tuple[QuoteRecord, ...] = ()

    @property
    def outcome(self) -> str:
        """One of "answer", "unsure" (an abstention with candidates), "silent" and "failure"."""
        if self.kind != "abstention":
            return self.kind
        return "unsure" if self.candidates else "silent"

    @property
    def judges_documents(self) -> bool:
        """Whether the gold names whole documents, so that neither words nor lengths compare."""
        return bool(self.gold) and not any(answer.text for answer in self.gold)


@dataclass(frozen=True, slots=True)
class Header:
    """What a run was made with. Two runs compare only when ``gold_digest`` is the same.

    limit: questions of the whole set that were asked, None for all (else the run is partial).
    threshold: in force; index_seconds, disk_mb, memory_mb: None where not measured.
    """

    gold: str
    gold_digest: str
    gold_questions: int
    unit: Unit
    corpus_digest: str
    sources: int
    passages: int
    embedder: str
    reader: str
    segmenter: str
    threshold: float
    calibrated: bool
    settings: tuple[tuple[str, str], ...]
    seed: int
    limit: int | None = None
    version: str = ""
    commit: str = ""
    command: str = ""
    machine: tuple[tuple[str, str], ...] = ()
    versions: tuple[tuple[str, str], ...] = ()
    started: str = ""
    finished: str = ""
    index_seconds: float | None = None
    disk_mb: float | None = None
    memory_mb: float | None = None

    @property
    def partial(self) -> bool:
        """Whether only a part of the gold set was asked."""
        return self.limit is not None

    def identity(self) -> dict[str, Any]:
        """What must be equal for an interrupted run to be resumed."""
        loose = {"command", "machine", "started", "finished", "index_seconds", "disk_mb"}
        loose |= {"memory_mb", "versions"}
        return {k: v for k, v in header_json(self).items() if k not in loose}


@dataclass(frozen=True, slots=True)
class Run:
    """A finished run. sources: their ids; passages: (position in sources, start, end)."""

    header: Header
    rows: tuple[QuestionRecord, ...]
    sources: tuple[str, ...] = ()
    passages: tuple[tuple[int, int, int], ...] = ()


def header_json(header: Header) -> dict[str, Any]:
    """The header as plain JSON values."""
    data = asdict(header)
    for key in ("settings", "machine", "versions"):
        data[key] = dict(data[key])
    return data


def header_from(data: Mapping[str, Any]) -> Header:
    """The inverse of ``header_json``. Raises TypeError or KeyError on another form."""
    known = {f.name for f in fields(Header)}
    values = {k: v for k, v in data.items() if k in known}
    for key in ("settings", "machine", "versions"):
        values[key] = tuple(sorted(values.get(key, {}).items()))
    return Header(**values)


def row_json(row: QuestionRecord) -> dict[str, Any]:
    """A question's record as plain JSON values; empty fields are left out."""
    data: dict[str, Any] = {
        "id": row.id,
        "question": row.question,
        "kind": row.kind,
        "gold": [_gold_json(a) for a in row.gold],
        "tags": list(row.tags),
        "quotes": [_quote_json(q) for q in row.quotes],
        "candidates": [_quote_json(q) for q in row.candidates],
        "best": None if row.best is None else _quote_json(row.best),
        "score": row.score,
        "hits": [list(hit) for hit in row.hits],
        "relevant": {str(id): grade for id, grade in row.relevant.items()},
        "ms": row.ms,
        "verbatim": row.verbatim,
        "reason": row.reason,
        "baselines": {name: dict(values) for name, values in row.baselines.items()},
    }
    if row.kind == "answer" and row.best is not None and row.best == row.quotes[0]:
        data["best"] = "first"
    return {k: v for k, v in data.items() if v not in ([], {}, None, "")}


def row_from(data: Mapping[str, Any]) -> QuestionRecord:
    """The inverse of ``row_json``. Raises KeyError, TypeError or ValueError on another form."""
    if data["kind"] not in get_args(Kind):
        raise ValueError(f"unknown kind {data['kind']!r}")
    quotes = tuple(_quote_from(q) for q in data.get("quotes", ()))
    best = data.get("best")
    return QuestionRecord(
        id=data["id"],
        question=data["question"],
        kind=data["kind"],
        gold=tuple(_gold_from(a) for a in data.get("gold", ())),
        tags=tuple(data.get("tags", ())),
        quotes=quotes,
        best=quotes[0] if best == "first" else None if best is None else _quote_from(best),
        score=data.get("score"),
        hits=tuple((id, score) for id, score in data.get("hits", ())),
        relevant={int(id): grade for id, grade in data.get("relevant", {}).items()},
        ms=data.get("ms"),
        verbatim=data.get("verbatim"),
        reason=data.get("reason", ""),
        baselines=data.get("baselines", {}),
        candidates=tuple(_quote_from(q) for q in data.get("candidates", ())),
    )


def _gold_json(answer: GoldAnswer) -> dict[str, Any]:
    span = answer.span
    out = {"source": answer.source, "start": span.start, "end": span.end, "text": answer.text}
    return out if answer.grade == 1 else out | {"grade": answer.grade}


def _gold_from(data: Mapping[str, Any]) -> GoldAnswer:
    span = Span(data["start"], data["end"])
    return GoldAnswer(data["source"], span, data["text"], data.get("grade", 1))


def _quote_json(quote: QuoteRecord) -> dict[str, Any]:
    out = {
        "source": quote.source,
        "start": quote.span.start,
        "end": quote.span.end,
        "text": quote.text,
        "confidence": quote.confidence,
        "sentences": quote.sentences,
    }
    if quote.highlight is not None:
        out["highlight"] = [quote.highlight.start, quote.highlight.end]
    return out


def _quote_from(data: Mapping[str, Any]) -> QuoteRecord:
    highlight = data.get("highlight")
    return QuoteRecord(
        source=data["source"],
        span=Span(data["start"], data["end"]),
        text=data["text"],
        confidence=data.get("confidence"),
        highlight=None if highlight is None else Span(*highlight),
        sentences=data.get("sentences", 1),
    )


def write_run(path: Path, run: Run) -> None:
    """Write a run as one JSON file, whole or not at all."""
    data = {
        "format": "rag-run",
        "version": VERSION,
        "header": header_json(run.header),
        "sources": list(run.sources),
        "passages": [list(p) for p in run.passages],
        "rows": [row_json(row) for row in run.rows],
    }
    beside = path.with_name(path.name + ".writing")
    beside.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
    beside.replace(path)


def read_run(path: Path) -> Run:
    """Read a run. GoldError for a file that is none, is damaged, or is of an unfinished run."""
    if not path.exists():
        begun = path.with_name(path.name + ".part").exists()
        hint = "; it was interrupted: run the same `rag eval` again to finish it" if begun else ""
        raise GoldError(f"{path}: no such run{hint}")
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data.get("format") != "rag-run":
            raise GoldError(f"{path}: not a run; `rag eval GOLD -o RUN.json` writes one")
        if data["version"] != VERSION:
            raise GoldError(f"{path}: a run of format {data['version']}, this reads {VERSION}")
        return Run(
            header_from(data["header"]),
            tuple(row_from(row) for row in data["rows"]),
            tuple(data["sources"]),
            tuple((s, a, b) for s, a, b in data["passages"]),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, IndexError) as error:
        part = " (an unfinished run?)" if path.suffix == ".part" else ""
        raise GoldError(f"{path}: cannot be read as a run{part}: {error!r}") from error
