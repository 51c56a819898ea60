"""How well quoted spans cover the gold spans: always on the union, so nothing counts twice.

Spans are (source id, Span) pairs. Where both sides are empty every score is 1.0 (the sources do
not say, and nothing was quoted); where one side is, 0.0.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from rag.evaluate.metrics.answers import occurs
from rag.evaluate.metrics.metric import Metric
from rag.evaluate.records import QuestionRecord, QuoteRecord
from rag.types import Span

Located = tuple[str, Span]
_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class PRF:
    """Precision, recall and their harmonic mean, each in [0, 1]."""

    precision: float
    recall: float
    f1: float


def union(spans: Iterable[Located]) -> dict[str, list[Span]]:
    """Per source, the fewest disjoint ascending spans that cover the same characters."""
    merged: dict[str, list[Span]] = {}
    for source, span in sorted(spans):
        held = merged.setdefault(source, [])
        if held and span.start <= held[-1].end:
            held[-1] = Span(held[-1].start, max(held[-1].end, span.end))
        else:
            held.append(span)
    return merged


def size(spans: dict[str, list[Span]]) -> int:
    """Characters of a union."""
    return sum(len(span) for held in spans.values() for span in held)


def shared(left: dict[str, list[Span]], right: dict[str, list[Span]]) -> int:
    """Characters that two unions have in common."""
    return sum(
        max(0, min(a.end, b.end) - max(a.start, b.start))
        for source, held in left.items()
        for a in held
        for b in right.get(source, ())
    )


def characters(quoted: Sequence[Located], gold: Sequence[Located]) -> PRF:
    """Precision, recall and F1 over characters."""
    one, two = union(quoted), union(gold)
    return prf(shared(one, two), size(one), size(two))


def words(quoted: Sequence[tuple[Located, str]], gold: Sequence[tuple[Located, str]]) -> PRF:
    """The same over words: runs of letters, digits and underscore, known by where they stand."""
    one, two = _words(quoted), _words(gold)
    return prf(len(one & two), len(one), len(two))


def _words(spans: Sequence[tuple[Located, str]]) -> set[tuple[str, int, int]]:
    return {
        (source, span.start + match.start(), span.start + match.end())
        for (source, span), text in spans
        for match in _WORD.finditer(text)
    }


def prf(both: int, predicted: int, gold: int) -> PRF:
    """From counts: what is shared, what was predicted, what should have been."""
    if not predicted and not gold:
        return PRF(1.0, 1.0, 1.0)
    if not predicted or not gold:
        return PRF(0.0, 0.0, 0.0)
    return PRF(both / predicted, both / gold, 2 * both / (predicted + gold))


def iou_f1(quoted: Sequence[Located], gold: Sequence[Located], least: float = 0.5) -> float:
    """F1 over whole spans: a match shares at least ``least`` of the union of the two (ERASER,
    DeYoung et al. 2020). Precision counts quotes, recall gold places; gold spans that overlap are
    readings of one place, found when one of them is matched.
    """
    ours, theirs = set(quoted), set(gold)
    if not ours or not theirs:
        return float(not ours and not theirs)
    places = union(theirs)
    hit_quotes = sum(any(_iou(q, g) >= least for g in theirs) for q in ours)
    matched = {g for g in theirs if any(_iou(q, g) >= least for q in ours)}
    count = sum(len(held) for held in places.values())
    found = sum(
        any(source == s and place.contains(span) for s, span in matched)
        for source, held in places.items()
        for place in held
    )
    precision, recall = hit_quotes / len(ours), found / count
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _iou(one: Located, two: Located) -> float:
    if one[0] != two[0]:
        return 0.0
    both = max(0, min(one[1].end, two[1].end) - max(one[1].start, two[1].start))
    return both / (len(one[1]) + len(two[1]) - both)


def hits(quote: Located, gold: Sequence[Located]) -> bool:
    """Whether the quote overlaps a gold span in the gold place."""
    return any(quote[0] == source and quote[1].overlaps(span) for source, span in gold)


def over_quoting(quoted: Sequence[Located], gold: Sequence[Located]) -> float | None:
    """Characters quoted for each gold character (1 is as long as the gold); None without gold."""
    needed = size(union(gold))
    return size(union(quoted)) / needed if needed else None


def _quoted(row: QuestionRecord) -> list[Located]:
    return [(quote.source, quote.span) for quote in row.quotes]


def _gold(row: QuestionRecord) -> list[Located]:
    return [(answer.source, answer.span) for answer in row.gold]


def first_hits(row: QuestionRecord) -> bool:
    """Whether the first quote that was shown hits the gold."""
    return bool(row.quotes) and hits(_quoted(row)[0], _gold(row))


def best_hits(row: QuestionRecord) -> bool:
    """Whether the first quote, had there been no threshold, hits the gold."""
    if row.best is None or row.kind == "failure":
        return False
    return hits((row.best.source, row.best.span), _gold(row))


def _lenient(row: QuestionRecord) -> bool:
    if first_hits(row) or not row.quotes:
        return first_hits(row)
    return any(occurs(answer.text, row.quotes[0].text) for answer in row.gold)


def _any_hits(row: QuestionRecord) -> bool:
    return any(hits(quote, _gold(row)) for quote in _quoted(row))


def _answerable(test: Callable[[QuestionRecord], bool]) -> Callable[[QuestionRecord], float | None]:
    return lambda row: float(test(row)) if row.gold else None


def _given(value: Callable[[QuestionRecord], float]) -> Callable[[QuestionRecord], float | None]:
    return lambda row: value(row) if row.quotes else None


def _covered(
    measure: Callable[[QuestionRecord], float],
) -> Callable[[QuestionRecord], float | None]:
    """A measure of how the quotes cover the gold; None where the gold names whole documents."""

    def of(row: QuestionRecord) -> float | None:
        if row.judges_documents:
            return None
        return 0.0 if row.kind == "failure" else measure(row)

    return of


def _characters_of(row: QuestionRecord) -> PRF:
    return characters(_quoted(row), _gold(row))


def _words_of(row: QuestionRecord) -> PRF:
    return words(
        [((q.source, q.span), q.text) for q in row.quotes],
        [((a.source, a.span), a.text) for a in row.gold],
    )


def _over(row: QuestionRecord) -> float | None:
    if row.judges_documents or not row.quotes:
        return None
    return over_quoting(_quoted(row), _gold(row))


_HIT = "the quote overlaps a gold span in the gold place"
_UNION = "precision, recall and F1 over the union of the spans"


def _coverage(unit: str, measure: Callable[[QuestionRecord], PRF]) -> tuple[Metric, ...]:
    short = {"words": "words", "characters": "chars"}[unit]
    return (
        Metric(
            f"quote_precision_{short}",
            "Quotes",
            f"quoted {unit} that are gold",
            _UNION,
            of=_covered(lambda row: measure(row).precision),
        ),
        Metric(
            f"quote_recall_{short}",
            "Quotes",
            f"gold {unit} that are quoted",
            _UNION,
            of=_covered(lambda row: measure(row).recall),
        ),
        Metric(
            f"quote_f1_{short}",
            "Quotes",
            "harmonic mean of the two",
            _UNION,
            of=_covered(lambda row: measure(row).f1),
        ),
    )


def _mean_of(name: str, meaning: str, count: Callable[[QuoteRecord], int]) -> Metric:
    return Metric(
        name,
        "Quotes",
        meaning,
        "mean over the quotes of an answer",
        of=_given(lambda row: sum(map(count, row.quotes)) / len(row.quotes)),
        better="less",
        form="count",
    )


METRICS = (
    Metric(
        "first_quote_hit",
        "Quotes",
        "the first quote overlaps the gold",
        _HIT,
        of=_answerable(first_hits),
    ),
    Metric(
        "first_quote_hit_lenient",
        "Quotes",
        "or holds a gold answer's words elsewhere",
        "a gold answer stands in the quote at word boundaries",
        of=_answerable(_lenient),
    ),
    Metric(
        "best_quote_hit",
        "Quotes",
        "so would the first quote, were there no threshold",
        _HIT,
        of=_answerable(best_hits),
    ),
    Metric("any_quote_hit", "Quotes", "some quote overlaps the gold", _HIT, _answerable(_any_hits)),
    Metric(
        "answer_precision",
        "Quotes",
        "answered questions whose first quote is right",
        _HIT,
        of=_given(lambda row: float(first_hits(row))),
    ),
    *_coverage("words", _words_of),
    *_coverage("characters", _characters_of),
    Metric(
        "iou_f1@.5",
        "Quotes",
        "whole quotes that match whole golds",
        "ERASER, DeYoung et al. 2020",
        of=_covered(lambda row: iou_f1(_quoted(row), _gold(row))),
    ),
    _mean_of("quote_words", "words in a quote", lambda quote: len(quote.text.split())),
    _mean_of("quote_sentences", "sentences in a quote", lambda quote: quote.sentences),
    Metric(
        "over_quoting",
        "Quotes",
        "characters quoted per gold character",
        "size of the quotes' union over that of the gold's",
        of=_over,
        better="less",
        form="count",
    ),
    Metric(
        "verbatim",
        "Quotes",
        "answers that equal their sources to the character",
        "every quote, sent through JSON, equals its slice",
        of=lambda row: None if row.verbatim is None else float(row.verbatim),
    ),
)
