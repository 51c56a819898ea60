"""The seams between the stages. Each protocol has one contract suite over all implementations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias

from rag.types import Passage, Source, Span, Unreadable

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Matrix: TypeAlias = NDArray[np.float32]
    Vector: TypeAlias = NDArray[np.float32]
else:  # names for annotations only: the options of a command must not wait for numpy
    Matrix = Vector = "numpy.ndarray"


class Embedder(Protocol):
    """Texts to unit vectors.

    name identifies the vectors (model name with the weights' digest): a library refuses another.
    dim: length of a vector. window: tokens of its own tokenizer it reads, in the unit of ``count``.
    """

    @property
    def name(self) -> str:
        """Name and version; see the class."""
        ...

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    @property
    def window(self) -> int:
        """Tokens that are read, in the unit of ``count``."""
        ...

    def count(self, text: str, /) -> int:
        """Tokens of ``text`` in the embedder's own tokenizer, special tokens included."""
        ...

    def embed_passages(self, texts: Sequence[str], /) -> Matrix:
        """(n, dim) float32, unit rows, in the order given. No text is ever cut: ValueError when one
        exceeds the window.
        """
        ...

    def embed_query(self, text: str, /) -> Vector:
        """(dim,) float32, unit length. A question longer than the window is a UsageError."""
        ...


class Segmenter(Protocol):
    """Text to sentence tiles. name holds the rules' version."""

    @property
    def name(self) -> str:
        """Name and version; see the class."""
        ...

    def split(self, text: str, /) -> tuple[Span, ...]:
        """Spans that tile ``text`` (joined in order they give it back); () for an empty text."""
        ...


@dataclass(frozen=True, slots=True)
class PassageText:
    """What a reader sees of a passage: its text and its sentences, in passage offsets.

    sentences: the inner spans (no outer white space), ascending and disjoint; headings left out.
    prior: the retrieval score of the passage (fused, in [0, 1]), None when it was not retrieved. It
    is scaled to the best of its question: an order, never a probability, may be made of it.
    """

    text: str
    sentences: tuple[Span, ...]
    heading: str = ""
    prior: float | None = None


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader says of one passage for one question: numbers and passage offsets, never text.

    score: comparable across the passages of one question, higher is better; ranks and decides.
    probability: in [0, 1], that the best sentence of this passage answers the question. answer: the
    most likely answer words, or None when the reader names none. sentences: one relevance in [0, 1]
    per ``PassageText.sentences``, in that order.
    """

    score: float
    probability: float
    answer: Span | None
    sentences: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Confidence:
    """A logistic model of the evidence that a sentence answers a question, fitted for one reader.

    weights: of the signs of ``rag.answer.evidence.SIGNS``, by name; with ``bias`` they give a score
    in logits, by which sentences are ordered. slope, topic, offset: the probability that the best
    sentence is right has the logit ``slope * score + topic * log(1 + words) + offset``, where words
    is how many words of the question carry its topic. threshold: least probability of an answer.
    near: below it nothing came near.
    """

    weights: tuple[tuple[str, float], ...]
    bias: float
    slope: float
    topic: float
    offset: float
    threshold: float
    near: float

    def score(self, signs: Sequence[float]) -> float:
        """The score in logits of signs in the order of ``weights``."""
        pairs = zip(self.weights, signs, strict=True)
        return self.bias + sum(weight * sign for (_, weight), sign in pairs)

    def probability(self, score: float, words: int) -> float:
        """The probability that a sentence of this score is right; see above."""
        logit = self.slope * score + self.topic * math.log1p(words) + self.offset
        return 1 / (1 + math.exp(-max(-40.0, min(40.0, logit))))


class Reader(Protocol):
    """Question and passages in, numbers and offsets out.

    name: model with digest. threshold: the probability below which the best reading of a given
    passage is no answer. calibrated: whether ``probability`` may be shown to people as a
    confidence. confidence: how the evidence of searched passages is weighed, None where it was not
    fitted: then readings are taken as they are.
    """

    @property
    def name(self) -> str:
        """Name and version; see the class."""
        ...

    @property
    def threshold(self) -> float:
        """The least probability of an answer, in [0, 1]."""
        ...

    @property
    def calibrated(self) -> bool:
        """Whether probabilities may be shown as confidences."""
        ...

    @property
    def confidence(self) -> Confidence | None:
        """How the evidence of searched passages is weighed; None where it was not fitted."""
        ...

    def read(self, question: str, passages: Sequence[PassageText], /) -> Sequence[Reading]:
        """One reading per passage, in the order given."""
        ...


@dataclass(frozen=True, slots=True)
class SourceRecord:
    """A row of the list of sources: everything but the text. passages: how many tiles it has.

    tiling: what cut the text into passages. encoding: the one a person named for it, "" for none.
    """

    id: str
    title: str
    sha256: str
    file_sha256: str
    media_type: str
    extractor: str
    root: str
    size: int
    mtime_ns: int
    characters: int
    pages: int
    passages: int
    metadata: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    tiling: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a source came from and how it was read.

    root: label of its root. size in bytes and mtime in nanoseconds, of the file. tiling: what cut
    the text into passages. encoding: the one a person named, "" for none.
    """

    root: str
    size: int
    mtime_ns: int
    tiling: str = ""
    encoding: str = ""


@dataclass(frozen=True, slots=True)
class Scored:
    """A passage's key in a store with a score, higher is better."""

    key: int
    score: float


@dataclass(frozen=True, slots=True)
class RootState:
    """What is recorded of a root: how far the last run over it came.

    label: of the root in the store; name: of its folder or file, for people. files: how many there
    were to look at; done: how many were dealt with. missing: sources whose files were gone and
    which were kept. finished: whether the run came to its end; whole: whether one ever did.
    skipped: ids of files of formats that are not read.
    """

    label: str
    name: str
    files: int
    done: int = 0
    missing: int = 0
    finished: bool = False
    whole: bool = False
    skipped: tuple[str, ...] = ()


class Store(Protocol):
    """What a question is put to: passages and searches. ``WritableStore`` is what fills it.

    Results are ordered by (-score, key), exactly ``min(k, n)`` or fewer.

    ``within`` limits a search to the passages of these source ids *before* the top k are taken;
    None is no limit. generation counts committed changes. embedder names the vectors' model.
    """

    @property
    def generation(self) -> int:
        """Counts committed changes."""
        ...

    @property
    def embedder(self) -> str:
        """Name of the vectors' model."""
        ...

    def get_meta(self, key: str) -> str | None:
        """A value that was recorded with the store, or None."""
        ...

    def reading(self) -> AbstractContextManager[None]:
        """Hold one state over several calls of this thread, whatever a writer does meanwhile."""
        ...

    def records(self) -> tuple[SourceRecord, ...]:
        """Every source without its text, by id."""
        ...

    def counts(self, within: frozenset[str] | None = None) -> tuple[int, int]:
        """(sources, passages) there are, in all or of the given ids or aliases."""
        ...

    def source(self, id: str, /) -> Source:
        """One source with its text; an alias names the source it repeats. KeyError if unknown."""
        ...

    def passages(self, id: str, /) -> tuple[Passage, ...]:
        """The passages of one source, in order. KeyError when the source is unknown."""
        ...

    def passage(self, key: int, /) -> Passage:
        """The passage with this key. KeyError if unknown."""
        ...

    def passages_by_key(self, keys: Sequence[int], /) -> tuple[Passage, ...]:
        """The passages with these keys, in the order given."""
        ...

    def search_dense(
        self, query: Vector, k: int, /, within: frozenset[str] | None = None
    ) -> tuple[Scored, ...]:
        """Cosine similarity of unit vectors."""
        ...

    def cosines(self, query: Vector, keys: Sequence[int], /) -> tuple[float, ...]:
        """Cosine similarity of these passages, in the order given. KeyError for an unknown key."""
        ...

    def search_words(
        self, question: str, k: int, /, within: frozenset[str] | None = None
    ) -> tuple[Scored, ...]:
        """BM25 over stemmed words, stop words left out of the query; never raises on a query."""
        ...

    def unknown_words(self, question: str, /) -> tuple[str, ...]:
        """Words of the question (stop words left out) that occur nowhere, in order, each once."""
        ...

    def similar_word(self, word: str, /) -> str | None:
        """A word of the library that ``word`` is most likely a misspelling of, as it is written
        there in lower case; None when none is that much like it.
        """
        ...

    def unreadable(self, root: str | None = None) -> tuple[Unreadable, ...]:
        """What could not be read, of one root or of all, by id."""
        ...

    def roots(self) -> tuple[RootState, ...]:
        """What is recorded of each root, by label."""
        ...

    def skipped(self) -> tuple[str, ...]:
        """The ids of files of formats that are not read, in order."""
        ...

    def unfinished(self) -> tuple[str, ...]:
        """Why the store does not hold all it should, a sentence each; () when it does."""
        ...

    def close(self) -> None:
        """Release what is held; every later call is a LibraryError."""
        ...


class WritableStore(Store, Protocol):
    """A store as those see it who fill it. Every call is one transaction; see ``changing``."""

    @property
    def dim(self) -> int:
        """Length of a vector."""
        ...

    def changing(self) -> AbstractContextManager[None]:
        """Make all changes of this thread in the block one: seen together or not at all."""
        ...

    def put(
        self,
        source: Source,
        passages: Sequence[Passage],
        vectors: Matrix,
        origin: Origin,
        /,
        *,
        folded: Sequence[str] | None = None,
    ) -> None:
        """Add or replace one source, all in one transaction.

        vectors: (n, dim) unit rows, one per passage. folded: per passage the text that words are
        searched in and vectors are found again by (default: the passage's own).
        """
        ...

    def remove(self, ids: Sequence[str], /) -> None:
        """Remove sources and their aliases; an alias in ``ids`` goes alone. Unknown ids pass."""
        ...

    def rename(self, id: str, to: str, /, *, title: str | None = None) -> None:
        """Give a source another id (its file moved). LibraryError if ``to`` is taken."""
        ...

    def touch(self, id: str, /, *, size: int, mtime_ns: int) -> None:
        """Note a file's new size and date where its bytes are the same: no change."""
        ...

    def set_aliases(self, id: str, aliases: Sequence[str], /) -> None:
        """Name the files with the same bytes as a source, in place of those named before."""
        ...

    def set_unreadable(self, unreadable: Sequence[Unreadable], /, *, root: str) -> None:
        """Record what could not be read of one root, in place of what was recorded for it."""
        ...

    def set_root(self, state: RootState, /) -> None:
        """Record how far the run over a root has come."""
        ...

    def take_over(self, labels: Sequence[str], /, into: str) -> None:
        """Make the sources of some roots those of another one, which holds them."""
        ...

    def remove_root(self, label: str, /) -> tuple[str, ...]:
        """Remove a root with all its sources; return their ids."""
        ...

    def set_meta(self, key: str, value: str) -> None:
        """Record a value with the store."""
        ...

    def vectors_for(self, texts: Sequence[str], /) -> Mapping[str, Vector]:
        """The vectors already made of these (folded) texts, (dim,) float32 each."""
        ...

    def cache_vectors(self, texts: Sequence[str], vectors: Matrix, /) -> None:
        """Save vectors as they are made, before their sources are put, so a kill loses little."""
        ...

    def clear_saved_vectors(self) -> None:
        """Forget saved vectors that no source came to use."""
        ...
