"""Candidate terms of a conversation: every phrase of its earlier texts, with where it was said.

A mention is a phrase in a question, a quote or a title so many turns ago; mentions with the same
stems are one term, written as in its most recent mention.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag.conversation.terms import Kind, Phrase, phrases
from rag.conversation.words import content_stems, numeral


@dataclass(frozen=True, slots=True)
class Text:
    """An earlier text: what it is and how many turns ago it was said (1: the last turn).

    told: for a quote cited for a question that asks who or which, the stems of that question.
    """

    kind: Kind
    ago: int
    text: str
    told: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Mention:
    """A phrase where it was said; ``order`` counts the phrases before it in its text."""

    origin: Text
    phrase: Phrase
    order: int


@dataclass(frozen=True, slots=True)
class Term:
    """A phrase that may be carried: mentions most recent first, never empty.

    spread: share, in [0, 1], of the earlier texts that hold its words, mean over the words that
    the question does not hold.
    """

    mentions: tuple[Mention, ...]
    spread: float

    @property
    def text(self) -> str:
        """The term as written where it was last said."""
        return self.mentions[0].phrase.term

    @property
    def stems(self) -> frozenset[str]:
        """Stems of the term's words."""
        return self.mentions[0].phrase.stems

    @property
    def name(self) -> bool:
        """Whether the term is written as a proper name anywhere."""
        return any(m.phrase.name for m in self.mentions)

    @property
    def verbal(self) -> bool:
        """Whether it looks like a verb wherever it was said: "*signed* the order"."""
        return not self.name and all(
            m.phrase.size == 1 and (m.phrase.governs or m.phrase.after_name or m.phrase.verbal)
            for m in self.mentions
        )

    @property
    def numeral(self) -> bool:
        """Whether it is a number or a date."""
        return all(numeral(s) for s in self.stems)


def terms(question: str, texts: Sequence[Text]) -> tuple[Term, ...]:
    """The terms of ``texts`` (most recent first) that the question does not hold already."""
    asked = content_stems(question)
    found: dict[frozenset[str], list[Mention]] = {}
    holders: dict[str, int] = {}
    for text in texts:
        for stem in content_stems(text.text):
            holders[stem] = holders.get(stem, 0) + 1
        for order, phrase in enumerate(phrases(text.text)):
            if not phrase.stems <= asked:
                found.setdefault(phrase.stems, []).append(Mention(text, phrase, order))
    total = max(1, len(texts))
    result = []
    for stems, mentions in found.items():
        new = stems - asked
        spread = sum(holders[s] for s in new) / len(new) / total
        result.append(Term(tuple(mentions), spread))
    return tuple(result)


def term_features(
    term: Term, question: Mapping[str, float], asked: frozenset[str]
) -> dict[str, float]:
    """Named numbers of a term beside the features of the question (``question_features``)."""
    base = _own_features(term, asked)
    features = dict(base)
    for sign in _question_signs(question):
        features[f"q {sign}"] = 1.0
        for name in _CROSSED:
            if base[name]:
                features[f"{sign} & {name}"] = base[name]
    return {name: value for name, value in features.items() if value}


_CROSSED = (
    "title",
    "first title",
    "heading",
    "last question",
    "last quote",
    "name",
    "number",
    "shares",
    "ago 3",
    "first",
    "spread",
    "located",
)  # fmt: skip


def _own_features(term: Term, asked: frozenset[str]) -> dict[str, float]:
    latest = term.mentions[0]
    origins = {(m.origin.kind, m.origin.ago) for m in term.mentions}
    kinds = {kind for kind, _ in origins}
    phrase = latest.phrase
    head = phrase.term.split()[0].lower()
    return {
        "title": float("title" in kinds),
        "heading": float("heading" in kinds),
        "question": float("question" in kinds),
        "quote": float("quote" in kinds),
        "last question": float(("question", 1) in origins),
        "last quote": float(("quote", 1) in origins),
        "ago 2": float(latest.origin.ago == 2),
        "ago 3": float(latest.origin.ago >= 3),
        "name": float(term.name),
        "number": float(term.numeral),
        "often": math.log(len(term.mentions)),
        "spread": term.spread,
        "first": float(phrase.first),
        "first title": float(any(m.origin.kind == "title" and m.order == 0 for m in term.mentions)),
        "verbal": float(phrase.verbal),
        "after name": float(phrase.after_name),
        "agent": float(phrase.agent),
        "governs": float(phrase.governs),
        "located": float(phrase.located),
        "several words": float(phrase.size > 1),
        "long": float(phrase.size > 3),
        "ending": float(head.endswith(("ed", "ing", "ly")) and not phrase.name),
        "shares": float(bool(phrase.stems & asked)),
        "order": math.log1p(latest.order),
        "length": math.log1p(len(latest.origin.text)) / 5,
    }


def answers_who(mention: Mention) -> bool:
    """Whether it names someone or something in answer to "who" or "which"."""
    phrase, told = mention.phrase, mention.origin.told
    return told is not None and phrase.name and not phrase.located and not phrase.stems <= told


def _question_signs(question: Mapping[str, float]) -> list[str]:
    pointing = [s for s in ("he or she", "it", "they", "this", "this noun", "other")
                if question.get(s)]  # fmt: skip
    signs = pointing + [s for s in ("the noun", "none", "one", "names") if question.get(s)]
    return signs if pointing else [*signs, "no sign"]
