"""The one form that feeds every renderer: frames, citations and quotes, nothing else.

Frames are fixed strings filled with counts; citations come from metadata; quotes are slices of
sources. No renderer sees a result except through its pieces (JSON, which carries the numbers as
well, checks itself against the sources on reading back).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.errors import VerificationError
from rag.render.citation import Citation, citation, one_line
from rag.types import (
    Abstention,
    Also,
    Answer,
    Place,
    Quote,
    Result,
    SameKind,
    Searched,
    Skipped,
    Span,
    shown_quotes,
)

Kind = Literal["frame", "quote", "citation"]
Role = Literal["main", "candidate", "also", "nearest", "caution", "report"]

ALSO: dict[SameKind, str] = {
    "identical": "Identical text:",
    "same words": "The same words, with other punctuation or white space:",
}
UNSURE = "No quote was sure enough. Closest passages, judge for yourself:"
UNREADABLE = "Files that could not be read:"


@dataclass(frozen=True, slots=True)
class Piece:
    """One run of text of one kind.

    text: what is shown. index: 0-based number of the quote it belongs to, None for what belongs to
    all. role: "main" for an answer's quotes, "candidate" for those of an unsure abstention. place:
    for a quote, where its text is sliced from; a piece whose text is not that slice raises
    VerificationError. highlight: in source offsets, inside place. quote: the whole quote, for a
    main piece or a candidate. cited: the parts of a citation.
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

    How the question was read; an abstention's ``heading``; for each quote the quote, its citation,
    cautions, then each further place as a frame, its own slice and its citation; last what was not
    searched.
    """
    return tuple(_pieces(result))


def _pieces(result: Result) -> Iterator[Piece]:
    for note in result.notes:
        yield Piece("frame", one_line(note), "report")
    if isinstance(result, Abstention):
        yield Piece("frame", heading(result), "report")
    role: Role = "main" if isinstance(result, Answer) else "candidate"
    for index, quote in enumerate(shown_quotes(result)):
        yield from quote_pieces(quote, index, role)
    for line in report_lines(result):
        yield Piece("frame", line, "report")
    if result.searched.unreadable:
        yield Piece("frame", UNREADABLE, "report")
        for file in result.searched.unreadable:
            yield Piece("citation", f"{one_line(file.id)}: {one_line(file.reason)}", "report")


def quote_pieces(quote: Quote, index: int, role: Role = "main") -> Iterator[Piece]:
    """The pieces of one quote; ``index`` is its 0-based number in the result."""
    yield Piece("quote", quote.text, role, quote, index, quote.place, quote.highlight)
    yield _citation(quote.place, quote.paragraph, role, index)
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


def heading(result: Abstention) -> str:
    """The first line of an abstention, which says no more than what was searched and found."""
    if result.kind == "unsure":
        return UNSURE
    return f"Nothing found on this in {_scope(result.searched)}."


def report_lines(result: Result) -> tuple[str, ...]:
    """What was searched and what was not, one line each; the same each time.

    An answer names only what was not searched.
    """
    searched, abstained = result.searched, isinstance(result, Abstention)
    lines: list[str] = []
    if isinstance(result, Abstention):
        lines.append(f"Reason: {one_line(result.reason)}")
        if result.kind == "unsure":
            lines.append(f"Searched: {_scope(searched)}.")
        if result.unknown_words:
            words = _listed(result.unknown_words)
            lines.append(f"Words that occur nowhere in the library: {words}.")
    if searched.filters and abstained:
        lines.append(f"Searched only: {_listed(searched.filters)}.")
    lines += [f"The library is not complete: {one_line(why)}" for why in searched.unfinished]
    if searched.skipped:
        lines.append(f"Not searched: {skipped(searched.skipped)}.")
    if searched.unreadable:
        lines.append(f"Not searched: {_count(len(searched.unreadable), 'file')}, named below.")
    return tuple(lines)


def skipped(files: Sequence[Skipped]) -> str:
    """How many files of other formats there are, in all and by suffix."""
    total = sum(one.files for one in files)
    each = (f"{one_line(one.suffix) or 'without a suffix'} {one.files:,}" for one in files)
    return f"{_count(total, 'file')} of other formats ({', '.join(each)})"


def _scope(searched: Searched) -> str:
    return f"{_count(searched.sources, 'document')} ({_count(searched.passages, 'passage')})"


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _listed(items: Iterable[str]) -> str:
    return ", ".join(one_line(item) for item in items)
