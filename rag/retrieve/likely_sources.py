"""Where a conversation looks first: the sources that its earlier questions lead to.

A follow-up question says little of its own, but the conversation tells which sources are meant. A
source counts as much as its best passage for the conversation (as in federated search, where
collections are chosen before documents: CORI, Callan et al., 1995); its passages are lifted by
that, and the best few sources are searched once more for the question alone. What is found is
read by the same reader with the same threshold as any passage.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from rag.protocols import Scored

SOURCES = 2  # searched once more for the question alone
# Chosen on the develop half of Doc2Dial: a source is told by the conversation more than by the
# question, and the four parts count alike (the order hardly changes between 0.5 and 1.5).
CONVERSATION_SHARE = 2.0

Scores = Mapping[int, float]
Search = Callable[[frozenset[str]], Sequence[Scored]]
SourcesOf = Callable[[Sequence[int]], Sequence[str]]


def look_first(
    alone: Scores,
    conversation: Scores,
    sources_of: SourcesOf,
    search: Search,
    *,
    likely: Sequence[str] = (),
) -> dict[int, float]:
    """Passage key -> score in [0, 1] for a question in its conversation.

    alone, conversation: scores in [0, 1] for the question alone and for the question with what
    came before. sources_of: the source ids of keys, in order. search: the question alone within
    some sources, scores in [0, 1]. likely: sources cited in earlier turns, most recent first; the
    first is searched too. The result is the mean of four parts: the two scores, the standing of
    the passage's source, and the search within the sources that stand highest.
    """
    keys = sorted(alone.keys() | conversation.keys())
    if not keys:
        return {}
    source_of = dict(zip(keys, sources_of(keys), strict=True))
    standing = _standing(alone, conversation, source_of)
    chosen = frozenset([*sorted(standing, key=lambda s: (-standing[s], s))[:SOURCES], *likely[:1]])
    inside = {item.key: item.score for item in search(chosen)}
    new = sorted(inside.keys() - source_of.keys())
    source_of |= dict(zip(new, sources_of(new), strict=True))
    top = max(standing.values()) or 1.0
    result = {}
    for key, source in source_of.items():
        stands = standing.get(source, 0.0) / top
        parts = (alone.get(key, 0.0), conversation.get(key, 0.0), stands, inside.get(key, 0.0))
        result[key] = sum(parts) / len(parts)
    return result


def _standing(
    alone: Scores, conversation: Scores, source_of: Mapping[int, str]
) -> dict[str, float]:
    """Source id -> its best passage's scores, the conversation's counting more."""
    best: dict[str, list[float]] = {}
    for key in alone.keys() | conversation.keys():
        pair = best.setdefault(source_of[key], [0.0, 0.0])
        pair[0] = max(pair[0], alone.get(key, 0.0))
        pair[1] = max(pair[1], conversation.get(key, 0.0))
    return {id: own + CONVERSATION_SHARE * said for id, (own, said) in best.items()}
