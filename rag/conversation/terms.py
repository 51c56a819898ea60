"""Noun phrases of earlier questions, quotes and titles: what a follow-up question may lean on.

A phrase is a maximal run of words that belong to no closed class, as in RAKE (Rose et al., 2010),
cut where a proper name begins or ends; ``of``, ``the``, ``de`` and the like join two names. Every
phrase is a slice of the text it came from.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from rag.conversation.words import LOCATING, PRONOUNS, Word, word_set, words

Kind = Literal["question", "quote", "title", "heading"]
_JOINERS = word_set("of the de del della di da van von der le la du al el bin ibn")
_SUBJECTS = PRONOUNS | word_set("i we you")
_VERBAL = _SUBJECTS | word_set(
    "to can could may might must shall should will would do does did don't doesn't didn't "
    "not be been being have has had i'll i'd"
)
_GOVERNED = word_set("the a an this that these those his her its their my your our it him them")
MAX_WORDS = 6


@dataclass(frozen=True, slots=True)
class Phrase:
    """A slice of an earlier text: ``text[start:end]`` is ``term``.

    stems: of its words that belong to no closed class. name: holds a proper name or a number.
    verbal: the word before it makes a verb likely ("did they *play*"). first: the first phrase of
    its text. after_name: follows a name directly. governs: an article or possessive follows
    ("*signed* the order"), so it is likely a verb. located: a preposition of place or time stands
    before it. agent: "by" stands before it.
    """

    term: str
    start: int
    end: int
    stems: frozenset[str]
    size: int
    name: bool
    verbal: bool
    first: bool
    after_name: bool
    governs: bool
    located: bool
    agent: bool


@lru_cache(maxsize=512)
def phrases(text: str) -> tuple[Phrase, ...]:
    """The phrases of ``text`` in order, disjoint, at most ``MAX_WORDS`` words each."""
    found = words(text)
    result: list[Phrase] = []
    for low, high in _runs(found, text):
        if any(not w.weak for w in found[low:high]) and high - low <= MAX_WORDS:
            result.append(_phrase(found, low, high, text, first=not result))
    return tuple(result)


def _phrase(found: Sequence[Word], low: int, high: int, text: str, *, first: bool) -> Phrase:
    run = found[low:high]
    content = [w for w in run if not w.function]
    start, end = run[0].start, run[-1].end
    before = found[low - 1] if low else None
    after = found[high] if high < len(found) else None
    name = any(w.name for w in run)
    return Phrase(
        term=text[start:end],
        start=start,
        end=end,
        stems=frozenset(w.stem for w in content),
        size=len(content),
        name=name,
        verbal=before is not None and before.lower in _VERBAL and not run[0].name,
        first=first,
        after_name=before is not None and before.name and text[before.end : start] == " ",
        governs=after is not None
        and not name
        and text[end : after.start] == " "
        and (after.lower in _GOVERNED or (after.lower == "by" and run[-1].lower.endswith("ed"))),
        located=_located(found, low),
        agent=before is not None and before.lower == "by",
    )


def _located(found: Sequence[Word], low: int) -> bool:
    """Whether "in", "at" and the like stand before, an article between them or not."""
    skip = low - 1 if low and found[low - 1].lower in ("the", "a", "an") else low
    return skip > 0 and found[skip - 1].lower in LOCATING


def _runs(found: Sequence[Word], text: str) -> Iterator[tuple[int, int]]:
    """Index ranges of phrases: runs of content words, trimmed of general words at both ends."""
    low = 0
    while low < len(found):
        if found[low].function:
            low += 1
            continue
        high = low + 1
        while high < len(found) and (step := _extension(found, high, text)):
            high += step
        yield from _trim(found, low, high)
        low = high


def _extension(found: Sequence[Word], at: int, text: str) -> int:
    """How many words from ``at`` on belong to the phrase that ends before ``at``; 0 for none."""
    last, word = found[at - 1], found[at]
    if text[last.end : word.start] not in (" ", "\u00a0"):
        return 0
    if not word.function:
        return int(last.name == word.name or _numeral(last) or _numeral(word))
    if not last.name or word.lower not in _JOINERS:
        return 0
    for ahead in (at + 1, at + 2):
        if ahead >= len(found) or text[found[ahead - 1].end : found[ahead].start] != " ":
            return 0
        if not found[ahead].function:
            return ahead - at + 1 if found[ahead].name else 0
        if found[ahead].lower not in _JOINERS:
            return 0
    return 0


def _numeral(word: Word) -> bool:
    return any(c.isdigit() for c in word.lower)


def _trim(found: Sequence[Word], low: int, high: int) -> Iterator[tuple[int, int]]:
    while low < high and found[low].weak and not found[low].name:
        low += 1
    while low < high and found[high - 1].weak and not found[high - 1].name:
        high -= 1
    if low < high:
        yield low, high
