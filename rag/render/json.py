"""Results to JSON and back. Reading back refuses every difference, wherever it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import rfc8785

from rag.errors import VerificationError
from rag.render.citation import citation
from rag.types import (
    Abstention,
    Also,
    Answer,
    Carried,
    Caution,
    Hit,
    Passage,
    Place,
    Provenance,
    Quote,
    Result,
    Searched,
    Skipped,
    Source,
    Span,
    Unreadable,
    digest,
)

Json = dict[str, Any]
Lookup = Callable[[str], Source]


def to_json(result: Result) -> Json:
    """One result as JSON values (dict, list, str, int, float, bool, None).

    Offsets are half-open and count code points. Each text stands beside the span it is the slice
    of, and ``digest`` is the SHA-256 of all the rest in RFC 8785 form, so that ``from_json`` can
    refuse what was altered. Raises VerificationError when the values cannot be written as JSON
    (a question with lone surrogates, a score that is not finite).
    """
    data = _answer(result) if isinstance(result, Answer) else _abstention(result)
    data |= {
        "outcome": result.outcome,
        "notes": list(result.notes),
        "history": list(result.history),
        "carried": [{"term": c.term, "reason": c.reason} for c in result.carried],
        "searched": searched_to_json(result.searched),
        "provenance": _provenance(result.provenance),
    }
    return data | {"digest": _digest(data)}


def from_json(data: Mapping[str, Any], lookup: Lookup) -> Result:
    """The result that ``data`` was written from, its texts sliced anew from ``lookup``'s sources.

    Raises VerificationError when anything at all differs: a text from its slice, a source from its
    digest, a key, a number, the digest.
    """
    try:
        result = _result(data, lookup)
        again = to_json(result)
    except VerificationError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise VerificationError(f"not a result of this program: {error!r}") from error
    difference = _difference(again, data, "result")
    if difference:
        raise VerificationError(difference)
    return result


def place_to_json(place: Place) -> Json:
    """A place with its slice: text, start, end, source, page and heading path."""
    source = place.source
    return {
        "text": place.text,
        "start": place.span.start,
        "end": place.span.end,
        "source": {"id": source.id, "title": source.title, "sha256": source.sha256},
        "page": place.page,
        "headings": list(place.headings),
    }


def quote_to_json(quote: Quote) -> Json:
    """One quote with its citation, further places and cautions."""
    light, cited = quote.highlight, citation(quote.place, quote.paragraph)
    return place_to_json(quote.place) | {
        "paragraph": quote.paragraph,
        "highlight": None
        if light is None
        else {
            "start": light.start,
            "end": light.end,
            "text": quote.source.text[light.start : light.end],
        },
        "confidence": quote.confidence,
        "also": [
            place_to_json(a.place) | {"paragraph": a.paragraph, "kind": a.kind} for a in quote.also
        ],
        "caution": [{"code": c.code, "reason": c.reason} for c in quote.caution],
        "fragment": quote.fragment,
        "citation": str(cited),
        "link": cited.link or None,
    }


def hit_to_json(hit: Hit) -> Json:
    """A passage with its scores."""
    passage = hit.passage
    return place_to_json(passage.place) | {
        "paragraph": passage.paragraph,
        "index": passage.index,
        "boilerplate": passage.boilerplate,
        "score": float(hit.score),
        "dense": None if hit.dense is None else float(hit.dense),
        "words": None if hit.words is None else float(hit.words),
    }


def _answer(result: Answer) -> Json:
    return {
        "kind": "answer",
        "question": result.question,
        "quotes": [quote_to_json(quote) for quote in result.quotes],
        "hits": [hit_to_json(hit) for hit in result.hits],
    }


def _abstention(result: Abstention) -> Json:
    return {
        "kind": "abstention",
        "question": result.question,
        "reason": result.reason,
        "candidates": [quote_to_json(quote) for quote in result.candidates],
        "nearest": [hit_to_json(hit) for hit in result.nearest],
        "unknown_words": list(result.unknown_words),
    }


def searched_to_json(searched: Searched) -> Json:
    """What was searched, and what was not."""
    return {
        "sources": searched.sources,
        "passages": searched.passages,
        "unreadable": [{"id": u.id, "reason": u.reason} for u in searched.unreadable],
        "filters": list(searched.filters),
        "skipped": [{"suffix": s.suffix, "files": s.files} for s in searched.skipped],
        "unfinished": list(searched.unfinished),
    }


def _provenance(provenance: Provenance) -> Json:
    return {
        "embedder": provenance.embedder,
        "reader": provenance.reader,
        "segmenter": provenance.segmenter,
        "library": provenance.library,
        "generation": provenance.generation,
        "settings": dict(provenance.settings),
    }


def _digest(data: Mapping[str, Any]) -> str:
    try:
        return digest(rfc8785.dumps(dict(data)))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise VerificationError(f"the result cannot be written as JSON: {error}") from error


def _result(data: Mapping[str, Any], lookup: Lookup) -> Result:
    common: Json = {
        "question": data["question"],
        "searched": _searched(data["searched"]),
        "provenance": Provenance(
            **{
                **data["provenance"],
                "settings": tuple(sorted(data["provenance"]["settings"].items())),
            }
        ),
        "history": tuple(data["history"]),
        "carried": tuple(Carried(c["term"], c["reason"]) for c in data["carried"]),
        "notes": tuple(data["notes"]),
    }
    if data["kind"] == "answer":
        return Answer(
            quotes=tuple(_quote(q, lookup) for q in data["quotes"]),
            hits=tuple(_hit(h, lookup) for h in data["hits"]),
            **common,
        )
    if data["kind"] == "abstention":
        return Abstention(
            kind=data["outcome"],
            reason=data["reason"],
            candidates=tuple(_quote(q, lookup) for q in data["candidates"]),
            nearest=tuple(_hit(h, lookup) for h in data["nearest"]),
            unknown_words=tuple(data["unknown_words"]),
            **common,
        )
    raise VerificationError(f"neither an answer nor an abstention: {data['kind']!r}")


def _searched(data: Mapping[str, Any]) -> Searched:
    return Searched(
        data["sources"],
        data["passages"],
        tuple(Unreadable(u["id"], u["reason"]) for u in data["unreadable"]),
        tuple(data["filters"]),
        tuple(Skipped(s["suffix"], s["files"]) for s in data["skipped"]),
        tuple(data["unfinished"]),
    )


def _place(data: Mapping[str, Any], lookup: Lookup) -> Place:
    try:
        source = lookup(data["source"]["id"])
    except KeyError as error:
        raise VerificationError(f"there is no source {data['source']['id']!r}") from error
    return Place(source, Span(data["start"], data["end"]))


def _quote(data: Mapping[str, Any], lookup: Lookup) -> Quote:
    light = data["highlight"]
    return Quote(
        place=_place(data, lookup),
        paragraph=data["paragraph"],
        highlight=None if light is None else Span(light["start"], light["end"]),
        confidence=data["confidence"],
        also=tuple(Also(_place(a, lookup), a["paragraph"], a["kind"]) for a in data["also"]),
        caution=tuple(Caution(c["code"], c["reason"]) for c in data["caution"]),
        fragment=data["fragment"],
    )


def _hit(data: Mapping[str, Any], lookup: Lookup) -> Hit:
    passage = Passage(_place(data, lookup), data["index"], data["paragraph"], data["boilerplate"])
    return Hit(passage, data["score"], data["dense"], data["words"])


def _difference(ours: Any, theirs: Any, where: str) -> str:
    """Where two JSON values differ, in words; "" when they are the same, types included."""
    if isinstance(ours, dict) and isinstance(theirs, Mapping):
        if ours.keys() != theirs.keys():
            return f"{where}: other keys: {sorted(map(str, ours.keys() ^ theirs.keys()))}"
        pairs = [(ours[k], theirs[k], f"{where}.{k}") for k in ours]
    elif isinstance(ours, list) and isinstance(theirs, list):
        if len(ours) != len(theirs):
            return f"{where}: {len(theirs)} entries, not {len(ours)}"
        pairs = [(a, b, f"{where}[{i}]") for i, (a, b) in enumerate(zip(ours, theirs, strict=True))]
    elif _equal(ours, theirs):
        return ""
    else:
        return f"{where}: {theirs!r} is not {ours!r}"
    return next(filter(None, (_difference(a, b, name) for a, b, name in pairs)), "")


def _equal(ours: Any, theirs: Any) -> bool:
    """Equality of JSON leaves. True is not 1; 1 and 1.0 are the same number."""
    if isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    return bool(ours == theirs)
