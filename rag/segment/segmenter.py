"""Sentences of one block of text: sentencex, corrected by rules that are kept as data.

The segmenter sees a shadow of the text in which every white-space character is a plain space (one
for one, so offsets stay): sentencex cuts at any line break and crashes on some Unicode spaces, and
a wrapped line is no sentence end. Blank lines, form feeds, list items and table rows end sentences.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib import metadata, resources
from itertools import pairwise
from typing import Any

from rag.extract.line_ends import LineEnds, moved
from rag.segment.blocks import block_spans, line_starts
from rag.types import Span

SEGMENTER_VERSION = "rules 3"
# Characters looked at around a possible end, and for the opening mark of a bracket or quotation.
_LOOK = 60
_FAR = 1000

_SPACE = re.compile(r"\s")
_ITEM = re.compile(
    r"[ \t]*(?:[-*+•‣▪◦–][ \t]+|o(?:\t| {2,})|(?:\d{1,3}|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)][ \t]+"
    r"|\((?:\d{1,3}|[A-Za-z]|[ivxlc]{1,6})\)[ \t]+)(?=\S)"
)
_BULLET = re.compile(r"[ \t]*(?:[-*+•‣▪◦–][ \t]+|o(?:\t| {2,}))\S")
_ENUMERATOR = re.compile(r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[A-Za-z]|[ivxlcIVXLC]{1,6})[.)\]]\)?")
_LINE_END = re.compile(r"[.!?:;,…][\"'”’»)\]*_]*\s*$")
_WORD_BEFORE = re.compile(r"([^\s(\[{\"“‘«—–]+?)\.[\"'”’»)\]]*$")
_NUMBER = re.compile(r"[\d#§$€£¥(]|[IVXLC]+\b")
_CLOSERS = re.compile(r"[”’»)\]}⟧]+(?=\s|$)")
_CLOSING_QUOTE = re.compile(r"\"(?=\s|$)")
_OPENING = re.compile(r" ([\"“‘«(\[⟦]+)$")
_BRACKET_END = re.compile(r"[.!?][\"”’']?\)\s+(?=[\"“‘(]?[A-Z])")
_LETTER_END = re.compile(r"(?<=\w )[A-Z]\.\s+(?=([A-Z][a-z]*)\b)")
_LOOSE_END = re.compile(r"[.!?…][\"'”’»)\]]*\s+(?=[\"'“‘«(\[]*[^\W_a-z])")


@dataclass(frozen=True, slots=True)
class Rules:
    """The data of ``sentence_rules.toml`` as sets, and the patterns made of it."""

    version: int
    always: frozenset[str]
    before_number: frozenset[str]
    before_lower: frozenset[str]
    times: frozenset[str]
    after_time: frozenset[str]
    names_with_marks: tuple[str, ...]
    openers: frozenset[str]
    plural_openers: frozenset[str]
    abbreviations: frozenset[str]
    may_end: re.Pattern[str]
    ordinary: re.Pattern[str]


@lru_cache(maxsize=1)
def rules() -> Rules:
    """Read the rules that ship with the package."""
    raw = (resources.files("rag.segment") / "sentence_rules.toml").read_text(encoding="utf-8")
    data: dict[str, Any] = tomllib.loads(raw)
    sets = {
        name: frozenset(data[name])
        for name in (
            "always",
            "before_number",
            "before_lower",
            "times",
            "after_time",
            "openers",
            "plural_openers",
        )
    }
    ends = "|".join(re.escape(word) for word in sorted(data["may_end"], key=len, reverse=True))
    plain = "|".join(re.escape(word) for word in data["ordinary"])
    return Rules(
        version=data["version"],
        abbreviations=frozenset(data["may_end"]),
        names_with_marks=tuple(data["names_with_marks"]),
        may_end=re.compile(rf"(?<![\w.])(?:{ends})[\"”’)]*\s+(?=([A-Z][a-z]*)\b(?:\s+(\w))?)"),
        ordinary=re.compile(rf"(?<![\w.])(?:{plain})\.[\"”’)]*\s+(?=[\"“‘]?[A-Z][a-z])"),
        **sets,
    )


class RuleSegmenter:
    """A ``protocols.Segmenter``: sentencex for English with the rules of this module."""

    def __init__(self) -> None:
        self._rules = rules()
        self._name = f"sentencex {metadata.version('sentencex')}, rules {self._rules.version}"

    @property
    def name(self) -> str:
        """The segmenter's name with the version of the rules."""
        return self._name

    def split(self, text: str, /) -> tuple[Span, ...]:
        """Spans that tile ``text``; outer white space belongs to the tile before it. Its line ends
        may be of any kind: the tiles are those of the text with line feeds.
        """
        if "\r" in text:
            ends = LineEnds(text)
            return moved(self.split(ends.text), ends.back)
        spans: list[Span] = []
        for block in block_spans(text):
            cuts = line_units(text, block)
            for start, end in pairwise(cuts):
                spans.extend(self._unit(text, start, end))
        return tuple(spans)

    def _unit(self, text: str, start: int, end: int) -> Iterator[Span]:
        """Sentences of a run of text without breaks in it."""
        shadow = _SPACE.sub(" ", text[start:end])
        edge = 0
        for cut in [*self._cuts(shadow), len(shadow)]:
            if cut > edge:
                yield Span(start + edge, start + cut)
                edge = cut

    def _cuts(self, shadow: str) -> list[int]:
        found = {_settle(shadow, cut) for cut in _raw_cuts(shadow)}
        kept: list[int] = []
        for cut in sorted(found | set(_missed(shadow, self._rules))):
            edge = kept[-1] if kept else 0
            if 0 < cut < len(shadow) and not leads_on(shadow, edge, cut, self._rules):
                kept.append(cut)
        return kept


def leads_on(shadow: str, edge: int, cut: int, rules: Rules) -> bool:
    """Whether the sentence that seems to end at ``cut`` (and began at ``edge``) goes on."""
    left = shadow[max(edge, cut - _LOOK) : cut].rstrip(" ")
    right = shadow[cut : cut + _LOOK].lstrip(" ")
    if not left or not right:
        return True
    whole = cut - edge < _LOOK
    if whole and (_ENUMERATOR.fullmatch(left.strip(" *_")) or left in rules.abbreviations):
        return True
    lower = right[0].islower() and not right[1:2].isupper()
    if lower and left.endswith(rules.names_with_marks):
        return True
    found = _WORD_BEFORE.search(left)
    if found is None:
        return False
    word = found[1].rsplit("-", 1)[-1].rsplit("/", 1)[-1]
    if word in rules.always or (word in rules.before_number and _NUMBER.match(right)):
        return True
    if word in rules.times and re.split(r"\W", right, maxsplit=1)[0] in rules.after_time:
        return True
    return lower and (word in rules.before_lower or "." in word)


def _missed(shadow: str, rules: Rules) -> Iterator[int]:
    """Ends that sentencex passes over: after "U.S." and its like, after plain words and letters
    that it takes for abbreviations, after a bracketed sentence.
    """
    for match in rules.may_end.finditer(shadow):
        word, after = match[1], match[2]
        opens = word in rules.openers or (word in rules.plural_openers and (after or "A").islower())
        if opens and not _inside_quotation(shadow, match.start()):
            yield match.end()
    for match in rules.ordinary.finditer(shadow):
        if not _inside_quotation(shadow, match.start()):
            yield match.end()
    for match in _LETTER_END.finditer(shadow):  # "World War I. The", "vitamin C. It"
        if match[1] in rules.openers and not _inside_quotation(shadow, match.start()):
            yield match.end()
    for match in _BRACKET_END.finditer(shadow):
        floor = max(0, match.start() - _FAR)
        opening = shadow.rfind("(", floor, match.start())
        before = shadow[floor : max(opening, floor)].rstrip(" ")
        if opening >= 0 and (opening == 0 or before[-1:] in (*'.!?”"',)):
            yield match.end()


@lru_cache(maxsize=1)
def segmenter() -> RuleSegmenter:
    """The segmenter of this package (one per process; it holds no state)."""
    return RuleSegmenter()


def loose_cuts(text: str) -> tuple[int, ...]:
    """Sentence ends inside a quotation or bracket, for a sentence too long to stay whole."""
    shadow = _SPACE.sub(" ", text)
    cuts: list[int] = []
    for match in _LOOSE_END.finditer(shadow):
        if not leads_on(shadow, cuts[-1] if cuts else 0, match.end(), rules()):
            cuts.append(match.end())
    return tuple(cuts)


def _raw_cuts(shadow: str) -> Iterable[int]:
    """Where sentencex ends sentences, in code points, the end of the text included."""
    import sentencex

    try:
        pieces = [item["text"] for item in sentencex.get_sentence_boundaries("en", shadow)]
    except BaseException as error:
        # The Rust extension panics on some rare texts; its exception derives from BaseException.
        if type(error).__name__ != "PanicException":
            raise
        pieces = []
    if "".join(pieces) != shadow:
        return [match.end() for match in _LOOSE_END.finditer(shadow)]
    ends, position = [], 0
    for piece in pieces:
        position += len(piece)
        ends.append(position)
    return ends


def _settle(shadow: str, cut: int) -> int:
    """Move a cut so that closing marks stay with the sentence and opening ones with the next."""
    closing = _CLOSERS.match(shadow, cut) or _CLOSING_QUOTE.match(shadow, cut)
    if closing and shadow[cut - 1 : cut] != " ":
        cut = closing.end()
    opening = _OPENING.search(shadow[max(0, cut - _LOOK) : cut])
    if opening and shadow[cut : cut + 1] not in ("", " "):
        cut -= len(opening[1])
    while cut < len(shadow) and shadow[cut] == " ":
        cut += 1
    return cut


def _inside_quotation(shadow: str, position: int) -> bool:
    before = shadow[max(0, position - _FAR) : position]
    return before.count("“") > before.count("”") or before.count('"') % 2 == 1


def line_units(text: str, block: Span) -> list[int]:
    """Offsets that bound the units of a block: list items and table rows stand alone."""
    starts = line_starts(text, block)
    lines = [text[a:b] for a, b in zip(starts, [*starts[1:], block.end], strict=True)]
    bullets = sum(1 for line in lines if _BULLET.match(line))
    cuts = [block.start]
    listing = False
    for index, (start, line) in enumerate(zip(starts, lines, strict=True)):
        row = _is_row(line)
        item = _ITEM.match(line) is not None and (
            index == 0
            or listing
            or (_BULLET.match(line) is not None and bullets > 1)
            or _LINE_END.search(lines[index - 1]) is not None
        )
        after_row = index > 0 and _is_row(lines[index - 1])
        if (row or item or after_row) and start > cuts[-1]:
            cuts.append(start)
        listing = listing or item
    return [*cuts, block.end]


def _is_row(line: str) -> bool:
    """Whether a line is a row of a table: cells between bars, or between tabs."""
    line = line.strip()
    return "\t" in line or (len(line) > 2 and line[0] == "|" == line[-1])


def item_mark(line: str) -> bool:
    """Whether a line opens with the sign or number of a list item."""
    return _ITEM.match(line) is not None


def is_item(block: str) -> bool:
    """Whether a block of text opens as a list item or a table row."""
    first = block.lstrip().split("\n", 1)[0]
    return _ITEM.match(first) is not None or _is_row(first)
