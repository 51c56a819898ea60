"""What an abstention says: the reason in fixed words, chosen by what was searched."""

from __future__ import annotations

from collections.abc import Sequence

from rag.types import Abstention, Carried, Hit, Provenance, Searched

NOTHING_SEARCHED = "There was no passage to search."
NOTHING_FOUND = "No passage came near the question."
NOT_ANSWERED = "No passage was judged likely enough to answer the question."
NEAREST = 3


def abstain(
    question: str,
    searched: Searched,
    nearest: Sequence[Hit] = (),
    *,
    unknown_words: Sequence[str] = (),
    provenance: Provenance | None = None,
    history: Sequence[str] = (),
    carried: Sequence[Carried] = (),
) -> Abstention:
    """The abstention for a question that no passage was judged to answer.

    nearest: the hits that were read, best first; the first ``NEAREST`` are kept. The reason depends
    on what was searched alone, so it is the same each time for the same library and question.
    """
    reason = NOT_ANSWERED if nearest else NOTHING_FOUND
    return Abstention(
        question=question,
        reason=reason if searched.passages else NOTHING_SEARCHED,
        searched=searched,
        nearest=tuple(nearest[:NEAREST]),
        unknown_words=tuple(unknown_words),
        provenance=provenance or Provenance(),
        history=tuple(history),
        carried=tuple(carried),
    )
