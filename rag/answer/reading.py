"""What was found is read: the best passages first, and further ones while no quote is sure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

from rag.answer.evidence import weighed
from rag.answer.restated import restates, without
from rag.errors import UsageError
from rag.protocols import PassageText, Reader, Reading, Segmenter
from rag.segment import context, readable
from rag.segment import sentences as sentences_of
from rag.types import Hit, Sentence, Understanding

READ_ON = 2  # times as many passages are read where none of the first is sure enough


@dataclass(frozen=True, slots=True)
class Row:
    """A hit with its sentences and what the reader says of it."""

    hit: Hit
    sentences: tuple[Sentence, ...]
    reading: Reading


def passage_text(hit: Hit, sentences: Sequence[Sentence]) -> PassageText:
    """Return what a reader sees of a hit: context apart, offsets from the passage's start."""
    source, span = hit.passage.source, hit.passage.span
    inner = [s.inner for s in sentences if s.inner is not None and not s.heading]
    # The headings over the first sentence: a passage may open with some of them.
    headings = source.heading_path(inner[0].start if inner else span.start)
    return PassageText(
        text=readable(hit.passage, sentences),
        sentences=tuple(s.shift(-span.start) for s in inner),
        heading=" > ".join((*headings, *context(source, span))),
        prior=hit.score,
    )


def read_rows(
    reader: Reader,
    segmenter: Segmenter,
    understood: Understanding,
    hits: Sequence[Hit],
    *,
    first: int,
    sure: float,
) -> tuple[Row, ...]:
    """Read the ``first`` hits, and the others when no reading of these reaches ``sure``.

    The likeliest to answer comes first, equals in the order they were found.
    """
    read = _read(reader, segmenter, understood, hits[:first])
    rows = _weighed(reader, understood, read)
    if len(hits) > first and all(row.reading.probability < sure for row in rows):
        read += _read(reader, segmenter, understood, hits[first:])
        rows = _weighed(reader, understood, read)
    return tuple(sorted(rows, key=lambda row: -row.reading.score))


def fitting(reader: Reader, understood: Understanding) -> Understanding:
    """The understanding with as many of its carried terms, the surest first, as the reader takes.

    The least certain are left out; a question too long by itself is left for the reader to refuse.
    """
    while understood.carried:
        try:
            reader.read(understood.understood, ())
        except UsageError:
            understood = replace(understood, carried=understood.carried[:-1])
        else:
            break
    return understood


@dataclass(frozen=True, slots=True)
class _Read:
    """A hit as the reader sees it, and what the reader by itself says of it."""

    hit: Hit
    sentences: tuple[Sentence, ...]
    passage: PassageText
    reading: Reading


def _read(
    reader: Reader, segmenter: Segmenter, understood: Understanding, hits: Sequence[Hit]
) -> list[_Read]:
    if not hits:
        return []
    sentences = [sentences_of(hit.passage, segmenter) for hit in hits]
    passages = [passage_text(h, s) for h, s in zip(hits, sentences, strict=True)]
    readings = reader.read(understood.understood, passages)
    return list(map(_Read, hits, sentences, passages, readings))


def _weighed(reader: Reader, understood: Understanding, read: Sequence[_Read]) -> list[Row]:
    """The rows, each reading made of all evidence where the reader was fitted for it."""
    passages = [one.passage for one in read]
    readings = tuple(one.reading for one in read)
    if reader.confidence is not None:
        hits = [one.hit for one in read]
        readings = weighed(understood.understood, hits, passages, readings, reader.confidence)
    if understood.shown:
        readings = tuple(map(partial(_not_restated, understood.shown), passages, readings))
    return [Row(o.hit, o.sentences, r) for o, r in zip(read, readings, strict=True)]


def _not_restated(shown: Sequence[str], passage: PassageText, reading: Reading) -> Reading:
    """The reading less the sentences that only say again what was shown."""
    texts = (passage.text[span.start : span.end] for span in passage.sentences)
    return without(reading, [restates(text, shown) for text in texts])
