"""The trained reader: question and passages in, numbers and passage offsets out."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.embed.bert import has_bfloat16
from rag.embed.quiet import LOADING
from rag.errors import UsageError
from rag.protocols import Confidence, PassageText, Reading
from rag.reader.encoding import MAX_QUESTION, Row, above, pad_rows, rows_of, tokenize
from rag.reader.manifest import SHIPPED, load_reader_parts
from rag.reader.scoring import RowLogits, reading_of
from rag.types import Span

BATCH_TOKENS = 4096  # padded tokens of one pass


class TrainedReader:
    """A reader of ``rag train reader``; the shipped one by default.

    Loading checks the digests of its files (ModelError). ``read`` is deterministic for the same
    passages in one call. Not thread-safe while torch's thread count is changed elsewhere.
    """

    def __init__(self, folder: Path | None = None, *, bf16: bool | None = None) -> None:
        with LOADING:
            import torch

            self.folder = folder or SHIPPED
            self.manifest, network, self._tokenizer = load_reader_parts(self.folder)
            if has_bfloat16() if bf16 is None else bf16:
                network["encoder"].to(torch.bfloat16)
            network["encoder"].fuse()
        self._network = network

    @property
    def name(self) -> str:
        """Version and digest of the weights."""
        return self.manifest.name

    @property
    def threshold(self) -> float:
        """The probability below which the best reading of a given passage is no answer."""
        return self.manifest.threshold

    @property
    def calibrated(self) -> bool:
        """Whether the probabilities were fitted on held-out questions."""
        return self.manifest.calibrated

    @property
    def confidence(self) -> Confidence | None:
        """How the evidence of searched passages is weighed; None before it was fitted."""
        return self.manifest.confidence

    def read(self, question: str, passages: Sequence[PassageText], /) -> tuple[Reading, ...]:
        """One reading per passage, in the order given.

        A passage longer than the window is read in overlapping rows, whole. UsageError when the
        question is empty or longer than ``MAX_QUESTION`` tokens.
        """
        grouped = self.logits(question, passages)
        return tuple(
            reading_of(passage, rows, self.manifest.combination, self.manifest.layout.unknown)
            for passage, rows in zip(passages, grouped, strict=True)
        )

    def logits(
        self, question: str, passages: Sequence[PassageText], /
    ) -> tuple[tuple[RowLogits, ...], ...]:
        """The logits of each passage's rows: what calibration is fitted on."""
        asked = self._question(question)
        headings = tokenize(self._tokenizer, [above(p.heading, p.text) for p in passages])
        rows: list[tuple[int, Row]] = []
        for index, tokens in enumerate(tokenize(self._tokenizer, [p.text for p in passages])):
            sentences = passages[index].sentences
            if not sentences and passages[index].text:
                sentences = (Span(0, len(passages[index].text)),)
            heading = headings[index].ids
            rows += [
                (index, row)
                for row in rows_of(asked, tokens, sentences, heading, self.manifest.layout.window)
            ]
        found: list[list[tuple[int, RowLogits]]] = [[] for _ in passages]
        for batch in _batches(rows):
            for (index, row), logits in zip(batch, self._run([r for _, r in batch]), strict=True):
                found[index].append((row.first, logits))
        return tuple(tuple(part for _, part in sorted(p, key=_first)) for p in found)

    def _question(self, question: str) -> Any:
        tokens = tokenize(self._tokenizer, [question])[0]
        if not len(tokens.ids):
            raise UsageError("the question is empty: ask something")
        if len(tokens.ids) > MAX_QUESTION:
            raise UsageError(
                f"the question has {len(tokens.ids)} tokens, the reader takes {MAX_QUESTION}: "
                f"shorten it"
            )
        return tokens

    def _run(self, rows: Sequence[Row]) -> list[RowLogits]:
        import torch

        from rag.reader.network import run_network

        with torch.inference_mode():
            logits = run_network(self._network, pad_rows(rows, self.manifest.layout))
        start, end = logits.start.numpy(), logits.end.numpy()
        evidence, relevance = logits.evidence.numpy(), logits.relevance.numpy()
        parts = []
        for i, row in enumerate(rows):
            inside = slice(row.offset, row.offset + row.last - row.first)
            parts.append(
                RowLogits(
                    row, start[i, inside], end[i, inside], evidence[i, inside], float(relevance[i])
                )
            )
        return parts


def _first(part: tuple[int, RowLogits]) -> int:
    return part[0]


def _batches(rows: Sequence[tuple[int, Row]]) -> list[list[tuple[int, Row]]]:
    """Rows sorted by length and cut into passes of at most BATCH_TOKENS padded tokens."""
    order = np.argsort([row.length for _, row in rows], kind="stable")
    batches: list[list[tuple[int, Row]]] = []
    for position in order:
        item = rows[int(position)]
        if batches and (len(batches[-1]) + 1) * item[1].length <= BATCH_TOKENS:
            batches[-1].append(item)
        else:
            batches.append([item])
    return batches
