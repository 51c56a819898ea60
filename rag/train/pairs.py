"""A question with a passage as training sees it, and changes that keep every place right."""

from __future__ import annotations

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag.train.squad import Paragraph, Question
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
