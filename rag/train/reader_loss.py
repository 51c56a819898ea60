"""The reader's training loss: answer span, passage relevance and sentence relevance."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.reader.network import NEGATIVE_INFINITY, run_network

if TYPE_CHECKING:
    from torch import Tensor

    from rag.reader.network import Logits
    from rag.train.batches import Batch

WEIGHTS = {"span": 1.0, "relevance": 0.5, "sentence": 1.0}


def span_loss(logits: Tensor, target: Tensor, group: Tensor) -> Tensor:
    """Mean negative log probability of the target tokens among all tokens of their group.

    Normalising over all passages of a question makes span scores comparable across passages
    (Clark & Gardner 2018). Several targets: any of them will do. Groups without one are left out.

    logits: (rows, length). target: (rows, length) bool. group: (groups, k) row
    indices, ``rows`` for none.
    """
    import torch

    nothing = torch.full((1,), NEGATIVE_INFINITY)
    whole = torch.cat([logits.logsumexp(1), nothing])[group].logsumexp(1)
    hits = logits.masked_fill(~target, NEGATIVE_INFINITY)
    right = torch.cat([hits.logsumexp(1), nothing])[group].logsumexp(1)
    counted = torch.cat([target.any(1), torch.zeros(1, dtype=torch.bool)])[group].any(1)
    losses = (whole - right)[counted]
    return losses.mean() if len(losses) else logits.sum() * 0.0


def losses_of(logits: Logits, batch: Batch) -> dict[str, Tensor]:
    """The parts of the loss, unweighted."""
    import torch.nn.functional as functional

    known = batch.labels >= 0
    start = span_loss(logits.start, batch.start, batch.group)
    end = span_loss(logits.end, batch.end, batch.group)
    return {
        "span": (start + end) / 2,
        "relevance": functional.binary_cross_entropy_with_logits(logits.relevance, batch.relevant),
        "sentence": functional.binary_cross_entropy_with_logits(
            logits.sentence[known], batch.labels[known]
        ),
    }


def total_loss(network: Any, batch: Batch) -> tuple[Tensor, dict[str, float]]:
    """The weighted loss of a batch (bf16 autocast) and its parts as numbers."""
    import torch

    with torch.autocast("cpu", dtype=torch.bfloat16):
        logits = run_network(network, batch.rows)
    parts = losses_of(logits, batch)
    total = sum((WEIGHTS[name] * part for name, part in parts.items()), torch.zeros(()))
    return total, {name: float(part.detach()) for name, part in parts.items()}
