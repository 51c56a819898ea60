"""The nouns of the project: frozen values that every stage shares (standard library only).

Offsets are half-open and count Unicode code points of ``Source.text``. No type stores a quote's
text beside its span: text is always the slice, so the two can never disagree.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rag.sources import (
    Cell,
    Heading,
    Label,
    Mark,
    MarkKind,
    Place,
    Row,
    Source,
    Span,
    Table,
    digest,
    ink,
)

SameKind = Literal["identical", "same words"]
Unanswered = Literal["unsure", "silent"]
Outcome = Literal["answer", "unsure", "silent"]
__all__ = [
    "CANDIDATES",
    "Abstention",
    "Also",
    "Answer",
    "Carried",
    "Caution",
    "Cell",
    "Heading",
    "Hit",
    "Label",
    "Mark",
    "MarkKind",
    "Outcome",
    "Passage",
    "Place",
    "Provenance",
    "Quote",
    "Result",
    "Row",
    "SameKind",
    "Searched",
    "Sentence",
    "Skipped",
    "Source",
    "Span",
    "Table",
    "Unanswered",
    "Understanding",
    "Unreadable",
    "as_understood",
    "digest",
    "ink",
    "shown_quotes",
]
CANDIDATES = 3  # quotes at most that an unsure abstention shows


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph-sized tile of a source; what is embedded, searched and cited.

    index: 0-based position among the source's passages. paragraph: 1-based number of the paragraph
    it starts in (the pieces of one long paragraph share it). boilerplate: most of it is navigation
    and the like, or struck out, hidden or otherwise withdrawn (``sources.WITHDRAWN``): ranked down.
    Passages of a source tile its text: joined in order they give ``source.text`` exactly.
    """

    place: Place
    index: int
    paragraph: int
    boilerplate: bool = False

    @property
    def source(self) -> Source:
        """The source it stands in."""
        return self.place.source

    @property
    def span(self) -> Span:
        """Its half-open span in the source's text."""
        return self.place.span

    @property
    def text(self) -> str:
        """The slice of the source's text."""
        return self.place.text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A tile of a passage, in source offsets.

    tile: sentences of a passage join to the passage. inner: the tile less outer white space, the
    part that may be quoted; None when the tile is white space. fragment: cut at white space because
    the sentence is longer than a reader's window. heading: the tile holds only a heading, or
    nothing else that could be quoted by itself (a rule, a figure alone, the heads of a table, a
    comment of the mark-up).
    """

    tile: Span
    inner: Span | None
    fragment: bool = False
    heading: bool = False

    def __post_init__(self) -> None:
        if self.inner is not None and not self.tile.contains(self.inner):
            raise ValueError(f"inner {self.inner} leaves the tile {self.tile}")


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with its fused score for a question (higher is better), and the parts of it.

    dense: cosine similarity of question and passage, None where it was not taken; words: BM25 score
    (higher is better), None when the word search did not return the passage.
    """

    passage: Passage
    score: float
    dense: float | None = None
    words: float | None = None


@dataclass(frozen=True, slots=True)
class Also:
    """A further place with the words of a quote: its own slice, told apart by ``kind``."""

    place: Place
    paragraph: int
    kind: SameKind


@dataclass(frozen=True, slots=True)
class Caution:
    """A reason to read around a quote: ``code`` for programs, ``reason`` fixed words for people."""

    code: str
    reason: str


@dataclass(frozen=True, slots=True)
class Quote:
    """A span of a source shown as an answer.

    highlight: the answer words, in source offsets, inside the place; confidence: calibrated
    probability in [0, 1] that the quote is right, None where nothing was calibrated. fragment: the
    sentence was longer than the window and is cut at white space.
    """

    place: Place
    paragraph: int
    highlight: Span | None = None
    confidence: float | None = None
    also: tuple[Also, ...] = ()
    caution: tuple[Caution, ...] = ()
    fragment: bool = False

    def __post_init__(self) -> None:
        if self.highlight is not None and not self.place.span.contains(self.highlight):
            raise ValueError(f"highlight {self.highlight} leaves the quote {self.place.span}")
        if self.confidence is not None and not 0.0 <= self.confidence <= 1.0:
            raise ValueError(f"confidence is a probability, not {self.confidence}")

    @property
    def source(self) -> Source:
        """The source it stands in."""
        return self.place.source

    @property
    def span(self) -> Span:
        """Its half-open span in the source's text."""
        return self.place.span

    @property
    def text(self) -> str:
        """The slice of the source's text."""
        return self.place.text


@dataclass(frozen=True, slots=True, order=True)
class Unreadable:
    """A file that could not be read: its id and the reason, a sentence a person can act on."""

    id: str
    reason: str


@dataclass(frozen=True, slots=True, order=True)
class Skipped:
    """Files of a format that is not read: their suffix ("" for none) and how many there are."""

    suffix: str
    files: int


@dataclass(frozen=True, slots=True)
class Searched:
    """What a question was put to: counts, and everything that was not searched.

    unreadable: files that could not be read. filters: the only sources searched, () for all.
    skipped: files of other formats, by suffix. unfinished: one sentence for each reason why the
    library does not hold all it should (a run that stopped, a folder that changed since).
    """

    sources: int
    passages: int
    unreadable: tuple[Unreadable, ...] = ()
    filters: tuple[str, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    unfinished: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Provenance:
    """What an answer depends on besides the sources, for receipts: names, versions, digests.

    settings: sorted pairs of a setting's name and its value as text. generation: the library's
    counter of changes.
    """

    embedder: str = ""
    reader: str = ""
    segmenter: str = ""
    library: str = ""
    generation: int = 0
    settings: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Carried:
    """A term taken over from earlier turns of a conversation, and why."""

    term: str
    reason: str


def as_understood(question: str, carried: tuple[Carried, ...]) -> str:
    """The question as the search and the reader get it: its own words, then the carried terms."""
    return " ".join([question, *(c.term for c in carried)])


@dataclass(frozen=True, slots=True)
class Understanding:
    """How a question is read after its history (``rag.conversation.understanding`` works it out).

    leans: it does not stand alone. switched: it opens another topic and inherits nothing. reasons:
    why, in words for people. carried: terms taken over, the surest first. queries: further
    searches beside the question alone, in falling weight. likely: ids of sources cited before, most
    recent first, a place to look first. readings: for a pronoun that may mean one of several names,
    the carried terms of each reading; else empty. shown: for a bare "why", the quotes cited for the
    question before, which do not answer it again. parts: where the question asks several things,
    how each is read; then nothing else here counts.
    """

    question: str
    leans: bool = False
    switched: bool = False
    reasons: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()
    queries: tuple[str, ...] = ()
    likely: tuple[str, ...] = ()
    readings: tuple[tuple[Carried, ...], ...] = ()
    shown: tuple[str, ...] = ()
    parts: tuple[Understanding, ...] = ()

    @property
    def understood(self) -> str:
        """The question as the reader is asked it, with what it carries."""
        return as_understood(self.question, self.carried)


@dataclass(frozen=True, slots=True)
class Answer:
    """At least one quote; quotes of one source are disjoint; citation n belongs to quotes[n-1].

    Raises ValueError otherwise. hits: the passages the quotes were chosen from, best first. notes:
    sentences on how the question was read and which part of it was not found.
    """

    question: str
    quotes: tuple[Quote, ...]
    hits: tuple[Hit, ...]
    searched: Searched
    provenance: Provenance = Provenance()
    history: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.quotes:
            raise ValueError("an answer holds at least one quote; without one it is an abstention")
        _require_disjoint(self.quotes)

    @property
    def outcome(self) -> Outcome:
        """Which of the three outcomes this is."""
        return "answer"

    @property
    def understood(self) -> str:
        """The question as the reader was asked it, with what it carries."""
        return as_understood(self.question, self.carried)


@dataclass(frozen=True, slots=True)
class Abstention:
    """No quote was shown as an answer; what the sources do say is not claimed.

    kind: "unsure" when passages came near but no quote was sure enough: ``candidates`` are the
    closest, 1 to 3 quotes, best first, disjoint within a source, to be judged by a person.
    "silent" when nothing was found near: no candidates. reason: fixed words. nearest: up to 3 hits,
    best first. unknown_words: words of the question that occur nowhere in the library. notes: see
    ``Answer``. Raises ValueError when kind and candidates do not fit together.
    """

    question: str
    kind: Unanswered
    reason: str
    searched: Searched
    candidates: tuple[Quote, ...] = ()
    nearest: tuple[Hit, ...] = ()
    unknown_words: tuple[str, ...] = ()
    provenance: Provenance = Provenance()
    history: tuple[str, ...] = ()
    carried: tuple[Carried, ...] = ()
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in ("unsure", "silent"):
            raise ValueError(f"an abstention is unsure or silent, not {self.kind!r}")
        most = CANDIDATES if self.kind == "unsure" else 0
        if not min(1, most) <= len(self.candidates) <= most:
            raise ValueError(f"{self.kind} with {len(self.candidates)} candidates")
        _require_disjoint(self.candidates)

    @property
    def outcome(self) -> Outcome:
        """Which of the three outcomes this is."""
        return self.kind

    @property
    def understood(self) -> str:
        """The question as the reader was asked it, with what it carries."""
        return as_understood(self.question, self.carried)


Result = Answer | Abstention


def shown_quotes(result: Result) -> tuple[Quote, ...]:
    """The quotes that a result shows: an answer's, or the candidates of an unsure abstention."""
    return result.quotes if isinstance(result, Answer) else result.candidates


def _require_disjoint(quotes: tuple[Quote, ...]) -> None:
    for i, quote in enumerate(quotes):
        for other in quotes[:i]:
            if quote.source.id == other.source.id and quote.span.overlaps(other.span):
                raise ValueError(f"two quotes of {quote.source.id!r} overlap")
