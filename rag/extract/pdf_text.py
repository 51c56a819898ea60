"""The text of one PDF page, with the index of the page's character that each stands for.

The rules of extractor ``pdf 3``. Words come from PDFium in the order in which the file draws them
(``pdf_words``); lines (``pdf_lines``), what is set aside (``pdf_aside``), fonts that give no
letters (``pdf_fonts``) and paragraphs (``pdf_blocks``) are worked out from where the words stand.
Words of a line are parted by one space, lines by a line feed, paragraphs by a blank line; a hyphen
at a line end is ``-`` and a line feed. Raised and lowered characters follow the rule of
``rag.extract.raised``. Control characters and characters without a Unicode value are U+FFFD. The
text of a page depends on that page alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from rag.extract.pdf_aside import line_numbers, overlays, turned, without_echoes
from rag.extract.pdf_blocks import blocks
from rag.extract.pdf_columns import one_column
from rag.extract.pdf_fields import Added, put_beside
from rag.extract.pdf_fonts import legible
from rag.extract.pdf_lines import Line, page_lines
from rag.extract.pdf_page import Page, Writer
from rag.extract.pdf_paragraphs import Block
from rag.extract.pdf_pieces import with_pieces
from rag.extract.pdf_tables import grids
from rag.extract.pdf_words import Word, page_words


def page_text(page: Any, additions: Sequence[Added] = ()) -> Page:
    """Read a pypdfium2 text page; the caller holds the lock."""
    words, garbled = legible(page_words(page))
    apart = put_beside(words, additions)
    out = Writer(additions)
    for block in _layout(without_echoes(words)):
        out.block(block)
    for number in apart:
        out.added(number)
    return out.page(garbled)


def _layout(words: Sequence[Word]) -> list[Block]:
    """The blocks of a page: its running text, then what is set aside from it."""
    straight, others = turned(words)
    lines, over = overlays(with_pieces(page_lines(straight)))
    lines, numbers = line_numbers(lines)
    lines = one_column(lines)
    found = blocks(lines, grids(lines))
    found.extend(Block([line], "stamp") for line in over)
    found.extend(Block(_across(group), "stamp") for group in others)
    if numbers:
        found.append(Block(numbers, "line numbers"))
    return found


def _across(words: Sequence[Word]) -> list[Line]:
    """Words in another direction, as PDFium has them: a line for each of its line breaks."""
    lines: list[Line] = []
    for word in words:
        if lines and not word.broken:
            lines[-1].words.append(word)
        else:
            lines.append(Line([word], word.y, word.size))
    return lines
