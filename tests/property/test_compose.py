"""Whatever a reader says of whatever text, the quotes are whole sentences and pass the gate."""

from __future__ import annotations

import random
import re

from rag import render
from rag.answer import compose, verify
from rag.protocols import Reading
from rag.segment import segmenter, sentences, tile
from rag.types import Answer, Hit, Passage, Searched, Source, Span, digest
from tests.hostile import text as hostile_text

CASES = 150
PLAIN = (
    "The board met on Monday. It did not approve the merger.\n\n“We lost. He lied,” Smith said. "
    "However, the shares fell.\n\nDid it pass? No.\n\nThe board met on Monday.\n"
)


def made(draw: random.Random, number: int) -> Source:
    body = hostile_text(draw, draw.randint(2, 12))
    text = body + draw.choice(("", ". ", "\n\n")) + PLAIN + draw.choice((body, ""))
    # Pages begin between paragraphs, as no sentence of a paged source runs over a page.
    breaks = [match.end() for match in re.finditer(r"\n\n(?=\S)", text)]
    pages = (0, *sorted(draw.sample(breaks, min(2, len(breaks))))) if draw.random() < 0.5 else ()
    return Source(
        f"{number}.txt", text, digest(text), digest(text), "T", "text/plain", "t", pages=pages
    )


def reading(draw: random.Random, passage: Passage, count: int) -> Reading:
    answer = None
    if draw.random() < 0.6:
        start = draw.randrange(len(passage.text))
        answer = Span(start, draw.randint(start + 1, min(len(passage.text), start + 40)))
    relevances = tuple(draw.random() for _ in range(count))
    return Reading(draw.random(), max(relevances, default=0.0), answer, relevances)


def test_quotes_are_whole_sentences_that_pass_the_gate() -> None:
    draw, rules = random.Random(17), segmenter()
    answered = longer = 0
    for _ in range(CASES):
        held = {source.id: source for source in (made(draw, 0), made(draw, 1))}
        passages = [
            passage
            for source in held.values()
            for passage in tile(source, count=lambda text: len(text), limit=400, target=60)
        ]
        split = [sentences(passage, rules) for passage in passages]
        counts = [sum(s.inner is not None and not s.heading for s in own) for own in split]
        hits = [Hit(passage, 1.0) for passage in passages]
        readings = [reading(draw, p, n) for p, n in zip(passages, counts, strict=True)]
        options = {"limit": draw.randint(1, 4), "threshold": 0.3, "calibrated": True}
        quotes = compose("Did it pass?", hits, readings, split, **options)  # type: ignore[arg-type]
        if not quotes:
            continue
        answered += 1
        result = Answer("Did it pass?", quotes, tuple(hits), Searched(2, len(hits)))
        verify(result, held.__getitem__)
        assert render.from_json(render.to_json(result), held.__getitem__) == result
        inner = [
            (passage.source.id, sentence.inner)
            for passage, own in zip(passages, split, strict=True)
            for sentence in own
            if sentence.inner
        ]
        starts = {(id, span.start) for id, span in inner}
        ends = {(id, span.end) for id, span in inner}
        assert len(quotes) <= options["limit"]
        for quote in quotes:
            assert (quote.source.id, quote.span.start) in starts
            assert (quote.source.id, quote.span.end) in ends
            assert quote.place.page == quote.source.page_at(quote.span.end - 1)
            within = [id for id, span in inner if quote.span.contains(span)]
            longer += within.count(quote.source.id) > 1
    assert answered > CASES // 2
    assert longer > 0
