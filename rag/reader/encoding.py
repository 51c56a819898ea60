"""Question and passage to token rows: the same code for training and for reading.

A row is ``[CLS] question [SEP] heading passage [SEP]``; a passage longer than the window becomes
several overlapping rows, so that no token goes unread. The heading (often empty) is context: no
answer lies in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rag.types import Span

if TYPE_CHECKING:
    from rag.reader.network import Rows

ROW_LENGTH = 320  # tokens of a row, special tokens included, where a reader does not say otherwise
OVERLAP = 96  # passage tokens that neighbouring rows share
PAD_MULTIPLE = 16  # rows are padded to it: few distinct shapes, little waste
MAX_QUESTION = 192  # tokens; what is left of a row still holds a sentence
MAX_HEADING = 24  # tokens; the last ones, which are the nearest headings, are kept
NOTHING: NDArray[np.int64] = np.empty(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Layout:
    """How a backbone wants its rows: ids of its special tokens, and the tokens of a row.

    The defaults are those of BERT's uncased English vocabulary.
    """

    cls: int = 101
    sep: int = 102
    pad: int = 0
    unknown: int = 100
    window: int = ROW_LENGTH


BERT = Layout()


def layout_of(tokenizer: Any, window: int = ROW_LENGTH) -> Layout:
    """The layout of a ``tokenizers.Tokenizer``. ValueError when it lacks a special token."""
    ids = {}
    for name, token in (("cls", "[CLS]"), ("sep", "[SEP]"), ("pad", "[PAD]"), ("unknown", "[UNK]")):
        ids[name] = tokenizer.token_to_id(token)
        if ids[name] is None:
            raise ValueError(f"the tokenizer has no token {token}: it is not of BERT's kind")
    return Layout(**ids, window=window)


@dataclass(frozen=True, slots=True)
class Tokens:
    """Tokens of one text. ids: (n,) int64. starts, ends: (n,) code point offsets, half-open."""

    ids: NDArray[np.int64]
    starts: NDArray[np.int64]
    ends: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Row:
    """One row to read: question tokens, heading tokens, passage tokens ``first:last``.

    sentence: (last - first,) index of each token's sentence within its passage, -1 for none.
    """

    question: NDArray[np.int64]
    passage: Tokens
    first: int
    last: int
    sentence: NDArray[np.int64]
    sentence_count: int
    heading: NDArray[np.int64] = field(default_factory=lambda: NOTHING)

    @property
    def length(self) -> int:
        """Tokens of the row, special tokens included."""
        return self.offset + self.last - self.first + 1

    @property
    def offset(self) -> int:
        """Position of the first passage token in the row."""
        return len(self.question) + len(self.heading) + 2


def tokenize(tokenizer: Any, texts: Sequence[str]) -> list[Tokens]:
    """Tokens of each text, without special tokens, nothing truncated (a ``tokenizers.Tokenizer``
    whose truncation and padding are off).
    """
    found = []
    for encoding in tokenizer.encode_batch(list(texts), add_special_tokens=False):
        offsets = np.asarray(encoding.offsets, dtype=np.int64).reshape(-1, 2)
        ids = np.asarray(encoding.ids, dtype=np.int64)
        found.append(Tokens(ids, offsets[:, 0].copy(), offsets[:, 1].copy()))
    return found


def above(heading: str, text: str) -> str:
    """Of headings joined by " > ", those that stand above a text and not in it, as sentences."""
    return " ".join(f"{part}." for part in heading.split(" > ") if part and part not in text)


def sentence_of_tokens(passage: Tokens, sentences: Sequence[Span]) -> NDArray[np.int64]:
    """(n,) index of the sentence that each token starts in, -1 for a token outside all of them."""
    if not sentences:
        return np.full(len(passage.ids), -1, dtype=np.int64)
    starts = np.asarray([span.start for span in sentences])
    ends = np.asarray([span.end for span in sentences])
    index = np.searchsorted(starts, passage.starts, side="right") - 1
    inside = (index >= 0) & (passage.starts < ends[np.maximum(index, 0)])
    return np.where(inside, index, -1).astype(np.int64)


def rows_of(
    question: Tokens,
    passage: Tokens,
    sentences: Sequence[Span],
    heading: NDArray[np.int64] = NOTHING,
    window: int = ROW_LENGTH,
) -> list[Row]:
    """The rows that cover the passage: one when it fits, else overlapping ones. Never empty.

    heading: tokens of what stands above the passage, repeated in each row.
    """
    heading = heading[-MAX_HEADING:]
    room = window - len(question.ids) - len(heading) - 3
    step = max(room - OVERLAP, 1)
    sentence = sentence_of_tokens(passage, sentences)
    rows, first, count = [], 0, len(passage.ids)
    while True:
        last = min(first + room, count)
        part = sentence[first:last]
        rows.append(Row(question.ids, passage, first, last, part, len(sentences), heading))
        if last == count:
            return rows
        first += step


def pad_rows(rows: Sequence[Row], layout: Layout = BERT, multiple: int = PAD_MULTIPLE) -> Rows:
    """The rows as one batch, padded on the right to a multiple of ``multiple`` tokens (few distinct
    shapes: a CPU prepares its kernels anew for each).
    """
    import torch

    from rag.reader.network import Rows

    longest = max(row.length for row in rows)
    length = -(-longest // multiple) * multiple
    shape = (len(rows), length)
    tokens = np.full(shape, layout.pad, dtype=np.int64)
    segments, passage = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=bool)
    attention, sentence = np.zeros(shape, dtype=bool), np.full(shape, -1, dtype=np.int64)
    base = 0
    for index, row in enumerate(rows):
        begin, end = row.offset, row.offset + row.last - row.first
        tokens[index, 0] = layout.cls
        middle = 1 + len(row.question)
        tokens[index, 1:middle] = row.question
        tokens[index, middle] = tokens[index, end] = layout.sep
        tokens[index, middle + 1 : begin] = row.heading
        tokens[index, begin:end] = row.passage.ids[row.first : row.last]
        segments[index, middle + 1 : end + 1] = 1
        attention[index, : end + 1] = True
        passage[index, begin:end] = True
        sentence[index, begin:end] = np.where(row.sentence >= 0, row.sentence + base, -1)
        base += row.sentence_count
    sentence[sentence < 0] = base
    return Rows(
        tokens=torch.from_numpy(tokens),
        segments=torch.from_numpy(segments),
        attention=torch.from_numpy(attention),
        passage=torch.from_numpy(passage),
        sentence=torch.from_numpy(sentence),
        sentence_count=base,
    )
