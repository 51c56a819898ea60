"""The same words at another place: identical text, or other white space and punctuation.

Two texts have the same words when their word sequences are equal, case included. Numbers keep the
marks inside them (``3.5``, ``3-5`` and ``35`` are three different words) and signs that carry
meaning (``$ % + -`` before a digit) are words of their own, so that figures never pass for others.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache
from itertools import islice, zip_longest

from rag.types import Also, Place, SameKind, Source, Span

MEANINGFUL = frozenset("%‰‱§@#&°№†‡*/\\")  # punctuation that is not mere punctuation
_NUMBER = r"[-−–]?\d+(?:[^\w\s]\d+)*"
_TERMINAL = ".!?…:;。！？"
_LINE_BREAKS = "\n\r\f\v\x85\u2028\u2029"

ParagraphAt = Callable[[Source, int], int]
"""Gives the 1-based paragraph number of a code point of a source."""


# Where white space, punctuation, control, format and combining characters live: scanning all of
# Unicode would cost a quarter of a second at first use.
_BLOCKS = ((0, 0x3100), (0xA600, 0xABFF), (0xFB00, 0x12500), (0x16A00, 0x1E9FF), (0xE0000, 0xE0200))


@cache
def _class(kind: str) -> str:
    """The inside of a character class: "ignored" (white space, punctuation, format and control
    characters that carry no meaning of their own) or "mark" (combining characters).
    """
    belongs = _is_mark if kind == "mark" else _is_ignored
    runs: list[tuple[int, int]] = []
    for first, last in _BLOCKS:
        for code in range(first, last):
            if not belongs(chr(code)):
                continue
            if runs and runs[-1][1] == code - 1:
                runs[-1] = (runs[-1][0], code)
            else:
                runs.append((code, code))
    return "".join(f"\\U{first:08x}-\\U{last:08x}" for first, last in runs)


def _is_mark(char: str) -> bool:
    return unicodedata.category(char)[0] == "M"


def _is_ignored(char: str) -> bool:
    if char in MEANINGFUL:
        return False
    category = unicodedata.category(char)
    return category[0] in "PZ" or category in ("Cc", "Cf") or char in "\ufffe\uffff"


@cache
def _token() -> re.Pattern[str]:
    letter = f"(?:[^\\W\\d_]|[{_class('mark')}])"
    return re.compile(f"{_NUMBER}|{letter}+|[^{_class('ignored')}]")


def words(text: str) -> tuple[str, ...]:
    """The words of ``text`` in order, as the module says; () when it has none."""
    return tuple(match.group() for match in _token().finditer(text))


def same_kind(one: str, other: str) -> SameKind | None:
    """How two texts are the same: "identical", "same words", or None."""
    if one == other:
        return "identical"
    own = words(one)
    return "same words" if own and own == words(other) else None


def same_words(
    place: Place, candidates: Iterable[Source], paragraph: ParagraphAt
) -> tuple[Also, ...]:
    """Other places with the words of ``place``, as sentences of their own.

    Each candidate is searched whole, each id once; the place itself and what overlaps it is left
    out. Places that are only part of a longer sentence are left out as well: "the board approved
    the merger" inside "it is false that the board approved the merger" says something else.
    Ordered by candidate, then offset; disjoint.
    """
    own = words(place.text)
    found: list[Also] = []
    seen: set[str] = set()
    for source in candidates:
        if source.id in seen:
            continue
        seen.add(source.id)
        for span in _spans(source.text, place.text, own):
            if source.id == place.source.id and span.overlaps(place.span):
                continue
            kind = same_kind(place.text, source.text[span.start : span.end])
            if kind and _stands_alone(source.text, span):
                found.append(Also(Place(source, span), paragraph(source, span.start), kind))
    return tuple(found)


def _spans(text: str, wanted: str, own: Sequence[str]) -> Iterator[Span]:
    """Disjoint spans of ``text`` that may hold the words ``own``, outer punctuation included."""
    if not own or max(own, key=len) not in text:
        return
    first = _token().search(wanted)
    lead = first.start() if first else 0
    end = 0
    at = text.find(own[0])
    while at >= 0:
        last = _end_of_run(text, at, own)
        if last is not None:
            exact = _exact(text, wanted, at - lead)
            span = exact or Span(*_with_punctuation(text, at, last))
            if span.start >= end:
                yield span
                end = span.end
        at = text.find(own[0], max(end, at + 1))


def _end_of_run(text: str, at: int, own: Sequence[str]) -> int | None:
    """Where the words ``own`` end when they stand in a row from ``at`` on, else None."""
    end = at
    for word, match in zip_longest(own, islice(_token().finditer(text, at), len(own))):
        if match is None or match.group() != word:
            return None
        end = match.end()
    return end


def _exact(text: str, wanted: str, start: int) -> Span | None:
    """The span at ``start`` that equals ``wanted`` character by character, if it does."""
    if start >= 0 and text.startswith(wanted, start):
        return Span(start, start + len(wanted))
    return None


def _with_punctuation(text: str, start: int, end: int) -> tuple[int, int]:
    """Widen over the punctuation that touches the words on either side."""
    while start > 0 and _is_punctuation(text[start - 1]):
        start -= 1
    while end < len(text) and _is_punctuation(text[end]):
        end += 1
    return start, end


def _is_punctuation(char: str) -> bool:
    return unicodedata.category(char)[0] == "P" and char not in MEANINGFUL


def _stands_alone(text: str, span: Span) -> bool:
    """Whether a sentence may start and end where the span does.

    Before it: the start of the text, a line break, or the end of a sentence; after it likewise.
    """
    left = text[max(0, span.start - 8) : span.start]
    before = left.rstrip(" \t\u00a0\u202f\"'“”‘’«»([")
    starts = span.start == 0 or (not before and len(left) < 8) or before[-1:] in _TERMINAL_OR_BREAK
    right = text[span.end : span.end + 8]
    after = right.lstrip(" \t\u00a0\u202f")
    last = text[span.start : span.end].rstrip("\"'“”‘’«»)]")[-1:]
    ends = (
        span.end == len(text)
        or (not after and len(right) < 8)
        or after[:1] in _LINE_BREAKS
        or last in _TERMINAL
    )
    return starts and ends


_TERMINAL_OR_BREAK = frozenset(_TERMINAL + _LINE_BREAKS)
