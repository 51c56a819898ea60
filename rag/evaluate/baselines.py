"""Cheap answers that every table shows beside ours: what the same questions cost without a reader.

Each quotes something for every question and never abstains (but the oracle, where nothing answers).
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rag.evaluate.catalogue import Catalogue
from rag.evaluate.measure import per_question
from rag.evaluate.metrics.quotes import best_hits
from rag.evaluate.records import QuestionRecord, QuoteRecord
from rag.protocols import Scored
from rag.types import Hit, Passage, Span

if TYPE_CHECKING:
    from rag.library import Library

NAMES = ("random passage", "first sentence", "BM25 alone", "dense alone", "oracle passage")
KEPT = (
    *("R@1", "R@5", "R@10", "R@20", "RR@10", "nDCG@10"),
    *("first_quote_hit", "first_quote_hit_lenient", "answer_precision", "exact", "f1"),
    *("quote_f1_words", "quote_words", "quote_sentences"),
)
_DEPTH = 20


@dataclass(frozen=True, slots=True)
class _Guess:
    quote: QuoteRecord | None
    hits: tuple[tuple[int, float], ...]
    score: float | None


def baseline_values(
    library: Library,
    catalogue: Catalogue,
    record: QuestionRecord,
    hits: Sequence[Hit],
    *,
    seed: int,
) -> dict[str, Mapping[str, float]]:
    """Metric values of every baseline for one question, with its ``score`` and ``right``.

    hits: the library's own ranking.
    """
    store, question = library.store, record.question
    # Several passages of one source count once where sources are ranked: look deeper there.
    depth = _DEPTH if catalogue.unit == "passage" else 5 * _DEPTH
    guesses = {
        "random passage": _random(library, catalogue, record, seed),
        "first sentence": _first_sentence(library, catalogue, hits),
        "BM25 alone": _alone(library, catalogue, store.search_words(question, depth)),
        "dense alone": _alone(
            library, catalogue, store.search_dense(library.embedder.embed_query(question), depth)
        ),
        "oracle passage": _oracle(library, catalogue, record),
    }
    return {name: _values(record, guess) for name, guess in guesses.items()}


def _values(record: QuestionRecord, guess: _Guess) -> dict[str, float]:
    made = replace(
        record,
        kind="answer" if guess.quote else "abstention",
        quotes=(guess.quote,) if guess.quote else (),
        best=guess.quote,
        score=guess.score,
        hits=guess.hits,
        verbatim=None,
    )
    values = per_question(made)
    kept = {name: round(values[name], 4) for name in KEPT if name in values}
    if guess.score is not None:
        kept |= {"score": guess.score, "right": float(best_hits(made))}
    return kept


def _whole(library: Library, passage: Passage) -> QuoteRecord:
    """The passage less outer white space, as one quote."""
    text = passage.text
    inner = text.strip()
    start = passage.span.start + text.index(inner)
    sentences = sum(s.inner is not None for s in library.sentences(passage))
    span = Span(start, start + len(inner)) if inner else passage.span
    return QuoteRecord(passage.source.id, span, inner or text, sentences=max(1, sentences))


def _random(library: Library, catalogue: Catalogue, record: QuestionRecord, seed: int) -> _Guess:
    draw = random.Random(f"{seed}:{record.id}")
    count = len(catalogue.passages)
    numbers = draw.sample(range(count), min(_DEPTH, count))
    passage = _passage(library, catalogue, numbers[0])
    ids = numbers
    if catalogue.unit == "source":
        ids = list(dict.fromkeys(catalogue.passages[n][0] for n in numbers))
    return _Guess(_whole(library, passage), tuple((n, 0.0) for n in ids), draw.random())


def _passage(library: Library, catalogue: Catalogue, number: int) -> Passage:
    source, span = catalogue.place(number)
    return next(p for p in library.passages(source) if p.span == span)


def _first_sentence(library: Library, catalogue: Catalogue, hits: Sequence[Hit]) -> _Guess:
    ranked = catalogue.numbers((hit, hit.score) for hit in hits)[:_DEPTH]
    if not hits:
        return _Guess(None, (), None)
    passage = hits[0].passage
    inner = [s.inner for s in library.sentences(passage) if s.inner and not s.heading]
    if not inner:
        return _Guess(_whole(library, passage), ranked, hits[0].score)
    text = passage.source.text[inner[0].start : inner[0].end]
    return _Guess(QuoteRecord(passage.source.id, inner[0], text), ranked, hits[0].score)


def _alone(library: Library, catalogue: Catalogue, found: Sequence[Scored]) -> _Guess:
    if not found:
        return _Guess(None, (), None)
    passages = library.store.passages_by_key([item.key for item in found])
    scored = [(Hit(p, s.score), s.score) for p, s in zip(passages, found, strict=True)]
    ranked = catalogue.numbers(scored)[:_DEPTH]
    return _Guess(_whole(library, passages[0]), ranked, float(found[0].score))


def _oracle(library: Library, catalogue: Catalogue, record: QuestionRecord) -> _Guess:
    held = sorted(n for n in record.relevant if n >= 0)
    if not held:
        return _Guess(None, (), None)
    gold = next(a for a in record.gold if a.source in catalogue.sources)
    number = catalogue.overlapping(gold.source, gold.span)[0]
    quote = _whole(library, _passage(library, catalogue, number))
    return _Guess(quote, tuple((n, 1.0) for n in held), None)
