"""Passages as documents present them: lists with a lead-in, sentences under a speaker's name.

Line breaks alone are not made: the tokenizer reads white space of any kind the same way.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import replace

from rag.train.pairs import Pair
from rag.types import Span

_MARKERS: tuple[Callable[[int], str], ...] = (
    lambda _: "- ",
    lambda _: "* ",
    lambda _: "\u2022 ",
    lambda n: f"{n + 1}. ",
    lambda n: f"({chr(97 + n % 26)}) ",
)
_LEADS = (
    "The following apply:",
    "Please note:",
    "This includes:",
    "Main points:",
    "Summary:",
    "In particular:",
)


def as_list(pair: Pair, rng: random.Random) -> Pair:
    """The sentences as items of a list, half of the time under a lead-in."""
    marker = rng.choice(_MARKERS)
    fronts = [marker(number) for number in range(len(pair.sentences))]
    lead = f"{rng.choice(_LEADS)}\n" if rng.random() < 0.5 else ""
    return _fronted(pair, fronts, lead)


def as_speech(pair: Pair, names: Sequence[str], rng: random.Random) -> Pair:
    """The sentences as turns of two or three speakers, each turn opened by ``NAME: ``."""
    if not names:
        return pair
    speakers = [rng.choice(names) for _ in range(rng.randint(2, 3))]
    speakers = [name.upper() for name in speakers] if rng.random() < 0.4 else speakers
    fronts = []
    for number in range(len(pair.sentences)):
        new = number == 0 or rng.random() < 0.5
        fronts.append(f"{rng.choice(speakers)}: " if new else "")
    return _fronted(pair, fronts, "")


def _fronted(pair: Pair, fronts: Sequence[str], lead: str) -> Pair:
    """The pair with something put before each sentence, which the sentence then holds; text between
    sentences becomes a line feed. An answer that crosses sentences ends with its first one.
    """
    text, sentences, answers = lead, [], []
    for front, sentence in zip(fronts, pair.sentences, strict=True):
        if text and front:
            text = text.rstrip() + "\n"
        begin = len(text)
        by = len(text) + len(front) - sentence.start
        text += front + pair.text[sentence.start : sentence.end]
        sentences.append(Span(begin, len(text)))
        answers += [
            Span(a.start + by, min(a.end, sentence.end) + by)
            for a in pair.answers
            if sentence.start <= a.start < sentence.end
        ]
        text += " "
    return replace(pair, text=text.rstrip(), sentences=tuple(sentences), answers=tuple(answers))


def short_answers(pair: Pair, longest: int) -> Pair:
    """Without the answers of more than ``longest`` code points: their sentences stay labelled."""
    return replace(pair, answers=tuple(a for a in pair.answers if len(a) <= longest))
