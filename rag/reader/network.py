"""The reader's network: a MiniLM-L6 encoder with heads for passage, sentences and answer span.

One pass over ``[CLS] question [SEP] passage [SEP]`` gives, per row, one relevance logit (is the
question answered here), per token a start and an end logit, and per sentence the mean of its
tokens' evidence logits. The encoder is BERT (Devlin et al. 2019) with MiniLM's sizes (Wang et al.
2020); span scores are trained to be comparable across passages (Clark & Gardner 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from torch import Tensor
    from torch.nn import Module

HIDDEN = 384
MAX_POSITIONS = 512
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


def build_network(vocabulary: int = 30522) -> Module:
    """An untrained network (call ``load_state_dict`` on it)."""
    from torch import nn
    from transformers import AttentionInterface, BertConfig, BertModel

    AttentionInterface.register("plain_matmul", _attend)
    config = BertConfig(
        vocab_size=vocabulary,
        hidden_size=HIDDEN,
        num_hidden_layers=6,
        num_attention_heads=12,
        intermediate_size=4 * HIDDEN,
        max_position_embeddings=MAX_POSITIONS,
        hidden_dropout_prob=0.0,
        attention_probs_dropout_prob=0.0,
    )
    config._attn_implementation = "plain_matmul"
    return nn.ModuleDict(
        {
            "encoder": BertModel(config, add_pooling_layer=False),
            "tokens": nn.Linear(HIDDEN, 3),
            "relevance": nn.Sequential(
                nn.Linear(2 * HIDDEN, HIDDEN), nn.GELU(), nn.Linear(HIDDEN, 1)
            ),
        }
    )


def _attend(
    module: Any,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor,
    scaling: float,
    dropout: float = 0.0,
    **_: Any,
) -> tuple[Tensor, None]:
    """Attention as two matrix products in the type of the query (heads of 32 are so small that on a
    CPU this is 2 to 4 times as fast, forward and backward, as the fused kernel).
    """
    import torch

    with torch.autocast("cpu", enabled=False):
        scores = torch.matmul(query * scaling, key.transpose(-1, -2))
        weights = torch.softmax(scores + attention_mask.to(query.dtype), dim=-1)
        return torch.matmul(weights, value).transpose(1, 2).contiguous(), None


def run_network(network: Any, rows: Rows) -> Logits:
    """One pass. Differentiable; the caller sets autocast and inference mode."""
    import torch

    hidden = torch.zeros(rows.attention.shape).masked_fill(~rows.attention, NEGATIVE_INFINITY)
    states = network["encoder"](
        input_ids=rows.tokens,
        token_type_ids=rows.segments,
        attention_mask=hidden[:, None, None, :],
    ).last_hidden_state.float()
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
