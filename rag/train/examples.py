"""Training groups: a question with its positive passage and, for some, a negative one.

Everything random is drawn from ``random.Random`` seeded by (seed, epoch, question), so that the
stream of groups is the same however often training is stopped and resumed.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.train.pairs import (
    Group,
    Pair,
    crop,
    join,
    negative_pair,
    positive_pair,
    shifted,
    without_answer,
)
from rag.train.presented import as_list, as_speech, short_answers
from rag.train.rewording import Synonyms, fewer_shared
from rag.train.squad import Paragraph, Question, QuestionSet
from rag.train.tables import names_of
from rag.train.unanswerable import SwapPools, keywords, leaning, make_unanswerable
from rag.types import Span

LONGEST_ANSWER = 200  # code points; of longer answers only the sentences are taught


@dataclass(frozen=True, slots=True)
class Mix:
    """How often what is made, as fractions of the questions (see module docstring).

    written: beside a question that its passage does not answer, where the set has one for it.
    fewer_shared: with fewer words of the answering sentence; listed, spoken: passages as lists and
    as talk.
    """

    written: float = 0.0
    hard_negative: float = 0.22
    random_negative: float = 0.04
    removed_sentence: float = 0.08
    unanswerable: float = 0.24
    keywords: float = 0.10
    bare: float = 0.08
    leaning: float = 0.10
    fewer_shared: float = 0.0
    cropped: float = 0.30
    widened: float = 0.05
    titled: float = 0.35
    listed: float = 0.0
    spoken: float = 0.0


class GroupMaker:
    """Makes one group per question that has an answer, and one per question without, where its
    passage has no question with one.

    negatives: (questions, k) int32 from ``rag.train.negatives.mine``, rows as in ``questions``.
    """

    def __init__(
        self,
        questions: QuestionSet,
        negatives: NDArray[np.int32],
        mix: Mix,
        seed: int,
        synonyms: Synonyms | None = None,
    ) -> None:
        self._set, self._negatives, self._mix, self._seed = questions, negatives, mix, seed
        self._pools, self._synonyms = SwapPools(questions), synonyms or {}
        self._speakers = names_of(questions) if mix.spoken else ()
        self._of_article: dict[str, list[int]] = defaultdict(list)
        for index, paragraph in enumerate(questions.paragraphs):
            self._of_article[paragraph.article].append(index)
        self._written: dict[int, list[str]] = defaultdict(list)
        self._answered: dict[str, set[int]] = defaultdict(set)  # paragraphs, by question
        for question in questions.questions:
            if question.answers:
                self._answered[question.text].add(question.paragraph)
            else:
                self._written[question.paragraph].append(question.text)
        with_answer = {q.paragraph for q in questions.questions if q.answers}
        self._members = [
            index
            for index, q in enumerate(questions.questions)
            if q.answers or q.paragraph not in with_answer
        ]

    def __len__(self) -> int:
        return len(self._members)

    def make(self, index: int, epoch: int) -> Group:
        """The group of member ``index`` in this epoch."""
        index, mix = self._members[index], self._mix
        rng = random.Random(f"{self._seed}:{epoch}:{index}")
        question = self._set.questions[index]
        paragraph = self._set.paragraphs[question.paragraph]
        text = self._reworded(question, paragraph, rng)
        text = self._typed(text, paragraph.article, rng)
        positive = positive_pair(text, question, paragraph)
        draw = rng.random()
        if draw < mix.cropped:
            positive = crop(positive, rng)
        elif draw < mix.cropped + mix.widened:
            positive = self._widen(positive, question.paragraph, rng)
        negative = self._negative(index, text, positive, rng)
        pairs = (positive,) if negative is None else (positive, negative)
        titled, title = rng.random() < mix.titled, title_of(paragraph)
        headed = tuple(replace(p, heading=(p.heading or title) if titled else "") for p in pairs)
        return Group(tuple(short_answers(p, LONGEST_ANSWER) for p in self._shown(headed, rng)))

    def _reworded(self, question: Question, paragraph: Paragraph, rng: random.Random) -> str:
        if not question.answers or rng.random() >= self._mix.fewer_shared:
            return question.text
        answering = (
            paragraph.text[s.start : s.end]
            for s in paragraph.sentences
            if any(s.overlaps(a) for a in question.answers)
        )
        return fewer_shared(question.text, " ".join(answering), rng, self._synonyms)

    def _shown(self, pairs: tuple[Pair, ...], rng: random.Random) -> tuple[Pair, ...]:
        """All passages of a group presented in the same way, so that it gives nothing away."""
        draw = rng.random()
        if draw < self._mix.listed:
            return tuple(as_list(p, rng) for p in pairs)
        if draw < self._mix.listed + self._mix.spoken:
            return tuple(as_speech(p, self._speakers, rng) for p in pairs)
        return pairs

    def _typed(self, question: str, article: str, rng: random.Random) -> str:
        """The question as some would type it: key words, without its mark, or as a follow-up."""
        mix, draw = self._mix, rng.random()
        if draw < mix.keywords:
            return keywords(question)
        draw -= mix.keywords
        if draw < mix.bare:
            return question.rstrip(" ?")
        draw -= mix.bare
        follow_up = leaning(question, article, self._pools, rng) if draw < mix.leaning else None
        return question if follow_up is None else follow_up

    def _negative(self, index: int, text: str, positive: Pair, rng: random.Random) -> Pair | None:
        mix, draw = self._mix, rng.random()
        question = self._set.questions[index]
        article = self._set.paragraphs[question.paragraph].article
        if not positive.relevant:
            return None
        others = self._written[question.paragraph]
        if draw < mix.written and others:
            other = self._typed(rng.choice(others), article, rng)
            return negative_pair(other, positive.text, positive.sentences)
        draw -= mix.written
        for share in (mix.hard_negative, mix.random_negative):
            if 0 <= draw < share:
                return self._other_passage(index, text, share is mix.hard_negative, rng)
            draw -= share
        if 0 <= draw < mix.removed_sentence:
            return without_answer(positive)
        draw -= mix.removed_sentence
        if 0 <= draw < mix.unanswerable:
            altered = make_unanswerable(text, article, positive.text, self._pools, rng)
            if altered is not None:
                return negative_pair(altered, positive.text, positive.sentences)
        return None

    def _other_passage(self, index: int, text: str, hard: bool, rng: random.Random) -> Pair | None:
        question = self._set.questions[index]
        ranked = [int(i) for i in self._negatives[index] if i >= 0]
        if not hard:
            answers = {self._answer(question, span).lower() for span in question.answers}
            article = self._set.paragraphs[question.paragraph].article
            ranked = [
                i
                for i in self._of_article[article]
                if not any(a in self._set.paragraphs[i].text.lower() for a in answers)
            ]
        ranked = [i for i in ranked if i not in self._answered[question.text]]
        if not ranked:
            return None
        other = self._set.paragraphs[rng.choice(ranked[:4] if hard else ranked)]
        pair = negative_pair(text, other.text, other.sentences)
        pair = crop(pair, rng) if rng.random() < 0.5 else pair
        return replace(pair, heading=title_of(other))

    def _answer(self, question: Question, span: Span) -> str:
        return self._set.paragraphs[question.paragraph].text[span.start : span.end]

    def _widen(self, pair: Pair, paragraph: int, rng: random.Random) -> Pair:
        """The passage with sentences of its neighbour in the article put in front or behind."""
        before = rng.random() < 0.5
        other = paragraph - 1 if before else paragraph + 1
        if not 0 <= other < len(self._set.paragraphs):
            return pair
        neighbour, own = self._set.paragraphs[other], self._set.paragraphs[paragraph]
        answers = {pair.text[a.start : a.end].lower() for a in pair.answers}
        if neighbour.article != own.article or any(a in neighbour.text.lower() for a in answers):
            return pair
        count = min(len(neighbour.sentences), rng.randint(1, 3))
        chosen = neighbour.sentences[-count:] if before else neighbour.sentences[:count]
        extra = neighbour.text[chosen[0].start : chosen[-1].end]
        inner = tuple(shifted(s, -chosen[0].start) for s in chosen)
        return join(pair, extra, inner, before)


def title_of(paragraph: Paragraph) -> str:
    """The title of the paragraph's article as a heading is read."""
    return f"{paragraph.article.replace('_', ' ')}."
