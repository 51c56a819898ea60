"""From a question to passages: dense and word search, fused into one order."""

from __future__ import annotations

from collections.abc import Sequence

from rag.protocols import Embedder, Scored, Store, Vector
from rag.retrieve.likely_sources import look_first
from rag.settings import Settings
from rag.types import Hit, Passage

ALSO = 2  # further queries of a conversation that are searched for, the surest first
# Navigation, struck out or hidden text stays findable but has to match twice as well as the rest.
BOILERPLATE_FACTOR = 0.5


def fuse(dense: Sequence[Scored], words: Sequence[Scored], *, weight: float) -> tuple[Scored, ...]:
    """Join two searches: ``weight`` times the dense score plus the rest of the word score.

    Each list is first scaled to [0, 1] by its own least and greatest score (min-max fusion, a
    convex combination; Bruch, Gai & Ingber 2023). A passage that is missing from a list counts as
    that list's least; where all scores of a list are equal they count as 1. The result holds every
    passage of either list, scores in [0, 1], ordered by (-score, key).
    """
    scaled_dense, scaled_words = _scaled(dense), _scaled(words)
    fused = {
        key: weight * scaled_dense.get(key, 0.0) + (1.0 - weight) * scaled_words.get(key, 0.0)
        for key in (scaled_dense | scaled_words)
    }
    return _ordered(fused)


def _scaled(found: Sequence[Scored]) -> dict[int, float]:
    """Key -> score scaled to [0, 1]."""
    if not found:
        return {}
    low = min(item.score for item in found)
    height = max(item.score for item in found) - low
    if height <= 0.0:
        return dict.fromkeys((item.key for item in found), 1.0)
    return {item.key: (item.score - low) / height for item in found}


def _ordered(scores: dict[int, float]) -> tuple[Scored, ...]:
    return tuple(
        Scored(key, score) for key, score in sorted(scores.items(), key=lambda s: (-s[1], s[0]))
    )


def retrieve(
    store: Store,
    embedder: Embedder,
    question: str,
    *,
    settings: Settings,
    within: frozenset[str] | None = None,
    meant: str | None = None,
    also: Sequence[str] = (),
    likely: Sequence[str] = (),
    k: int | None = None,
) -> tuple[Hit, ...]:
    """The best passages for a question, at most ``k`` (default ``settings.read_passages``).

    within: ids of the sources to search, applied before anything is ranked. meant: the question
    with what it carries, with which ``Hit.dense`` compares each passage (the question by itself
    when None or longer than the embedder reads). also: further queries of a conversation, the
    surest first, which also tell the sources to look in first (``look_first``); one that is longer
    than the embedder reads is searched by its words alone. likely: ids of sources cited before,
    most recent first, used with ``also`` only. A hit's score lies in [0, 1]; ``words`` is the
    question's own. Passages marked as boilerplate count half; those without a letter or digit are
    left out. The order is by (-score, source id, place). Raises UsageError when the question is
    longer than the embedder reads.
    """
    depth = max(settings.candidates, k or settings.read_passages)
    vector = embedder.embed_query(question)
    dense = store.search_dense(vector, depth, within)
    words = store.search_words(question, depth, within)
    fused = {s.key: s.score for s in fuse(dense, words, weight=settings.dense_weight)}
    further = [q for q in dict.fromkeys(also) if q.strip() and q != question][:ALSO]
    if further:

        def search(query: str, sources: frozenset[str] | None) -> tuple[Scored, ...]:
            return _further(store, embedder, query, depth, settings, sources)

        fused = look_first(
            fused,
            _mean([search(query, within) for query in further]),
            lambda keys: [p.source.id for p in store.passages_by_key(keys)],
            lambda ids: search(question, ids if within is None else ids & within),
            likely=likely,
        )
    return _hits(
        store,
        fused,
        _meaning(embedder, meant, question, vector),
        {s.key: s.score for s in words},
        settings.read_passages if k is None else k,
    )


def _meaning(embedder: Embedder, meant: str | None, question: str, vector: Vector) -> Vector:
    """The vector of what is meant; ``vector``, the question's own, where that says it all."""
    if meant is None or meant == question or embedder.count(meant) > embedder.window:
        return vector
    return embedder.embed_query(meant)


def _mean(searches: Sequence[Sequence[Scored]]) -> dict[int, float]:
    """Key -> mean score over searches; one that did not return a passage counts 0 for it."""
    scores: dict[int, float] = {}
    for item in (item for found in searches for item in found):
        scores[item.key] = scores.get(item.key, 0.0) + item.score / len(searches)
    return scores


def _further(
    store: Store,
    embedder: Embedder,
    query: str,
    depth: int,
    settings: Settings,
    within: frozenset[str] | None,
) -> tuple[Scored, ...]:
    words = store.search_words(query, depth, within)
    if embedder.count(query) > embedder.window:
        return fuse((), words, weight=0.0)
    dense = store.search_dense(embedder.embed_query(query), depth, within)
    return fuse(dense, words, weight=settings.dense_weight)


def _has_words(passage: Passage) -> bool:
    """Whether there is a letter or figure in a passage besides mark-up that is no words."""
    text, start = passage.text, passage.span.start
    for mark in reversed(passage.source.marks_in(passage.span)):
        if mark.kind == "markup":
            text = text[: max(0, mark.span.start - start)] + text[mark.span.end - start :]
    return any(map(str.isalnum, text))


def _hits(
    store: Store,
    fused: dict[int, float],
    vector: Vector,
    words: dict[int, float],
    k: int,
) -> tuple[Hit, ...]:
    """Hits for the best ``k``; texts are fetched best first, and only as far as needed."""
    waiting = _ordered(fused)
    hits: list[Hit] = []
    while waiting:
        if len(hits) >= k and waiting[0].score < hits[k - 1].score:
            break
        part, waiting = waiting[: k + 1], waiting[k + 1 :]
        keys = [item.key for item in part]
        passages = zip(store.passages_by_key(keys), store.cosines(vector, keys), strict=True)
        for item, (passage, cosine) in zip(part, passages, strict=True):
            if not _has_words(passage):
                continue  # near to any vague question, and nothing to read
            score = item.score * (BOILERPLATE_FACTOR if passage.boilerplate else 1.0)
            hits.append(Hit(passage, score, dense=cosine, words=words.get(item.key)))
        hits.sort(key=lambda hit: (-hit.score, hit.passage.source.id, hit.passage.span.start))
    return tuple(hits[:k])
