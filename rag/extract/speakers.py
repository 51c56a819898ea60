"""Who says what: turns of dialogues and minutes, and block quotes with their speaker.

A turn is a paragraph that opens with a name and a colon ("Ms LUND: Yes."). A colon after a capital
word parts much else ("Note: ..."), so names count as speakers only where turns follow each other:
at least two names, each at least twice, and turns among most of the paragraphs from the first to
the last. Text here has line feeds only.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.types import Heading, Mark, Span

_WORD = r"[^\W\d_a-z][\w.'’-]*"
_NAME = rf"{_WORD}(?:[ \t]+(?:(?:of|de|von|van|the|al|bin|d[aeiou])[ \t]+)?{_WORD}){{0,4}}"
_ROLE = r"(?:[ \t]*[(\[][^()\[\]\n]{1,60}[)\]])?"
_TURN = re.compile(
    rf"^[ \t]{{0,8}}(?:[*_]{{1,3}})?({_NAME}){_ROLE}[*_]{{0,3}}:[*_]{{0,3}}"
    r"(?=[ \t]+\S|[ \t]*\n[ \t]*\S)",
    re.MULTILINE,
)
_LABELS = """
note notes example examples warning caution important tip hint remark todo see source sources
figure table date time place location address price cost fee title subject from to cc re tel
phone email fax website url http https definition theorem proof lemma step option options
default returns return parameters type description summary abstract keywords author authors
version status action actions decision result results motion resolved present absent
attendance agenda item total ingredients method name id isbn doi
"""
_NO_SPEAKERS = frozenset(_LABELS.split())
_PARAGRAPH = re.compile(r"\n[ \t]*\n|\f")
_MOST_PARAGRAPHS = 6  # of one turn: what stands further down is hardly still the speaker's


@dataclass(frozen=True, slots=True)
class _Turn:
    start: int
    name: str


def turns(text: str, headings: Sequence[Heading] = ()) -> tuple[Mark, ...]:
    """A mark "said" for each turn, its name left out; () where nobody takes turns."""
    found = [_Turn(m.start(), m[1]) for m in _TURN.finditer(text) if not _label(m[1])]
    counts = Counter(turn.name for turn in found)
    found = [turn for turn in found if counts[turn.name] > 1]
    if len({turn.name for turn in found}) < 2:
        return ()
    between = text[found[0].start : found[-1].start]
    paragraphs = max(len(_PARAGRAPH.findall(between)), 1)
    if 2 * len(found) < paragraphs:
        return ()
    ends = [*(turn.start for turn in found[1:]), len(text)]
    marks = (_mark(text, turn, end, headings) for turn, end in zip(found, ends, strict=True))
    return tuple(mark for mark in marks if mark)


def _label(name: str) -> bool:
    return all(word.lower() in _NO_SPEAKERS for word in name.split())


def _mark(text: str, turn: _Turn, end: int, headings: Sequence[Heading]) -> Mark | None:
    """The words of a turn: to the next one, the next heading, or some paragraphs on."""
    following = bisect_left(headings, turn.start, key=lambda h: h.span.start)
    if following < len(headings):
        end = min(end, text.rfind("\n", 0, headings[following].span.start) + 1 or end)
    start = text.index(":", turn.start) + 1
    for count, match in enumerate(_PARAGRAPH.finditer(text, start, end), 1):
        if count == _MOST_PARAGRAPHS or match.group() == "\f":
            end = match.start()
            break
    piece = text[start:end]
    lead = re.match(r"[*_]{0,3}\s*", piece)
    start += lead.end() if lead else 0
    end = start + len(text[start:end].rstrip())
    return Mark("said", Span(start, end), turn.name) if start < end else None


_DASHED = re.compile(r"[ \t>]*(?:[-–—]{1,3}|―)[ \t]*([*_]{0,3}[^\W\d_][^\n]{1,80}?)[ \t]*")
_FOLLOWS = re.compile(r"\n?([^\n]{0,120})(?:\n|\Z)")


def signed_quote(text: str, span: Span) -> Iterator[Mark]:
    """A mark "said" for a block quote that a dashed line signs, at its end or right after it."""
    lines = text[span.start : span.end].rstrip("> \t\n").rsplit("\n", 1)
    signed = _DASHED.fullmatch(lines[-1]) if len(lines) > 1 else None
    after = _FOLLOWS.match(text, span.end)
    signed = signed or (_DASHED.fullmatch(after[1]) if after else None)
    if signed:
        yield Mark("said", span, _plain(signed[1]))


def _plain(name: str) -> str:
    return " ".join(re.sub(r"[*_`\[\]]|\([^()]*\)", "", name).split()).rstrip(".,")
