"""The reader's network: a BERT encoder with heads for passage, sentences and answer span.

One pass over ``[CLS] question [SEP] passage [SEP]`` gives, per row, one relevance logit (is the
question answered here), per token a start and an end logit, and per sentence the mean of its
tokens' evidence logits. Span scores are trained to be comparable across passages (Clark & Gardner
2018). The shipped reader has the sizes of MiniLM-L6.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rag.embed.bert import Architecture, build_encoder

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

NEGATIVE_INFINITY = -1e9  # finite, so that a row without passage tokens gives no NaN


@dataclass(frozen=True, slots=True)
class Rows:
    """A padded batch of question-passage rows.

    tokens, segments: (rows, length) int64. attention: (rows, length) bool, False on padding.
    passage: (rows, length) bool, True on passage tokens. sentence: (rows, length) int64, the index
    of the token's sentence counted through the batch, ``sentence_count`` where there is none.
    """

    tokens: Tensor
    segments: Tensor
    attention: Tensor
    passage: Tensor
    sentence: Tensor
    sentence_count: int


@dataclass(frozen=True, slots=True)
class Logits:
    """What one pass gives.

    start, end: (rows, length) float32, NEGATIVE_INFINITY off the passage. evidence: (rows, length)
    float32; sentence: (sentence_count,), its mean over each sentence's tokens. relevance: (rows,).
    """

    start: Tensor
    end: Tensor
    evidence: Tensor
    relevance: Tensor
    sentence: Tensor


def build_network(architecture: Architecture) -> Module:
    """An untrained network (call ``load_state_dict`` on it)."""
    from torch import nn

    hidden = architecture.hidden_size
    return nn.ModuleDict(
        {
            "encoder": build_encoder(architecture),
            "tokens": nn.Linear(hidden, 3),
            "relevance": nn.Sequential(
                nn.Linear(2 * hidden, hidden), nn.GELU(), nn.Linear(hidden, 1)
            ),
        }
    )


def run_network(network: Any, rows: Rows) -> Logits:
    """One pass. Differentiable; the caller sets autocast and inference mode."""
    import torch

    states = network["encoder"](rows.tokens, rows.segments, rows.attention).float()
    weight = rows.passage.float().unsqueeze(-1)
    mean = (states * weight).sum(1) / weight.sum(1).clamp(min=1)
    with torch.autocast("cpu", enabled=False):  # the heads in full precision: their logits decide
        start, end, evidence = network["tokens"](states).unbind(-1)
        relevance = network["relevance"](torch.cat([states[:, 0], mean], dim=-1)).squeeze(-1)
    outside = ~rows.passage
    return Logits(
        start=start.masked_fill(outside, NEGATIVE_INFINITY),
        end=end.masked_fill(outside, NEGATIVE_INFINITY),
        evidence=evidence,
        relevance=relevance,
        sentence=_sentence_means(evidence, rows),
    )


def _sentence_means(evidence: Tensor, rows: Rows) -> Tensor:
    """(sentence_count,) mean of the evidence logits over each sentence's tokens."""
    import torch

    index = rows.sentence.reshape(-1)
    slots = rows.sentence_count + 1  # the last one collects what lies outside every sentence
    total = torch.zeros(slots).index_add(0, index, evidence.reshape(-1))
    count = torch.zeros(slots).index_add(0, index, torch.ones_like(index, dtype=torch.float32))
    return (total / count.clamp(min=1))[: rows.sentence_count]
