"""Receipts: what was quoted and from what, for anyone to check again offline without a model.

A receipt is canonical JSON (RFC 8785) in the form of ``docs/receipt.schema.json``, with a digest of
its own. It proves that its content has not changed since the digest was made, and lets each quote
be compared with the files. It is no signature: whoever can change it can also make a new digest.
A receipt of an abstention shows what was searched and which quotes came closest, not that the
answer is nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import rfc8785

from rag.errors import UsageError, VerificationError
from rag.render.json import searched_to_json
from rag.types import Answer, Hit, Place, Quote, Result, Source, digest, shown_quotes

FORMAT = "chapter-verse-receipt-2"
READ = ("chapter-verse-receipt-1", FORMAT)  # formats that can be checked
CONTEXT = 200  # code points kept on either side of a quote, to find it again when it has moved
STATEMENT = (
    "This receipt records what was quoted and from which text. Its digest shows that the receipt "
    "is unchanged since the digest was made. It is not a signature and does not show who made it."
)
ABSTENTION_STATEMENT = (
    f"{STATEMENT} It records what was searched and that no quote was sure enough, not that there "
    "is none."
)

Receipt = dict[str, Any]


def receipt(result: Result, *, created: datetime | None = None) -> Receipt:
    """The receipt of an answer or an abstention, as JSON values.

    created: an aware time, now by default; kept to the second in UTC. Offsets are half-open and
    count code points. Raises VerificationError when a value cannot be written as JSON.
    """
    when = (created or datetime.now(UTC)).astimezone(UTC)
    answered = isinstance(result, Answer)
    data: Receipt = {
        "format": FORMAT,
        "statement": STATEMENT if answered else ABSTENTION_STATEMENT,
        "created": when.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "kind": "answer" if answered else "abstention",
        "outcome": result.outcome,
        "question": result.question,
        "history": list(result.history),
        "carried": [{"term": c.term, "reason": c.reason} for c in result.carried],
        "notes": list(result.notes),
        "searched": searched_to_json(result.searched),
        "models": {
            "embedder": result.provenance.embedder,
            "reader": result.provenance.reader,
            "segmenter": result.provenance.segmenter,
        },
        "library": {
            "version": result.provenance.library,
            "generation": result.provenance.generation,
        },
        "settings": dict(result.provenance.settings),
        "sources": _sources(result),
        "quotes": [_quote(quote) for quote in result.quotes] if isinstance(result, Answer) else [],
    }
    if not isinstance(result, Answer):
        data |= {
            "reason": result.reason,
            "candidates": [_quote(quote) for quote in result.candidates],
            "unknown_words": list(result.unknown_words),
            "nearest": [_nearest(hit) for hit in result.nearest],
        }
    return data | {"digest": receipt_digest(data)}


def receipt_digest(data: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a receipt less its ``digest``."""
    return digest(canonical({key: value for key, value in data.items() if key != "digest"}))


def canonical(data: Mapping[str, Any]) -> bytes:
    """RFC 8785 bytes. Raises VerificationError for what has no canonical form."""
    try:
        return rfc8785.dumps(dict(data))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise VerificationError(f"the receipt cannot be written as JSON: {error}") from error


def write_receipt(result: Result, path: Path) -> None:
    """Write the receipt of ``result`` as canonical JSON; a file that is there is replaced.

    Raises UsageError when the file cannot be written.
    """
    data = canonical(receipt(result))
    try:
        path.write_bytes(data)
    except OSError as error:
        raise UsageError(f"{path}: the receipt cannot be written: {error.strerror}") from error


def read_receipt(path: Path) -> Receipt:
    """Read a receipt and check its digest.

    Raises UsageError when the file is not a receipt of this format, VerificationError when it was
    altered since its digest was made.
    """
    data = _json(path)
    check_receipt(data, str(path))
    checked: Receipt = data
    return checked


def _json(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{path}: not JSON: {error}") from error
    except RecursionError as error:
        raise UsageError(f"{path}: not a receipt: its parts lie too deep in each other") from error


def read_receipts(path: Path) -> tuple[Receipt, ...]:
    """The receipt of a file, or all those of an export of the chat, each with its digest checked.

    An export is a JSON list of objects with a ``receipt`` each. Raises as ``read_receipt`` does.
    """
    data = _json(path)
    if not isinstance(data, list):
        data = [{"receipt": data}]
    if not data:
        raise UsageError(f"{path}: holds no receipt")
    receipts: list[Receipt] = []
    for number, item in enumerate(data, 1):
        name = str(path) if len(data) == 1 else f"{path}, item {number}"
        held: Any = item.get("receipt") if isinstance(item, dict) else item
        check_receipt(held, name)
        receipts.append(held)
    return tuple(receipts)


def check_receipt(data: Any, name: str = "the receipt") -> None:
    """Check format and digest; raises as ``read_receipt`` does."""
    if not isinstance(data, dict) or data.get("format") not in READ:
        raise UsageError(f"{name}: not a receipt of the format {FORMAT}")
    if data.get("digest") != receipt_digest(data):
        raise VerificationError(f"{name}: altered since its digest was made")


def _sources(result: Result) -> Receipt:
    """Every source that a place of the receipt lies in, by id."""
    found: dict[str, Source] = {place.source.id: place.source for place in _places(result)}
    return {
        id: {
            "title": source.title,
            "sha256": source.sha256,
            "file_sha256": source.file_sha256,
            "media_type": source.media_type,
            "extractor": source.extractor,
            "aliases": list(source.aliases),
        }
        for id, source in sorted(found.items())
    }


def _places(result: Result) -> Iterable[Place]:
    if not isinstance(result, Answer):
        yield from (hit.passage.place for hit in result.nearest)
    for quote in shown_quotes(result):
        yield quote.place
        yield from (also.place for also in quote.also)


def _place(place: Place, paragraph: int) -> Receipt:
    return {
        "source": place.source.id,
        "start": place.span.start,
        "end": place.span.end,
        "text": place.text,
        "page": place.page,
        "paragraph": paragraph,
    }


def _quote(quote: Quote) -> Receipt:
    text, span, light = quote.source.text, quote.span, quote.highlight
    return _place(quote.place, quote.paragraph) | {
        "before": text[max(0, span.start - CONTEXT) : span.start],
        "after": text[span.end : span.end + CONTEXT],
        "headings": list(quote.place.headings),
        "highlight": None if light is None else {"start": light.start, "end": light.end},
        "confidence": quote.confidence,
        "caution": [{"code": c.code, "reason": c.reason} for c in quote.caution],
        "also": [_place(a.place, a.paragraph) | {"kind": a.kind} for a in quote.also],
    }


def _nearest(hit: Hit) -> Receipt:
    return _place(hit.passage.place, hit.passage.paragraph) | {"score": float(hit.score)}
