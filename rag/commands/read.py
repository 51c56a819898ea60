"""``rag read``: the reader by itself, JSON lines in and out, for pipelines and for measuring."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from rag.errors import UsageError
from rag.protocols import PassageText, Reader, Reading, Segmenter
from rag.types import Span

BLOCK = 64  # lines read ahead, so that passages of one question are read together


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what ``rag read`` takes."""
    parser.description = (
        'Reads lines of {"question", "passage"} from stdin; writes for each a line of '
        '{"relevance", "answer": {"start", "end", "text"} or null, "sentences": '
        '[{"start", "end", "probability"}], "threshold"}. Offsets count code points of the passage.'
    )
    parser.add_argument("--always", action="store_true", help="give the best span in any case")
    parser.add_argument("--threshold", type=float, help="probability below which answer is null")
    parser.add_argument("--reader", metavar="NAME", help="another reader than the shipped one")


def run(args: argparse.Namespace) -> int:
    """Read stdin to its end; 0, or UsageError naming the first line that cannot be used."""
    from rag.segment import segmenter

    if args.threshold is not None and not 0 <= args.threshold <= 1:
        raise UsageError(f"--threshold is a probability, not {args.threshold}")
    reader = chosen_reader(args.reader)
    threshold = reader.threshold if args.threshold is None else args.threshold
    for line in read_lines(sys.stdin, reader, segmenter(), threshold, always=args.always):
        print(line, flush=True)
    return 0


def chosen_reader(name: str | None) -> Reader:
    """The reader of that name (``load_reader``), else the shipped one, else the fallback."""
    from rag.reader import FallbackReader, load_reader
    from rag.reader.manifest import MANIFEST, SHIPPED

    if name is not None or (SHIPPED / MANIFEST).is_file():
        return load_reader(name)
    from rag.embed import load_embedder

    return FallbackReader(load_embedder())


def read_lines(
    lines: Iterable[str], reader: Reader, segmenter: Segmenter, threshold: float, *, always: bool
) -> Iterator[str]:
    """One JSON line per line that is not blank, in order."""
    numbered = ((n, line) for n, line in enumerate(lines, start=1) if line.strip())
    while block := [parse_line(n, line) for n, line in islice(numbered, BLOCK)]:
        yield from _read_block(block, reader, segmenter, threshold, always=always)


def parse_line(number: int, line: str) -> tuple[str, str]:
    """(question, passage) of a line; UsageError says which line and what is wrong with it."""
    try:
        entry = json.loads(line)
    except ValueError as error:
        raise UsageError(f"line {number}: not JSON ({error})") from error
    found = []
    for key in ("question", "passage"):
        value = entry.get(key) if isinstance(entry, dict) else None
        if not isinstance(value, str):
            raise UsageError(f'line {number}: needs a string "{key}"')
        found.append(value)
    if not found[0].strip():
        raise UsageError(f"line {number}: the question is empty")
    return found[0], found[1]


def _read_block(
    block: list[tuple[str, str]],
    reader: Reader,
    segmenter: Segmenter,
    threshold: float,
    *,
    always: bool,
) -> Iterator[str]:
    """Consecutive lines of one question go to the reader in one call."""
    start = 0
    while start < len(block):
        question, end = block[start][0], start
        while end < len(block) and block[end][0] == question:
            end += 1
        passages = [
            PassageText(text, inner_sentences(text, segmenter)) for _, text in block[start:end]
        ]
        for passage, reading in zip(passages, reader.read(question, passages), strict=True):
            yield json.dumps(as_json(passage, reading, threshold, always=always))
        start = end


def inner_sentences(text: str, segmenter: Segmenter) -> tuple[Span, ...]:
    """The sentences of a passage without their outer white space; blank ones are left out."""
    spans = []
    for tile in segmenter.split(text):
        part = text[tile.start : tile.end]
        if inner := part.strip():
            start = tile.start + part.index(inner)
            spans.append(Span(start, start + len(inner)))
    return tuple(spans)


def as_json(
    passage: PassageText, reading: Reading, threshold: float, *, always: bool
) -> dict[str, Any]:
    """What is printed of a reading; ``answer`` is null below the threshold unless ``always``."""
    span = reading.answer if always or reading.probability >= threshold else None
    answer = span and {
        "start": span.start,
        "end": span.end,
        "text": passage.text[span.start : span.end],
    }
    sentences = [
        {"start": s.start, "end": s.end, "probability": probability}
        for s, probability in zip(passage.sentences, reading.sentences, strict=True)
    ]
    return {
        "relevance": reading.probability,
        "answer": answer,
        "sentences": sentences,
        "threshold": threshold,
    }
