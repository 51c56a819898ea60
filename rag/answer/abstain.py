"""What an abstention says: the reason in fixed words, chosen by what was found."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Abstention, Carried, Hit, Provenance, Quote, Searched

NOTHING_SEARCHED = "There was no passage to search."
NOTHING_FOUND = "No passage came near the question."
NOT_NEAR = "No passage that was read came near an answer."
NOT_SURE = "No quote reached the threshold."
NEAREST = 3


def abstain(
    question: str,
    searched: Searched,
    nearest: Sequence[Hit] = (),
    *,
    candidates: Sequence[Quote] = (),
    unknown_words: Sequence[str] = (),
    provenance: Provenance | None = None,
    history: Sequence[str] = (),
    carried: Sequence[Carried] = (),
    notes: Sequence[str] = (),
) -> Abstention:
    """The abstention for a question that no quote was sure enough to answer.

    candidates: the closest quotes, best first; with any it is unsure, else silent. nearest: the
    hits that were read, best first; the first ``NEAREST`` are kept. The reason depends on these and
    on what was searched alone, so it is the same each time for the same library and question.
    """
    return Abstention(
        question=question,
        kind="unsure" if candidates else "silent",
        reason=_reason(searched, nearest, candidates),
        searched=searched,
        candidates=tuple(candidates),
        nearest=tuple(nearest[:NEAREST]),
        unknown_words=tuple(unknown_words),
        provenance=provenance or Provenance(),
        history=tuple(history),
        carried=tuple(carried),
        notes=tuple(notes),
    )


def _reason(searched: Searched, nearest: Sequence[Hit], candidates: Sequence[Quote]) -> str:
    if candidates:
        return NOT_SURE
    if not searched.passages:
        return NOTHING_SEARCHED
    return NOT_NEAR if nearest else NOTHING_FOUND
