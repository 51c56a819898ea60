"""The nouns of the project: frozen values that every stage shares (standard library only).

Offsets are half-open and count Unicode code points of ``Source.text``. No type stores a quote's
text beside its span: text is always the slice, so the two can never disagree.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Literal

SameKind = Literal["identical", "same words"]
Unanswered = Literal["unsure", "silent"]
Outcome = Literal["answer", "unsure", "silent"]
CANDIDATES = 3  # quotes at most that an unsure abstention shows


def digest(data: bytes | str) -> str:
    """Return the lower-case hexadecimal SHA-256 of bytes, or of a text's UTF-8 form.

    Raises UnicodeEncodeError for a text with lone surrogates; no source holds any.
    """
    raw = data.encode("utf-8") if isinstance(data, str) else data
    return hashlib.sha256(raw).hexdigest()


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """A half-open, non-empty range of code points: ``0 <= start < end``, else ValueError."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end:
            raise ValueError(f"a span needs 0 <= start < end, not [{self.start}, {self.end})")

    def __len__(self) -> int:
        return self.end - self.start

    def contains(self, other: Span) -> bool:
        """Whether every code point of ``other`` lies in this span."""
        return self.start <= other.start and other.end <= self.end

    def overlaps(self, other: Span) -> bool:
        """Whether the two share at least one code point."""
        return self.start < other.end and other.start < self.end

    def shift(self, by: int) -> Span:
        """This span moved by ``by`` code points (a passage offset to a source offset)."""
        return Span(self.start + by, self.end + by)


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of a source: ``level`` 1..6 and the span of its words (no mark-up signs)."""

    level: int
    span: Span

    def __post_init__(self) -> None:
        if not 1 <= self.level <= 6:
            raise ValueError(f"a heading's level is 1 to 6, not {self.level}")


@dataclass(frozen=True, slots=True)
class Source:
    """A document as read.

    id: POSIX path relative to the indexed root. text: what the extractor returned, unchanged.
    sha256: digest of the text; file_sha256: digest of the file's bytes. pages: the offset at which
    each page starts, ascending from 0 (empty where the format has no pages; two starts are equal
    when a page holds no text). boilerplate: spans of navigation and the like, ranked down.
    metadata: sorted pairs; known keys are author, date, address, language, encoding. notes: what
    a reader should know ("page 3 has no text"). aliases: ids of files with the same bytes.
    Raises ValueError when the text is empty or the digest is not the text's.
    """

    id: str
    text: str = field(repr=False)
    sha256: str
    file_sha256: str
    title: str
    media_type: str
    extractor: str
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    boilerplate: tuple[Span, ...] = ()
    metadata: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.text:
            raise ValueError(f"source {self.id!r} holds no text")
        if digest(self.text) != self.sha256:
            raise ValueError(f"source {self.id!r}: the text does not match its digest")

    def __hash__(self) -> int:
        return hash((self.id, self.sha256))

    def meta(self, key: str) -> str | None:
        """The metadata value of ``key``, or None."""
        return dict(self.metadata).get(key)

    def page_at(self, offset: int) -> int | None:
        """The 1-based page that holds code point ``offset``; None where the format has no pages."""
        return bisect_right(self.pages, offset) if self.pages else None

    def heading_path(self, offset: int) -> tuple[str, ...]:
        """The titles of the headings in force at ``offset``, outermost first.

        A heading is in force from the start of its line, mark-up signs included.
        """
        path: list[Heading] = []
        for heading in self.headings:
            if self._line_start(heading.span.start) > offset:
                break
            path = [h for h in path if h.level < heading.level] + [heading]
        return tuple(self.text[h.span.start : h.span.end] for h in path)

    def _line_start(self, offset: int) -> int:
        return max(self.text.rfind(end, 0, offset) for end in "\n\r\f") + 1


@dataclass(frozen=True, slots=True)
class Place:
    """A span of a source; ``text`` is the slice. ValueError when the span leaves the text."""

    source: Source
    span: Span

    def __post_init__(self) -> None:
        if self.span.end > len(self.source.text):
            raise ValueError(f"{self.span} lies outside {self.source.id!r}")

    @property
    def text(self) -> str:
        return self.source.text[self.span.start : self.span.end]

    @property
    def page(self) -> int | None:
        """1-based page on which the place starts, or None."""
        return self.source.page_at(self.span.start)

    @property
    def headings(self) -> tuple[str, ...]:
        return self.source.heading_path(self.span.start)


@dataclass(frozen=True, slots=True)
class Passage:
    """A paragraph-sized tile of a source; what is embedded, searched and cited.

    index: 0-based position among the source's passages. paragraph: 1-based number of the paragraph
    it starts in (the pieces of one long paragraph share it). Passages of a source tile its text:
    joined in order they give ``source.text`` exactly.
    """

    place: Place
    index: int
    paragraph: int
    boilerplate: bool = False

    @property
    def source(self) -> Source:
        return self.place.source

    @property
    def span(self) -> Span:
        return self.place.span

    @property
    def text(self) -> str:
        return self.place.text


@dataclass(frozen=True, slots=True)
class Sentence:
    """A tile of a passage, in source offsets.

    tile: sentences of a passage join to the passage. inner: the tile less outer white space, the
    part that may be quoted; None when the tile is white space. fragment: cut at white space because
    the sentence is longer than a reader's window. heading: the tile holds only a heading.
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

    dense: cosine similarity or None when dense search did not return the passage; words: BM25
    score (higher is better) or None likewise.
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
        return self.place.source

    @property
    def span(self) -> Span:
        return self.place.span

    @property
    def text(self) -> str:
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
    question before, which do not answer it again.
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
