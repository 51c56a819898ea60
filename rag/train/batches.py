"""Groups to padded batches with loss targets, in an order that any position can be resumed from."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from rag.reader.encoding import (
    MAX_HEADING,
    PAD_MULTIPLE,
    ROW_LENGTH,
    Row,
    Tokens,
    pad_rows,
    sentence_of_tokens,
    tokenize,
)
from rag.train.pairs import Group, Pair, keep
from rag.types import Span

if TYPE_CHECKING:
    from torch import Tensor

    from rag.reader.network import Rows

CHUNK = 2048  # questions that are sorted by length together
QUESTION_TOKENS = 64  # a longer training question is skipped


class GroupSource(Protocol):
    """Anything that makes groups: as many as its length, anew in every epoch."""

    def __len__(self) -> int: ...
    def make(self, index: int, epoch: int) -> Group:
        """Group ``index`` of this epoch, the same at every call."""
        ...


@dataclass(frozen=True, slots=True)
class Position:
    """The next batch: (epoch, chunk, batch), each counted from 0."""

    epoch: int = 0
    chunk: int = 0
    batch: int = 0


@dataclass(frozen=True, slots=True)
class Batch:
    """rows with their targets.

    start, end: (rows, length) bool, True on the answers' first and last tokens. group: (groups,
    most rows) int64 row indices, ``len(rows)`` for none. relevant: (rows,) float32. labels:
    (sentences,) float32, negative for those left out of the loss.
    """

    rows: Rows
    start: Tensor
    end: Tensor
    group: Tensor
    relevant: Tensor
    labels: Tensor

    @property
    def size(self) -> int:
        """Tokens computed, padding included."""
        return int(self.rows.tokens.numel())


@dataclass(frozen=True, slots=True)
class EncodedPair:
    """A row, its targets as token positions within the row, and its labels."""

    row: Row
    starts: tuple[int, ...]
    ends: tuple[int, ...]
    relevant: bool
    labels: tuple[int, ...]


def encode_pair(
    pair: Pair, question: Tokens, passage: Tokens, heading: NDArray[np.int64]
) -> EncodedPair:
    """The pair as one row. heading: its tokens, at most ``MAX_HEADING``.

    ValueError when it does not fit or an answer has no token.
    """
    sentence = sentence_of_tokens(passage, pair.sentences)
    row = Row(question.ids, passage, 0, len(passage.ids), sentence, len(pair.sentences), heading)
    if row.length > ROW_LENGTH or len(question.ids) > QUESTION_TOKENS or not len(passage.ids):
        raise ValueError(f"{row.length} tokens do not fit")
    starts, ends = [], []
    for span in pair.answers:
        first, last = token_range(passage, span)
        starts.append(row.offset + first)
        ends.append(row.offset + last)
    return EncodedPair(row, tuple(starts), tuple(ends), pair.relevant, pair.labels)


def token_range(passage: Tokens, span: Span) -> tuple[int, int]:
    """(first, last) token that the span touches, both inclusive. ValueError when none does."""
    first = int(np.searchsorted(passage.ends, span.start, side="right"))
    last = int(np.searchsorted(passage.starts, span.end, side="left")) - 1
    if first > last:
        raise ValueError(f"no token in {span}")
    return first, last


def fit(pair: Pair, passage: Tokens, room: int) -> Pair | None:
    """The pair shortened by whole sentences to about ``room`` passage tokens, or None."""
    if len(passage.ids) <= room:
        return pair
    owner = sentence_of_tokens(passage, pair.sentences)
    sizes = [int((owner == i).sum()) + 1 for i in range(len(pair.sentences))]
    touched = [
        i
        for i, (s, label) in enumerate(zip(pair.sentences, pair.labels, strict=True))
        if label == 1 or any(s.start < a.end and a.start < s.end for a in pair.answers)
    ]
    first = touched[0] if touched else 0
    last = touched[-1] + 1 if touched else 1
    while last < len(sizes) and sum(sizes[first : last + 1]) <= room:
        last += 1
    while first > 0 and sum(sizes[first - 1 : last]) <= room:
        first -= 1
    shorter = keep(pair, first, last)
    if sum(sizes[first:last]) > room or len(shorter.answers) != len(pair.answers):
        return None
    return shorter


def encode_groups(tokenizer: Any, groups: Sequence[Group]) -> list[tuple[EncodedPair, ...]]:
    """Groups as rows; a pair that does not fit is shortened, and one that cannot be is left out."""
    pairs = [pair for group in groups for pair in group.pairs]
    questions = tokenize(tokenizer, [pair.question for pair in pairs])
    passages = tokenize(tokenizer, [pair.text for pair in pairs])
    above = tokenize(tokenizer, [pair.heading for pair in pairs])
    headings = [tokens.ids[-MAX_HEADING:] for tokens in above]
    encoded: list[EncodedPair | None] = []
    for pair, question, passage, heading in zip(pairs, questions, passages, headings, strict=True):
        fitted = fit(pair, passage, ROW_LENGTH - len(question.ids) - len(heading) - 8)
        if fitted is not None and fitted is not pair:
            passage = tokenize(tokenizer, [fitted.text])[0]
        try:
            encoded.append(
                None if fitted is None else encode_pair(fitted, question, passage, heading)
            )
        except ValueError:
            encoded.append(None)
    result, index = [], 0
    for group in groups:
        part = encoded[index : index + len(group.pairs)]
        index += len(group.pairs)
        if part[0] is not None:  # a negative alone would have nothing to be compared with
            result.append(tuple(pair for pair in part if pair is not None))
    return result


def make_batch(groups: Sequence[tuple[EncodedPair, ...]]) -> Batch:
    """One padded batch of encoded groups."""
    import torch

    pairs = [pair for group in groups for pair in group]
    rows = pad_rows([pair.row for pair in pairs])
    start, end = torch.zeros_like(rows.passage), torch.zeros_like(rows.passage)
    for index, pair in enumerate(pairs):
        start[index, list(pair.starts)] = True
        end[index, list(pair.ends)] = True
    widest = max(len(group) for group in groups)
    group = torch.full((len(groups), widest), len(pairs), dtype=torch.int64)
    count = 0
    for index, members in enumerate(groups):
        group[index, : len(members)] = torch.arange(count, count + len(members))
        count += len(members)
    return Batch(
        rows,
        start,
        end,
        group,
        torch.tensor([float(pair.relevant) for pair in pairs]),
        torch.tensor([float(label) for pair in pairs for label in pair.labels]),
    )


def split_by_size(
    groups: Sequence[tuple[EncodedPair, ...]], budget: int
) -> list[list[tuple[EncodedPair, ...]]]:
    """Groups sorted by their longest row, cut so that no batch exceeds ``budget`` tokens."""
    ordered = sorted(groups, key=lambda group: max(pair.row.length for pair in group))
    batches: list[list[tuple[EncodedPair, ...]]] = [[]]
    count = 0
    for group in ordered:
        length = -(-max(pair.row.length for pair in group) // PAD_MULTIPLE) * PAD_MULTIPLE
        if batches[-1] and (count + len(group)) * length > budget:
            batches.append([])
            count = 0
        batches[-1].append(group)
        count += len(group)
    return batches


def batches_from(
    makers: Sequence[GroupSource], tokenizer: Any, budget: int, seed: int, position: Position
) -> Iterator[tuple[Batch, Position]]:
    """Batches from ``position`` on, without end, each with the position that follows it.

    An epoch runs through the questions of every maker once, in an order drawn from (seed, epoch).
    """
    members = [(maker, index) for maker in makers for index in range(len(maker))]
    epoch, chunk, skip = position.epoch, position.chunk, position.batch
    while True:
        order = list(range(len(members)))
        random.Random(f"{seed}:{epoch}").shuffle(order)
        for begin in range(chunk * CHUNK, len(order), CHUNK):
            chosen = [members[i] for i in order[begin : begin + CHUNK]]
            groups = encode_groups(tokenizer, [maker.make(i, epoch) for maker, i in chosen])
            batches = split_by_size(groups, budget)
            random.Random(f"{seed}:{epoch}:{begin}").shuffle(batches)
            for number in range(skip, len(batches)):
                yield make_batch(batches[number]), Position(epoch, begin // CHUNK, number + 1)
            skip = 0
        epoch, chunk = epoch + 1, 0
