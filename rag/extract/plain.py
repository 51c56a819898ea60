"""Plain text."""

from __future__ import annotations

import re
from collections.abc import Iterator

from rag.extract.decode import Decoded
from rag.extract.draft import Draft
from rag.extract.formats import Format, of_text
from rag.types import Heading, Span

TITLE_CHARACTERS = 100
_BREAK = r"(?:\r\n|\r(?!\n)|\n)"
# A line by itself that begins with a letter or digit and does not end as a sentence or a list does.
_BEGIN = r"(?:\A|(?<=[\r\n]))[ \t]*"
_WORDS = rf"([^\W_][^\r\n\f]{{0,{TITLE_CHARACTERS - 2}}}[\w)\]’'”\"])"
_LINE_ALONE = re.compile(rf"{_BEGIN}{_WORDS}[ \t]*{_BREAK}(?=[ \t]*{_BREAK})")


def read_plain(decoded: Decoded) -> Draft:
    """A text file as it is.

    By custom a plain text opens with its title in a line by itself, and sets the titles of its
    parts in capitals; no other line is taken for a heading, and no sign is removed.
    """
    headings = tuple(_headings(decoded.text))
    opens = bool(headings) and headings[0].level == 1
    return Draft(
        decoded.text,
        title=decoded.text[headings[0].span.start : headings[0].span.end] if opens else "",
        headings=headings,
        metadata=decoded.metadata,
        notes=decoded.notes,
    )


def _headings(text: str) -> Iterator[Heading]:
    lead = len(text) - len(text.lstrip())
    for match in _LINE_ALONE.finditer(text):
        span = Span(match.start(1), match.end(1))
        if not text[match.end() :].strip() or not _parted(text, match.start(1)):
            continue
        if match.start(1) == lead:
            yield Heading(1, span)
        elif match[1].isupper() and sum(map(str.isalpha, match[1])) > 3:
            yield Heading(2, span)


def _parted(text: str, start: int) -> bool:
    """Whether a blank line, or nothing, stands before the line that holds ``start``."""
    before = re.split(r"\r\n|\r|\n", text[max(0, start - 400) : start])
    return start == len(before[-1]) or len(before) < 2 or not before[-2].strip()


FORMATS = (
    Format(
        name="Text",
        label="a text file",
        suffixes=(".txt", ".text", ".log", ""),
        media_type="text/plain",
        key="text",
        version=1,
        read=of_text(read_plain),
        keeps="every character; headings that stand in a line by themselves",
        loses="nothing but a byte order mark, NUL characters and lone surrogates",
        noted="the encoding where it was detected; how many characters were replaced",
    ),
)
