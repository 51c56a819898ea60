"""Runs made up by a seeded rule, for tests of everything that reads a run."""

from __future__ import annotations

import random
from dataclasses import replace

from rag.evaluate.gold import GoldAnswer
from rag.evaluate.records import Header, QuestionRecord, QuoteRecord, Run
from rag.types import Span

WORDS = [
    "the",
    "inquiry",
    "heard",
    "that",
    "lifeboats",
    "left",
    "half",
    "empty",
    "while",
    "rockets",
    "rose",
    "over",
    "a",
    "calm",
    "sea",
]


def header(**changes: object) -> Header:
    base = Header(
        gold="inquiry",
        gold_digest="a" * 64,
        gold_questions=0,
        unit="passage",
        corpus_digest="b" * 64,
        sources=3,
        passages=30,
        embedder="hash-256",
        reader="made-up",
        segmenter="rules-1",
        threshold=0.5,
        calibrated=True,
        settings=(("limit", "3"),),
        seed=7,
        version="0.1.0",
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def made_run(count: int, seed: int = 1, skill: float = 0.8, **changes: object) -> Run:
    """A run of ``count`` questions; a third has no answer, ``skill`` is how often it is right."""
    draw = random.Random(seed)
    sources = tuple(f"part-{n}.txt" for n in range(3))
    passages = tuple((s, n * 100, n * 100 + 100) for s in range(3) for n in range(10))
    rows = tuple(_row(draw, number, skill, sources, passages) for number in range(count))
    head = replace(header(**changes), gold_questions=changes.get("gold_questions", count))
    return Run(head, rows, sources, passages)


def _text(draw: random.Random, size: int) -> str:
    text = " ".join(draw.choices(WORDS, k=size))
    return text[:1].upper() + text[1:] + "."


def _quote(draw: random.Random, source: str, start: int, score: float) -> QuoteRecord:
    text = _text(draw, 12)
    highlight = Span(start + 4, start + 11)
    return QuoteRecord(source, Span(start, start + len(text)), text, score, highlight)


def _row(
    draw: random.Random,
    number: int,
    skill: float,
    sources: tuple[str, ...],
    passages: tuple[tuple[int, int, int], ...],
) -> QuestionRecord:
    answerable = number % 3 != 0
    right = answerable and draw.random() < skill
    score = min(1.0, max(0.0, draw.gauss(0.75 if right else 0.35, 0.18)))
    target, other = draw.sample(range(len(passages)), 2)
    source, start, _ = passages[target]
    gold = (GoldAnswer(sources[source], Span(start, start + 11), _text(draw, 2)),)
    place = passages[target if right else other]
    best = _quote(draw, sources[place[0]], place[1], score)
    ranking = draw.sample(range(len(passages)), 20)
    if right and target not in ranking[:3]:
        ranking = [target, *[n for n in ranking if n != target]][:20]
    shown = score >= 0.5
    tags = ("dates",) if number % 4 == 0 else ("people", "long") if number % 4 == 1 else ()
    hit = {"first_quote_hit": float(draw.random() < 0.5), "R@1": float(draw.random() < 0.5)}
    extra = {"R@5": 1.0, "R@10": 1.0, "quote_words": 80.0} | hit if answerable else {}
    baseline = extra | {"score": draw.random(), "right": extra.get("first_quote_hit", 0.0)}
    return QuestionRecord(
        id=f"q{number:04}",
        question=f"What did the inquiry hear about {draw.choice(WORDS)} number {number}?",
        kind="answer" if shown else "abstention",
        gold=gold if answerable else (),
        tags=tags,
        quotes=(best,) if shown else (),
        best=best,
        score=round(score, 4),
        hits=tuple((n, 1.0 - at / 20) for at, n in enumerate(ranking)),
        relevant={target: 1} if answerable else {},
        ms=draw.uniform(20, 80),
        verbatim=True if shown else None,
        reason="" if shown else "Not found in 3 documents",
        baselines={"BM25 alone": baseline, "dense alone": baseline, "random passage": extra},
    )
