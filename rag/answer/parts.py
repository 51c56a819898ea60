"""Questions of two parts: each part is asked for itself, and the quotes come together again."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import zip_longest

from rag.answer.abstain import abstain
from rag.answer.signs import stems
from rag.types import CANDIDATES, Abstention, Answer, Hit, Quote, Result, shown_quotes

_ASKING = "who|whom|whose|what|when|where|why|which|how"
_LEAD = r"(?:(?:by|in|on|at|for|from|to|until|since|with) )?"
_CUT = re.compile(
    rf"(?:[,;]?\s+(?:and|or|but)\s+|[;?]\s+(?:and\s+)?)(?={_LEAD}(?:{_ASKING})\b)", re.IGNORECASE
)
MOST = 3  # parts of one question


def parts_of(question: str) -> tuple[str, ...]:
    """The questions that ``question`` is made of: itself alone, or two or three that each ask
    something. "Who pays, and who provides the cover?" has two.
    """
    found = [part.strip() for part in _CUT.split(question)]
    whole = len(found) == 1 or not re.match(rf"{_LEAD}(?:{_ASKING})\b", found[0], re.IGNORECASE)
    if whole or len(found) > MOST or not all(_says_something(part) for part in found):
        return (question,)
    return tuple(f"{part.rstrip(' ?,;')}?" for part in found)


def _says_something(part: str) -> bool:
    """Whether a part names a topic or has a subject of its own: "when" alone asks of the other."""
    return bool(stems(part)) and len(part.split()) > 2


def joined(question: str, parts: Sequence[Result], limit: int) -> Result:
    """One result of the parts' results: the first quote of each part, then the second, and so on.

    A part without a quote that was sure enough is named in the notes. The parts share everything
    but question, quotes and hits.
    """
    answers = [part for part in parts if isinstance(part, Answer)]
    most = max(limit, len(answers)) if answers else CANDIDATES
    quotes = _in_turn([shown_quotes(part) for part in answers or parts])[:most]
    carried = tuple(dict.fromkeys(c for part in parts for c in part.carried))
    notes = (
        *dict.fromkeys(note for part in parts for note in part.notes),
        *(_missing(part) for part in parts if answers and isinstance(part, Abstention)),
    )
    if answers:
        return replace(
            answers[0],
            question=question,
            quotes=quotes,
            hits=_hits(parts),
            carried=carried,
            notes=notes,
        )
    first = parts[0]
    unknown = (w for part in parts if isinstance(part, Abstention) for w in part.unknown_words)
    return abstain(
        question,
        first.searched,
        _hits(parts),
        candidates=quotes,
        unknown_words=tuple(dict.fromkeys(unknown)),
        provenance=first.provenance,
        history=first.history,
        carried=carried,
        notes=notes,
    )


def _missing(part: Abstention) -> str:
    found = "Nothing was found on" if part.kind == "silent" else "No quote was sure enough for"
    return f"{found} the part “{part.question}”."


def _in_turn(shown: Sequence[Sequence[Quote]]) -> tuple[Quote, ...]:
    """Quotes in turn, those that overlap an earlier one left out."""
    kept: list[Quote] = []
    for row in zip_longest(*shown):
        for quote in row:
            if quote is not None and not any(_overlap(quote, other) for other in kept):
                kept.append(quote)
    return tuple(kept)


def _overlap(one: Quote, other: Quote) -> bool:
    return one.source.id == other.source.id and one.span.overlaps(other.span)


def _hits(parts: Sequence[Result]) -> tuple[Hit, ...]:
    """The passages of all parts in turn, each once."""
    found: dict[tuple[str, int], Hit] = {}
    lists = [part.hits if isinstance(part, Answer) else part.nearest for part in parts]
    for row in zip_longest(*lists):
        for hit in row:
            if hit is not None:
                found.setdefault((hit.passage.source.id, hit.passage.index), hit)
    return tuple(found.values())
