"""The one form that feeds every renderer: frames, citations and quotes, nothing else.

Frames are fixed strings filled with counts; citations come from metadata; quotes are slices of
sources. No renderer sees a result except through its pieces (JSON, which carries the numbers as
well, checks itself against the sources on reading back).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from rag.errors import VerificationError
from rag.render.citation import Citation, citation, one_line
from rag.types import Abstention, Also, Answer, Hit, Place, Quote, Result, SameKind, Span

Kind = Literal["frame", "quote", "citation"]
Role = Literal["question", "main", "also", "nearest", "caution", "report"]

ALSO: dict[SameKind, str] = {
    "identical": "Identical text:",
    "same words": "The same words, with other punctuation or white space:",
}
NEAREST = "Nearest passages, which were not judged to answer:"
UNREADABLE = "Files that could not be read:"


@dataclass(frozen=True, slots=True)
class Piece:
    """One run of text of one kind.

    text: what is shown. index: 0-based number of the quote (or nearest passage) it belongs to,
    None for what belongs to all. place: for a quote, where its text is sliced from; a piece whose
    text is not that slice raises VerificationError. highlight: in source offsets, inside place.
    quote: the whole quote, for the main piece of one. cited: the parts of a citation.
    """

    kind: Kind
    text: str
    role: Role
    quote: Quote | None = None
    index: int | None = None
    place: Place | None = None
    highlight: Span | None = None
    cited: Citation | None = None

    def __post_init__(self) -> None:
        if (self.kind == "quote") != (self.place is not None):
            raise VerificationError("a quote has a place, and nothing else has one")
        if self.place is not None and self.text != self.place.text:
            raise VerificationError(f"a quote of {self.place.source.id!r} is not its slice")


def pieces(result: Result) -> tuple[Piece, ...]:
    """The pieces of a result, in the order in which they are shown.

    Answer: for each quote the quote, its citation, cautions, then each further place as a frame,
    its own slice and its citation. Abstention: see ``abstention_lines``; then the nearest passages.
    """
    if isinstance(result, Answer):
        return tuple(p for i, quote in enumerate(result.quotes) for p in quote_pieces(quote, i))
    return tuple(_abstention(result))


def quote_pieces(quote: Quote, index: int) -> Iterator[Piece]:
    """The pieces of one quote; ``index`` is its 0-based number in the answer."""
    yield Piece("quote", quote.text, "main", quote, index, quote.place, quote.highlight)
    yield _citation(quote.place, quote.paragraph, "main", index)
    if quote.confidence is not None:
        yield Piece("frame", confidence(quote.confidence), "report", index=index)
    for caution in quote.caution:
        yield Piece("frame", f"Caution: {caution.reason}", "caution", index=index)
    for also in quote.also:
        yield from _also(also, index)


def confidence(value: float) -> str:
    """The frame that states a calibrated probability, in whole per cent and never as certainty."""
    percent = min(99, max(1, round(100 * value)))
    return f"Confidence: {percent} %"


def _also(also: Also, index: int) -> Iterator[Piece]:
    yield Piece("frame", ALSO[also.kind], "also", index=index)
    yield Piece("quote", also.place.text, "also", index=index, place=also.place)
    yield _citation(also.place, also.paragraph, "also", index)


def _citation(place: Place, paragraph: int, role: Role, index: int) -> Piece:
    cited = citation(place, paragraph)
    return Piece("citation", str(cited), role, index=index, cited=cited)


def _abstention(result: Abstention) -> Iterator[Piece]:
    for line in abstention_lines(result):
        yield Piece("frame", line, "report")
    if result.searched.unreadable:
        yield Piece("frame", UNREADABLE, "report")
        for file in result.searched.unreadable:
            yield Piece("citation", f"{one_line(file.id)}: {one_line(file.reason)}", "report")
    if result.nearest:
        yield Piece("frame", NEAREST, "nearest")
        for index, hit in enumerate(result.nearest):
            yield from _nearest(hit, index)


def _nearest(hit: Hit, index: int) -> Iterator[Piece]:
    place = _trimmed(hit.passage.place)
    yield Piece("quote", place.text, "nearest", index=index, place=place)
    yield _citation(place, hit.passage.paragraph, "nearest", index)


def _trimmed(place: Place) -> Place:
    """The place without the white space around its words; a tile may end in blank lines."""
    text, start = place.text, place.span.start
    left, right = len(text) - len(text.lstrip()), len(text.rstrip())
    return Place(place.source, Span(start + left, start + right)) if left < right else place


def abstention_lines(result: Abstention) -> tuple[str, ...]:
    """What an abstention states, one line each; the same for the same library and question."""
    searched = result.searched
    scope = f"{_count(searched.sources, 'source')} ({_count(searched.passages, 'passage')})"
    lines = [f"Not found in {scope}."]
    if result.reason:
        lines.append(f"Reason: {one_line(result.reason)}")
    if searched.filters:
        lines.append(f"Searched only: {_listed(searched.filters)}.")
    if result.unknown_words:
        lines.append(f"Words that occur nowhere in the library: {_listed(result.unknown_words)}.")
    if searched.unreadable:
        lines.append(f"Not searched: {_count(len(searched.unreadable), 'file')}, named below.")
    lines.append("This says what was searched and not found, not that it is not so.")
    return tuple(lines)


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(items: Iterable[str]) -> str:
    return ", ".join(one_line(item) for item in items)
