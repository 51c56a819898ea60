"""Running heads, feet and page numbers of a PDF: what comes again at the edges of its pages."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rag.extract.pdf_page import Page
from rag.types import Span

# A line at the edge of a page is a running head or foot when it stands on this many pages.
_FEWEST_REPEATS = 3
_SAME_HEIGHT = 6.0  # points by which a line may stand higher or lower from page to page
_FOLLOWING = 0.8  # share of the pages on which a number follows the pages' numbers
_NUMBER = re.compile(r"\d+|\b[ivxlc]+\b")
_SENTENCE = re.compile(r"(?:\S+\s+){4,}\S*[.!?]$")
_PAGE_NUMBER = re.compile(
    r"\W*(?:page|p\.|pg\.?|seite|s\.|página|pagina|strona|sida|side)?\s*(\d+)"
    r"(?:\s*(?:of|/|von|de|di|av|z|\|)\s*\d+)?\W*",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Edge:
    """A line at a page's edge. page: 0-based; rank: how many lines stand further out."""

    page: int
    side: str
    rank: int
    span: Span
    height: float
    text: str

    @property
    def key(self) -> tuple[str, str]:
        """The side and the words without their numbers."""
        return self.side, _NUMBER.sub("#", self.text)

    @property
    def numbers(self) -> list[str]:
        return _NUMBER.findall(self.text)


def running(pages: Sequence[Page]) -> list[list[Span]]:
    """For each page the spans (in its text) of its running heads, feet and page number.

    Lines at one height of at least three pages, with the same words and numbers; a number may
    differ where it follows the numbers of the pages. What lies further in than a line that does not
    come again is text, and so is a sentence whose numbers differ.
    """
    edges = [list(_edges(page, number)) for number, page in enumerate(pages)]
    groups: dict[tuple[str, str], list[_Edge]] = defaultdict(list)
    for page in edges:
        for edge in page:
            groups[edge.key].append(edge)
    again = {
        (edge.page, edge.side, edge.rank)
        for group in groups.values()
        for part in _at_one_height(group)
        for edge in _repeated(part)
    }
    return [_outermost(page, again) for page in edges]


def _edges(page: Page, number: int) -> Iterator[_Edge]:
    for side, lines in (("top", page.top), ("bottom", page.bottom)):
        for rank, (span, height) in enumerate(lines):
            text = " ".join(page.text[span.start : span.end].split())
            yield _Edge(number, side, rank, span, height, text)


def _at_one_height(group: Sequence[_Edge]) -> Iterator[list[_Edge]]:
    """A group in parts whose lines stand at one height."""
    part: list[_Edge] = []
    for edge in sorted(group, key=lambda e: (e.height, e.page)):
        if part and edge.height - part[-1].height > _SAME_HEIGHT:
            yield part
            part = []
        part.append(edge)
    if part:
        yield part


def _repeated(part: Sequence[_Edge]) -> Sequence[_Edge]:
    """The lines of a part that come again as heads and feet do."""
    if _PAGE_NUMBER.fullmatch(part[0].text):
        counts = len(part) == 1 or _follow(part, 0)
        return [edge for edge in part if counts and edge.rank < 2]
    exact: dict[str, list[_Edge]] = defaultdict(list)
    for edge in part:
        exact[edge.text].append(edge)
    same = [edge for edges in exact.values() for edge in edges if _on_pages(edges)]
    if not _on_pages(part) or _SENTENCE.fullmatch(part[0].text):
        return same
    slots = range(len(part[0].numbers))
    steady = all(len({e.numbers[slot] for e in part}) == 1 or _follow(part, slot) for slot in slots)
    return part if steady else same


def _on_pages(edges: Sequence[_Edge]) -> bool:
    return len({edge.page for edge in edges}) >= _FEWEST_REPEATS


def _follow(part: Sequence[_Edge], slot: int) -> bool:
    """Whether the numbers at one slot grow with the pages, one by one."""
    offsets = [_value(edge.numbers[slot]) - edge.page for edge in part if slot < len(edge.numbers)]
    if len(offsets) < 2:
        return False
    return Counter(offsets).most_common(1)[0][1] >= _FOLLOWING * len(part)


def _value(number: str) -> int:
    """An Arabic or a (lower-case) Roman number."""
    if number.isdecimal():
        return int(number[:9])
    letters = [{"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}[c] for c in number]
    pairs = zip(letters, [*letters[1:], 0], strict=True)
    return sum(-a if a < b else a for a, b in pairs)


def _outermost(page: Sequence[_Edge], again: set[tuple[int, str, int]]) -> list[Span]:
    """The lines from each edge inward up to the first that does not come again."""
    found: set[Span] = set()
    for side in ("top", "bottom"):
        for edge in (edge for edge in page if edge.side == side):
            if (edge.page, side, edge.rank) not in again:
                break
            found.add(edge.span)
    return sorted(found)
