"""Training groups: a question with its positive passage and, for some, a negative one.

Everything random is drawn from ``random.Random`` seeded by (seed, epoch, question), so that the
stream of groups is the same however often training is stopped and resumed.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from rag.train.squad import Paragraph, Question, QuestionSet
from rag.train.unanswerable import SwapPools, keywords, leaning, make_unanswerable
from rag.types import Span

UNKNOWN = -1  # label of a sentence that may or may not answer: left out of the loss


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and a passage. answers: gold spans in ``text`` (several: any of them).

    relevant: whether the passage answers. labels: 1, 0 or UNKNOWN per sentence. heading: what
    stands above the passage, "" for nothing.
    """

    question: str
    text: str
    sentences: tuple[Span, ...]
    answers: tuple[Span, ...]
    relevant: bool
    labels: tuple[int, ...]
    heading: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Pairs whose span scores are normalised together; the first may hold the answer."""

    pairs: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class Mix:
    """How often what is made, as fractions of the questions (see module docstring)."""

    hard_negative: float = 0.22
    random_negative: float = 0.04
    removed_sentence: float = 0.08
    unanswerable: float = 0.24
    keywords: float = 0.10
    bare: float = 0.08
    leaning: float = 0.10
    cropped: float = 0.30
    widened: float = 0.05
    titled: float = 0.35


class GroupMaker:
    """Makes the group of a question.

    negatives: (questions, k) int32 from ``rag.train.negatives.mine``, rows as in ``questions``.
    """

    def __init__(
        self, questions: QuestionSet, negatives: NDArray[np.int32], mix: Mix, seed: int
    ) -> None:
        self._set, self._negatives, self._mix, self._seed = questions, negatives, mix, seed
        self._pools = SwapPools(questions)
        self._of_article: dict[str, list[int]] = {}
        for index, paragraph in enumerate(questions.paragraphs):
            self._of_article.setdefault(paragraph.article, []).append(index)

    def __len__(self) -> int:
        return len(self._set.questions)

    def make(self, index: int, epoch: int) -> Group:
        """The group of question ``index`` in this epoch."""
        rng = random.Random(f"{self._seed}:{epoch}:{index}")
        question = self._set.questions[index]
        paragraph = self._set.paragraphs[question.paragraph]
        text = self._typed(question.text, paragraph.article, rng)
        positive = positive_pair(text, question, paragraph)
        draw = rng.random()
        if draw < self._mix.cropped:
            positive = crop(positive, rng)
        elif draw < self._mix.cropped + self._mix.widened:
            positive = self._widen(positive, question.paragraph, rng)
        negative = self._negative(index, text, positive, rng)
        pairs = (positive,) if negative is None else (positive, negative)
        titled, title = rng.random() < self._mix.titled, title_of(paragraph)
        return Group(
            tuple(replace(p, heading=(p.heading or title) if titled else "") for p in pairs)
        )

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
        for share in (mix.hard_negative, mix.random_negative):
            if draw < share:
                hard = share is mix.hard_negative
                return self._other_passage(index, text, hard, rng)
            draw -= share
        if draw < mix.removed_sentence:
            return without_answer(positive)
        draw -= mix.removed_sentence
        if draw < mix.unanswerable:
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


def shifted(span: Span, by: int) -> Span:
    """The span moved by ``by`` code points."""
    return Span(span.start + by, span.end + by)


def join(pair: Pair, extra: str, inner: tuple[Span, ...], before: bool) -> Pair:
    """``pair`` with irrelevant text joined on by a space; spans stay on the same words."""
    none = (0,) * len(inner)
    if before:
        by = len(extra) + 1
        own = tuple(shifted(s, by) for s in pair.sentences)
        answers = tuple(shifted(s, by) for s in pair.answers)
        text = f"{extra} {pair.text}"
        return Pair(pair.question, text, inner + own, answers, pair.relevant, none + pair.labels)
    moved = tuple(shifted(s, len(pair.text) + 1) for s in inner)
    text = f"{pair.text} {extra}"
    return Pair(
        pair.question, text, pair.sentences + moved, pair.answers, pair.relevant, pair.labels + none
    )


def overlaps(one: Span, other: Span) -> bool:
    """Whether two half-open spans share a code point."""
    return one.start < other.end and other.start < one.end


def occurrences(text: str, part: str) -> tuple[Span, ...]:
    """Every place of ``part`` in ``text`` that does not begin or end inside a word."""
    pattern = rf"(?<!\w){re.escape(part)}(?!\w)" if part[:1].isalnum() else re.escape(part)
    return tuple(Span(*match.span()) for match in re.finditer(pattern, text))


def positive_pair(question: str, gold: Question, paragraph: Paragraph) -> Pair:
    """The pair of a question with its own paragraph; an uncertain answer may be at any of its
    occurrences, and sentences that hold it a second time are left out of the loss.
    """
    answers, text = gold.answers, paragraph.text
    if not answers:
        return negative_pair(question, text, paragraph.sentences)
    strings = [text[a.start : a.end] for a in answers]
    again = tuple(span for part in strings for span in occurrences(text, part))
    sure = () if not gold.certain else answers
    labels = tuple(
        1
        if any(overlaps(s, a) for a in sure)
        else UNKNOWN
        if any(overlaps(s, a) for a in again)
        else 0
        for s in paragraph.sentences
    )
    spans = answers if gold.certain else tuple(dict.fromkeys(answers + again))
    if not gold.certain and labels.count(UNKNOWN) == 1:  # all occurrences in one sentence
        labels = tuple(1 if label == UNKNOWN else label for label in labels)
    return Pair(question, text, paragraph.sentences, spans, True, labels)


def negative_pair(question: str, text: str, sentences: tuple[Span, ...]) -> Pair:
    """A pair without an answer."""
    return Pair(question, text, sentences, (), False, (0,) * len(sentences))


def keep(pair: Pair, first: int, last: int) -> Pair:
    """Only sentences ``first:last``; answers that do not lie wholly inside are dropped."""
    start, end = pair.sentences[first].start, pair.sentences[last - 1].end
    sentences = tuple(shifted(s, -start) for s in pair.sentences[first:last])
    answers = tuple(shifted(a, -start) for a in pair.answers if start <= a.start and a.end <= end)
    text, labels = pair.text[start:end], pair.labels[first:last]
    return Pair(pair.question, text, sentences, answers, pair.relevant, labels)


def crop(pair: Pair, rng: random.Random) -> Pair:
    """A run of the sentences, drawn; it holds every answer, or the pair comes back as it was."""
    count = len(pair.sentences)
    if count < 3:
        return pair
    held = [i for i, s in enumerate(pair.sentences) if any(overlaps(s, a) for a in pair.answers)]
    low = held[0] if held else rng.randrange(count)
    high = held[-1] if held else low
    first, last = rng.randint(0, low), rng.randint(high + 1, count)
    if last - first < 2:
        first, last = max(0, first - 1), min(count, last + 1)
    cropped = keep(pair, first, last)
    return cropped if len(cropped.answers) == len(pair.answers) else pair


def without_answer(pair: Pair) -> Pair | None:
    """The passage with every sentence that touches or repeats an answer taken out, or None when too
    little is left. The rest is joined by spaces.
    """
    strings = [pair.text[a.start : a.end].lower() for a in pair.answers]
    kept = [
        s
        for s in pair.sentences
        if not any(overlaps(s, a) for a in pair.answers)
        and not any(part in pair.text[s.start : s.end].lower() for part in strings)
    ]
    if len(kept) < 2:
        return None
    return joined_sentences(pair.question, [pair.text[s.start : s.end] for s in kept])


def joined_sentences(
    question: str, sentences: Sequence[str], right: Sequence[int] = (), relevant: bool = False
) -> Pair:
    """A pair whose passage is the sentences joined by spaces; ``right`` are those that answer."""
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    labels = tuple(int(i in right) for i in range(len(sentences)))
    return Pair(question, " ".join(sentences), tuple(spans), (), relevant, labels)
