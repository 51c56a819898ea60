"""The folded copy of a passage: what is embedded and indexed, never sliced and never shown."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from functools import lru_cache
from pathlib import PurePosixPath

from rag.segment.context import context
from rag.types import Heading, Passage, Source, Span

# Headings in front of a passage are context; more than this would crowd out the passage itself.
_PREFIX_CHARACTERS = 120
_PREFIX_BYTES = 160

_HYPHEN_END = re.compile(r"\w[-\u2010\ufffe]\n")
_LINE_HYPHEN = re.compile(r"(\w{1,60})[-\u2010\ufffe]\n[ \t]*(\w+)")
_SOFT = re.compile("[\u00ad\u200b\u2060\ufeff]")
# Compatibility forms would make 10⁶ the number 106: a raised run becomes a word of its own, and so
# does a lowered one after a digit (H₂O stays one word, as people type it).
_RAISED = re.compile(
    "(?<=\\w)(?=[⁰¹²³⁴-⁹⁺⁻ⁿªº™℠ᴬ-ᵂᵃ-ᵪᶜᶠᶻʰ-ʸˡ-ˣⱽ])(?<![⁰¹²³⁴-⁹⁺⁻ⁿªºᴬ-ᵂᵃ-ᵪᶜᶠᶻʰ-ʸˡ-ˣⱽ])|(?<=\\d)(?=[₀-₉])"
)
_SPACE = re.compile(r"\s+")
_LINK = re.compile(
    r"!?\[([^\[\]]{0,300})\]"
    r"(?:\([^()\s]{0,500}(?:\s+\"[^\"]{0,200}\")?\)|\[[^\[\]]{0,100}\])"
)
_MARKS = re.compile(
    r"(?<!\w)[*_`~]{1,3}(?=\S)|(?<=\S)[*_`~]{1,3}(?!\w)|^[ \t]*(?:#{1,6}|>+)[ \t]+",
    re.MULTILINE,
)
_RULE = re.compile(r"^[ \t|:=-]+$", re.MULTILINE)
_LEAD = re.compile(r"[\s#]*")
_WORD = re.compile(r"\w+(?:-\w+)*")


def folded(passage: Passage) -> str:
    """What is embedded and indexed of a passage: line-end hyphens joined; in front its
    source's title, the headings over it and its context.
    """
    return fold(passage.source, passage.span)


def fold(source: Source, span: Span) -> str:
    """``folded`` for a span that is not a passage yet."""
    body = _words_of(source, span)
    if source.media_type == "text/markdown":
        body = _MARKS.sub("", _LINK.sub(r"\1", _RULE.sub(" ", body)))
    body = _plain(_join_hyphens(source, body))
    parts = (_title(source), _prefix(source, span), *map(_short, context(source, span)[-2:]))
    prefix = ". ".join(filter(None, parts))
    return f"{prefix}. {body}" if prefix and body else prefix or body or "-"


def _title(source: Source) -> str:
    """A title that no heading of the first level gives; "" where it is only the file's name."""
    named = PurePosixPath(source.id).stem == source.title
    return "" if named or _top_level(source) == 1 else _short(source.title)


def _short(text: str) -> str:
    """One part of what is put in front, no longer than leaves room for the passage itself."""
    return _plain(
        _plain(text)[:_PREFIX_CHARACTERS].encode()[:_PREFIX_BYTES].decode(errors="ignore")
    )


def _words_of(source: Source, span: Span) -> str:
    """The text of a span with line feeds only, less what is no words."""
    text, edge = "", span.start
    for mark in source.marks_in(span):
        if mark.kind in ("markup", "garbled"):
            text += source.text[edge : max(edge, mark.span.start)] + " "
            edge = max(edge, min(mark.span.end, span.end))
    text += source.text[edge : span.end]
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _plain(text: str) -> str:
    """NFKC (ligatures, full-width forms), soft hyphens gone, white space runs as one space."""
    text = unicodedata.normalize("NFKC", _RAISED.sub(" ", text))
    return _SPACE.sub(" ", _SOFT.sub("", text)).strip()


def _prefix(source: Source, span: Span) -> str:
    """The headings over the span, the nearest kept, less those that the span itself holds."""
    kept: list[str] = []
    for heading in _over(source, span):
        if span.contains(heading.span):
            continue
        trial = [_plain(source.text[heading.span.start : heading.span.end]), *kept]
        joined = ". ".join(trial)
        if len(joined) > _PREFIX_CHARACTERS or len(joined.encode()) > _PREFIX_BYTES:
            break
        kept = trial
    return ". ".join(kept)


def _over(source: Source, span: Span) -> Iterator[Heading]:
    """The headings in force over the span, innermost first; its own leading heading counts."""
    after = bisect_right(source.headings, span.start, key=lambda h: h.span.start)
    if after < len(source.headings):
        lead = source.text[span.start : source.headings[after].span.start]
        after += len(lead) < 200 and _LEAD.fullmatch(lead) is not None
    level, top = 7, _top_level(source)
    for index in range(after - 1, -1, -1):
        heading = source.headings[index]
        if heading.level < level:
            level = heading.level
            yield heading
        if level <= top:
            return


@lru_cache(maxsize=4)
def _top_level(source: Source) -> int:
    return min((heading.level for heading in source.headings), default=7)


def _join_hyphens(source: Source, body: str) -> str:
    """Undo hyphens at line ends, as the rest of the source writes the word.

    "inter-" + "national" join; "well-" + "known" keep the hyphen if the source has "well-known".
    """

    def joined(match: re.Match[str]) -> str:
        first, second = match[1], match[2]
        if not second[0].islower():
            return f"{first}-{second}"
        words = _words(source)
        compound = f"{first}-{second}".lower()
        keep = compound in words and f"{first}{second}".lower() not in words
        return f"{first}-{second}" if keep else f"{first}{second}"

    return _LINE_HYPHEN.sub(joined, body) if _HYPHEN_END.search(body) else body


@lru_cache(maxsize=4)
def _words(source: Source) -> frozenset[str]:
    return frozenset(_WORD.findall(source.text.lower()))
