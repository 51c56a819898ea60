"""Headings of plain text, as custom sets them: underlined, numbered, in capitals, or alone.

A heading begins a paragraph of its own: nothing but its underline and overline touches it from
above. Kinds, and what else each takes:

- underlined: a line over a run of one sign about as long as itself; what follows may touch it.
- worded ("Chapter IV", "Article 3. Duties"), numbered ("3.2 Scope", "4. Scope"), capitals: a short
  line by itself that does not end as a sentence does. Numbers that count one after the other with
  nothing between them are a list.
- short: a few words by themselves, after a paragraph and over one that begins as prose does.

The first line of a text by itself is its title. Text here has line feeds only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from rag.types import Heading, Span, ink

TITLE_CHARACTERS = 100
_SHORT_CHARACTERS = 70
_SHORT_WORDS = 9
_CAPITAL_WORDS = 8
_PROSE_WORDS = 8  # words that a paragraph has at least which a short line may head
_OPENING = 400  # characters of a paragraph that are looked at

_BLOCK = re.compile(r"[^\n\f]*[^\s][^\n\f]*(?:\n[^\n\f]*[^\s][^\n\f]*)*")
_ADORNMENT = re.compile(r"[ \t]*(([=\-~^\"'`#*+:._<>])\2{2,})[ \t]*")
# It begins with a letter or digit and does not end as a sentence or a list does.
_TITLE = re.compile(r"[^\W_].*[\w)\]’'”\"]|[^\W_]")
_WORDED = re.compile(
    r"(?:section|chapter|part|article|annex|appendix|schedule|book|volume|act|scene|canto)\s+"
    r"(?:\d+(?:\.\d+)*|[ivxlc]+|[a-z])(?:[.:]?|[.:]?\s+\S.*[^.;,])",
    re.IGNORECASE,
)
_NUMBERED = re.compile(
    r"(\d{1,3}(?:\.\d{1,3})+\.?|\d{1,3}\.|\d{1,3}(?=\t|  )|[A-Z]\.)\s+[\"“‘'(]?[^\W\d_a-z].*[^.;:,]"
)
_NO_SHORT = re.compile(r":\s|\t|  |[|@{}<>=;\\]|://|^\d[\d.,/ -]*$")
_WORD = re.compile(r"\w+")

Kind = Literal["underlined", "worded", "numbered", "capitals", "short", "line", "body"]


@dataclass(frozen=True, slots=True)
class _Block:
    """Lines between blank ones. title: what a heading's words would be. style: of an underline, or
    a number's; words: those of its opening; upper: whether it begins with a capital or a digit.
    """

    kind: Kind
    title: Span
    style: str
    indent: int
    words: int
    upper: bool


def headings_of(text: str) -> Iterator[Heading]:
    """The headings of a plain text, ascending."""
    levels = _Levels()
    block = None
    for after in _blocks(text):
        if block is not None:
            yield from levels.heading(block, after)
        block = after
    if block is not None:
        yield from levels.heading(block, None)


class _Levels:
    """Which blocks are headings, and of which level, as the text goes by."""

    def __init__(self) -> None:
        self.styles: list[str] = []  # of underlines, outermost first
        self.before: _Block | None = None
        self.headed = False  # whether the block before is a heading
        self.listing = False  # whether a numbered list goes on
        self.parts = False  # whether capitals or numbers part the text

    def heading(self, block: _Block, after: _Block | None) -> Iterator[Heading]:
        level = 0 if after is None and block.kind != "underlined" else self._level(block, after)
        self.headed = level > 0
        self.before = block
        if level:
            yield Heading(min(level, 6), block.title)

    def _level(self, block: _Block, after: _Block | None) -> int:
        if block.kind == "underlined":
            if block.style not in self.styles:
                self.styles.append(block.style)
            return 1 + self.styles.index(block.style)
        if block.kind == "body":
            self.listing = False
            return 0
        if block.kind == "numbered":
            return self._numbered(block, after)
        self.listing = False
        if self.before is None:
            return 1
        if block.kind in ("short", "line"):
            return 2 + self.parts if self._heads(block, after) else 0
        self.parts = True
        return 2

    def _numbered(self, block: _Block, after: _Block | None) -> int:
        depth = len(re.findall(r"\w+", block.style))
        if depth == 1:
            counts = after is not None and after.kind == "numbered" and "." not in after.style[:-1]
            if self.listing or counts:
                self.listing = True
                return 0
        self.listing, self.parts = False, True
        return 1 + depth

    def _heads(self, block: _Block, after: _Block | None) -> bool:
        """Whether a short line by itself stands between a paragraph and one that it may head."""
        if (
            block.kind == "line"
            or after is None
            or after.kind != "body"
            or after.words < _PROSE_WORDS
            or not after.upper
        ):
            return False
        prose = self.before is not None and self.before.kind in ("body", "line")
        return (prose or self.headed) and block.indent <= after.indent


def _blocks(text: str) -> Iterator[_Block]:
    for match in _BLOCK.finditer(text):
        start, end = match.span()
        yield _underlined(text, start, end) or _other(text, start, end)


def _underlined(text: str, start: int, end: int) -> _Block | None:
    """A block that opens with a line over an underline, and perhaps under an overline."""
    lines: list[tuple[int, int]] = []
    while start <= end and len(lines) < 3:
        stop = text.find("\n", start, min(end, start + 2 * TITLE_CHARACTERS))
        if stop < 0:
            stop = end if end - start < 2 * TITLE_CHARACTERS else start
        lines.append((start, stop))
        start = stop + 1
    over = _ADORNMENT.fullmatch(text, *lines[0])
    lines = lines[1:] if over else lines
    if len(lines) < 2:
        return None
    under = _ADORNMENT.fullmatch(text, *lines[1])
    title = ink(text, *lines[0])
    if under is None or title is None or _ADORNMENT.fullmatch(text, *lines[0]):
        return None
    sign, length = under[2], len(under[1])
    if over and over[2] != sign:
        return None
    if len(title) > TITLE_CHARACTERS or not 0.6 * len(title) <= length <= 2 * len(title) + 20:
        return None
    if not any(map(str.isalnum, text[title.start : title.end])):
        return None
    return _Block("underlined", title, sign + ("over" if over else ""), 0, 0, True)


def _other(text: str, start: int, end: int) -> _Block:
    opening = text[start : min(end, start + _OPENING)]
    words = len(_WORD.findall(opening))
    bare = opening.lstrip()
    indent = len(opening) - len(bare)
    upper = not bare[:1].islower() and (bare[:1].isalnum() or bare[:1] in "\"“‘'([")
    title = ink(text, start, end) or Span(start, end)
    whole = end - start < _OPENING
    kind, style = _kind(bare.rstrip() if whole else "\n", words)
    return _Block(kind, title, style, indent, words, upper)


def _kind(line: str, words: int) -> tuple[Kind, str]:
    """What a block of one line may be, and its number."""
    if "\n" in line or len(line) > TITLE_CHARACTERS:
        return "body", ""
    if _WORDED.fullmatch(line):
        return "worded", ""
    numbered = _NUMBERED.fullmatch(line)
    if numbered:
        return "numbered", numbered[1]
    if not _TITLE.fullmatch(line):
        return "body", ""
    if line.isupper() and sum(map(str.isalpha, line)) > 3 and words <= _CAPITAL_WORDS:
        return "capitals", ""
    short = len(line) <= _SHORT_CHARACTERS and words <= _SHORT_WORDS and not line[0].islower()
    return ("line" if _NO_SHORT.search(line) or not short else "short"), ""
