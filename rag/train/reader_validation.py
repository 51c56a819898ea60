"""Figures on held-out training articles while training goes on."""

from __future__ import annotations

import collections
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.evaluate.metrics.abstention import auroc
from rag.evaluate.metrics.answers import exact, f1
from rag.reader.network import run_network
from rag.reader.scoring import best_span
from rag.train.batches import EncodedPair, encode_groups, make_batch, split_by_size
from rag.train.pairs import Group, Pair


class Validation:
    """A fixed set of groups, encoded once.

    groups: the first pair of each holds the answer; the others are negatives of the named kind.
    """

    def __init__(self, tokenizer: Any, groups: Sequence[Group], kinds: Sequence[str]) -> None:
        self._pairs: list[tuple[Pair, EncodedPair, str]] = []
        for group, kind in zip(groups, kinds, strict=True):
            for index, pair in enumerate(group.pairs):
                encoded = encode_groups(tokenizer, [Group((pair,))])
                if encoded and len(encoded[0][0].labels) == len(pair.labels):
                    self._pairs.append((pair, encoded[0][0], kind if index else "positive"))

    def measure(self, network: Any) -> dict[str, float]:
        """EM, F1, sentence choice and one AUROC per kind of negative."""
        import torch

        figures: dict[str, list[float]] = collections.defaultdict(list)
        relevance: dict[str, list[float]] = collections.defaultdict(list)
        by_row = {id(encoded.row): (pair, kind) for pair, encoded, kind in self._pairs}
        groups = [(encoded,) for _, encoded, _ in self._pairs]
        for part in split_by_size(groups, 8192):
            batch = make_batch(part)
            with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
                logits = run_network(network, batch.rows)
            base = 0
            for index, (encoded,) in enumerate(part):
                pair, kind = by_row[id(encoded.row)]
                relevance[kind].append(float(logits.relevance[index]))
                if kind == "positive":
                    sentence = logits.sentence[base : base + len(pair.labels)]
                    start, end = logits.start[index].numpy(), logits.end[index].numpy()
                    _score_positive(pair, encoded, start, end, int(sentence.argmax()), figures)
                base += len(pair.labels)
        result = {name: float(np.mean(values)) for name, values in figures.items()}
        for kind, values in relevance.items():
            if kind != "positive":
                scores = relevance["positive"] + values
                positive = [True] * len(relevance["positive"]) + [False] * len(values)
                result[f"auroc_{kind}"] = auroc(scores, positive) or 0.0
        return result


def _score_positive(
    pair: Pair,
    encoded: EncodedPair,
    start: NDArray[np.float32],
    end: NDArray[np.float32],
    sentence: int,
    figures: dict[str, list[float]],
) -> None:
    row = encoded.row
    inside = slice(row.offset, row.offset + row.last)
    first, last, _ = best_span(start[inside], end[inside])
    begin, finish = int(row.passage.starts[first]), int(row.passage.ends[last])
    gold = [pair.text[a.start : a.end] for a in pair.answers]
    if gold:
        figures["em"].append(exact(pair.text[begin:finish], gold))
        figures["f1"].append(f1(pair.text[begin:finish], gold))
    figures["sentence"].append(float(pair.labels[sentence] == 1))
    if gold:
        overlapping = any(begin < a.end and a.start < finish for a in pair.answers)
        figures["span_sentence"].append(float(overlapping))
