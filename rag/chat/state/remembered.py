"""Turns and kept quotes as JSON values, and back: each result in the form of ``rag.render``, read
back against the sources as they were stored with it, so that what was altered is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from rag.chat.state.dialogue import Kept, Turn
from rag.errors import RagError, VerificationError
from rag.render import from_json, to_json
from rag.types import Abstention, Answer, Quote, Result, Source

Put = Callable[[Source], str]
Get = Callable[[str], Source]
LOST = "This answer can no longer be shown: it, or a source it quotes, was altered on disk."


def turn_row(turn: Turn, put: Put) -> dict[str, Any]:
    """A turn as JSON values; the sources it quotes go through ``put``."""
    return {
        "number": turn.number,
        "id": turn.id,
        "asked": turn.asked,
        "library": turn.library,
        "question": turn.question,
        "problem": turn.problem,
        "within": list(turn.within) if turn.within is not None else None,
        "terms": list(turn.terms) if turn.terms is not None else None,
        "every": turn.every,
        "result": None if turn.result is None else _result_row(turn.result, put),
        "readings": [_result_row(result, put) for result in turn.readings],
    }


def turn_of(row: Mapping[str, Any], get: Get) -> Turn:
    """The turn of a row; one whose answer cannot be read back says so. KeyError if damaged."""
    turn = Turn(
        number=int(row["number"]),
        id=str(row["id"]),
        asked=str(row["asked"]),
        library=str(row["library"]),
        question=str(row["question"]),
        result=None,
        problem=str(row["problem"]),
        within=_words(row["within"]),
        terms=_words(row["terms"]),
        every=bool(row["every"]),
    )
    try:
        result = None if row["result"] is None else _result(row["result"], get)
        return replace(
            turn, result=result, readings=tuple(_result(r, get) for r in row["readings"])
        )
    except (RagError, KeyError):
        return replace(turn, problem=LOST)


def kept_row(item: Kept, put: Put) -> dict[str, Any]:
    """A kept quote as JSON values."""
    span = item.quote.span
    return {
        "id": item.id,
        "library": item.library,
        "note": item.note,
        "result": _result_row(item.result, put),
        "quote": [item.quote.source.id, span.start, span.end],
    }


def kept_of(row: Mapping[str, Any], get: Get) -> Kept | None:
    """The kept quote of a row; None when it cannot be read back."""
    try:
        result = _result(row["result"], get)
        for quote in quotes_of(result):
            if [quote.source.id, quote.span.start, quote.span.end] == row["quote"]:
                return Kept(str(row["library"]), result, quote, str(row["note"]), str(row["id"]))
    except (RagError, KeyError):
        return None
    return None


def quotes_of(result: Result) -> tuple[Quote, ...]:
    """The quotes of either outcome."""
    return result.quotes if isinstance(result, Answer) else result.candidates


def _result_row(result: Result, put: Put) -> dict[str, Any]:
    # The passages that were read are no part of what is shown or proved.
    slim = replace(result, hits=()) if isinstance(result, Answer) else result
    return {
        "json": to_json(slim),
        "sources": {source.id: put(source) for source in _sources(slim)},
    }


def _sources(result: Result) -> Iterator[Source]:
    for quote in quotes_of(result):
        yield quote.source
        yield from (also.place.source for also in quote.also)
    if isinstance(result, Abstention):
        yield from (hit.passage.source for hit in result.nearest)


def _result(row: Mapping[str, Any], get: Get) -> Result:
    def lookup(id: str) -> Source:
        if id not in row["sources"]:
            raise VerificationError(f"its source {id!r} was not saved with it")
        return get(row["sources"][id])

    return from_json(row["json"], lookup)


def _words(value: object) -> tuple[str, ...] | None:
    return tuple(str(item) for item in value) if isinstance(value, list) else None
