"""Find a quote again in a text that has changed, and say how it differs."""

from __future__ import annotations

import re
from difflib import SequenceMatcher

from rag.types import Span, digest

ALIKE = 0.5  # share of matching words (SequenceMatcher.ratio) from which text is a changed quote
_ANCHORS = (60, 30, 15)  # code points of context that are looked for on either side
_TOKEN = re.compile(r"\w+|[^\w\s]")
_BREAK = re.compile(r"\r\n|\r|\n")


def find_text(text: str, wanted: str, before: str, after: str, start: int) -> Span | None:
    """Where ``wanted`` stands in ``text``, else what is much like it, else None.

    Of several equal places the one at the recorded ``start`` is taken, else the one whose
    surroundings resemble the recorded ones most, else the nearest. Without an equal place: what
    stands between the recorded surroundings; nothing when these have closed up, since then it was
    taken out; else the stretch that shares most words with it.
    """
    equal = _equal(text, wanted)
    if equal:
        if start in equal and _resemblance(text, start, wanted, before, after) > 0:
            return Span(start, start + len(wanted))
        best = max(
            equal,
            key=lambda at: (_resemblance(text, at, wanted, before, after), -abs(at - start)),
        )
        return Span(best, best + len(wanted))
    between = _between(text, wanted, before, after)
    if between is not None or _closed_up(text, before, after):
        return between
    return _likest(text, wanted)


def _equal(text: str, wanted: str) -> list[int]:
    found, at = [], text.find(wanted)
    while at >= 0:
        found.append(at)
        at = text.find(wanted, at + 1)
    return found


def _resemblance(text: str, at: int, wanted: str, before: str, after: str) -> int:
    """Code points next to a place that are as they were, on both sides together."""
    end = at + len(wanted)
    return (
        _common(text[max(0, at - len(before)) : at][::-1], before[::-1])
        + _common(text[end : end + len(after)], after)
        + (not before and at == 0)
        + (not after and end == len(text))
    )


def _common(one: str, other: str) -> int:
    for i, (a, b) in enumerate(zip(one, other, strict=False)):
        if a != b:
            return i
    return min(len(one), len(other))


def _between(text: str, wanted: str, before: str, after: str) -> Span | None:
    """What now stands between the recorded surroundings, when it is like the quote."""
    for length in _ANCHORS:
        left, right = before[-length:], after[:length]
        if (before and len(left.strip()) < 8) or (after and len(right.strip()) < 8):
            continue
        at = text.find(left) if left else 0
        while at >= 0:
            start = at + len(left)
            end = text.find(right, start) if right else len(text)
            if end > start and end - start <= 3 * len(wanted) + 80:
                span = _trimmed(text, start, end)
                if span and _alike(wanted, text[span.start : span.end]):
                    return span
            at = text.find(left, at + 1) if left else -1
    return None


def _closed_up(text: str, before: str, after: str) -> bool:
    """Whether the recorded surroundings now have only white space between them."""
    left, right = before.split()[-6:], after.split()[:6]
    if len(left) < 3 or len(right) < 3:
        return False
    return re.search(r"\s+".join(map(re.escape, left + right)), text) is not None


def _trimmed(text: str, start: int, end: int) -> Span | None:
    inner = text[start:end]
    if not inner.strip():
        return None
    left = len(inner) - len(inner.lstrip())
    return Span(start + left, start + len(inner.rstrip()))


def _alike(one: str, other: str) -> bool:
    return _ratio(_TOKEN.findall(one), _TOKEN.findall(other)) >= ALIKE


def _ratio(one: list[str], other: list[str]) -> float:
    """Share of words that two texts have in common in order, in [0, 1] (normalised indel)."""
    from rapidfuzz.distance import Indel

    return Indel.normalized_similarity(one, other)


def _likest(text: str, wanted: str) -> Span | None:
    """The stretch of ``text`` that is most like the quote, in whole words, when it is like it."""
    from rapidfuzz.fuzz import partial_ratio_alignment

    if len(wanted) > len(text):
        return Span(0, len(text)) if text.strip() and _alike(wanted, text) else None
    near = partial_ratio_alignment(wanted, text, score_cutoff=100 * ALIKE)
    if near is None:
        return None
    words = list(_TOKEN.finditer(text))
    inside = [n for n, word in enumerate(words) if near.dest_start < word.end() <= near.dest_end]
    if not inside:
        return None
    own = _TOKEN.findall(wanted)
    first, last = _widened([word.group() for word in words], own, inside[0], inside[-1] + 1)
    if _ratio(own, [word.group() for word in words[first:last]]) < ALIKE:
        return None
    return Span(words[first].start(), words[last - 1].end())


def _widened(words: list[str], own: list[str], first: int, last: int) -> tuple[int, int]:
    """``words[first:last]`` with words of either side taken in for as long as it grows more alike.

    The window that was compared has the length of the quote, and white space may have grown.
    """
    best = _ratio(own, words[first:last])
    while True:
        wider = [(first - 1, last)] * (first > 0) + [(first, last + 1)] * (last < len(words))
        scored = max(((_ratio(own, words[a:b]), a, b) for a, b in wider), default=None)
        if scored is None or scored[0] <= best:
            return first, last
        best, first, last = scored


def line_feeds(text: str) -> str:
    """``text`` with every line ending as a line feed."""
    return _BREAK.sub("\n", text)


def from_line_feeds(text: str, span: Span) -> Span:
    """The span of ``text`` that ``span`` of ``line_feeds(text)`` is."""
    return Span(_mapped(text, "\n", span.start), _mapped(text, "\n", span.end))


def newline_map(text: str, sha256: str, span: Span) -> Span | None:
    """Where ``span`` of the recorded text lies in ``text``, when only line endings differ.

    None when ``text`` under no one kind of line ending has the recorded digest.
    """
    for ending in ("\n", "\r\n", "\r"):
        recorded = _BREAK.sub(ending, text)
        if digest(recorded) == sha256:
            return Span(_mapped(text, ending, span.start), _mapped(text, ending, span.end))
    return None


def _mapped(text: str, ending: str, offset: int) -> int:
    """The offset in ``text`` of an offset in the same text with every break as ``ending``."""
    shift = 0
    for match in _BREAK.finditer(text):
        if match.start() + shift + len(ending) > offset:
            break
        shift += len(ending) - len(match.group())
    return offset - shift


def word_diff(one: str, other: str) -> tuple[str, ...]:
    """The two texts word by word: " kept", "-removed", "+added", in order."""
    old, new = re.findall(r"\S+", one), re.findall(r"\S+", other)
    diff: list[str] = []
    for tag, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag == "equal":
            diff += [f" {word}" for word in old[a:b]]
        else:
            diff += [f"-{word}" for word in old[a:b]] + [f"+{word}" for word in new[c:d]]
    return tuple(diff)
