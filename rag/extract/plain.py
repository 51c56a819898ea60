"""Plain text: as it is, with its headings, speakers and running lines found."""

from __future__ import annotations

import re
from collections import Counter

from rag.extract.decode import Decoded
from rag.extract.draft import Draft
from rag.extract.formats import Format, of_text
from rag.extract.line_ends import LineEnds, moved
from rag.extract.plain_headings import headings_of
from rag.extract.speakers import turns
from rag.types import Span

_RUNNING_PAGES = 3  # pages on which a line at the edge recurs, but for its numbers
_EDGE = 400  # characters from a page's edge in which its running line is looked for


def read_plain(decoded: Decoded) -> Draft:
    """A text file as it is: no sign is removed. The same text has the same structure whatever its
    line ends.
    """
    ends = LineEnds(decoded.text)
    headings = tuple(headings_of(ends.text))
    first = next(iter(headings), None)
    opens = (
        first is not None and first.level == 1 and not ends.text[: first.span.start].strip(_RULE)
    )
    return Draft(
        decoded.text,
        title=ends.text[first.span.start : first.span.end] if first and opens else "",
        headings=moved(headings, ends.back),
        boilerplate=moved(running_lines(ends.text), ends.back),
        marks=moved(turns(ends.text, headings), ends.back),
        metadata=decoded.metadata,
        notes=decoded.notes,
    )


_RULE = " \t\n\f=-~^\"'`#*+:._<>"


def running_lines(text: str) -> tuple[Span, ...]:
    """The lines at the edges of pages (between form feeds) that recur but for their numbers."""
    edges: list[tuple[Span, str]] = []
    for match in re.finditer("\f", text):
        before = text[max(0, match.start() - _EDGE) : match.start()].rstrip()
        start = match.start() - min(_EDGE, match.start()) + before.rfind("\n") + 1
        edges.append(_line(text, start, match.start(), "foot"))
        after = text[match.end() : match.end() + _EDGE]
        lead = len(after) - len(after.lstrip())
        stop = text.find("\n", match.end() + lead, match.end() + _EDGE)
        edges.append(_line(text, match.end(), match.end() if stop < 0 else stop, "head"))
    counts = Counter(key for _, key in edges)
    spans = [s for s, key in edges if key and counts[key] >= _RUNNING_PAGES]
    return tuple(spans)


def _line(text: str, start: int, end: int, edge: str) -> tuple[Span, str]:
    piece = text[start:end]
    words = " ".join(re.sub(r"\d+|\b[ivxlc]+\b", "0", piece).split())
    if not words:
        return Span(start, start + 1), ""
    lead = len(piece) - len(piece.lstrip())
    return Span(start + lead, start + len(piece.rstrip())), f"{edge} {words}"


FORMATS = (
    Format(
        name="Text",
        label="a text file",
        suffixes=(".txt", ".text", ".log", ""),
        media_type="text/plain",
        key="text",
        version=2,
        read=of_text(read_plain),
        keeps="every character; headings (underlined, numbered, in capitals or in a line by "
        "themselves), who speaks in dialogues and minutes, running lines of pages",
        loses="nothing but a byte order mark, NUL characters and lone surrogates",
        noted="the encoding where it was detected; how many characters were replaced",
    ),
)
