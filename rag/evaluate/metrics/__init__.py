"""Every metric, each declared once beside its formula, in order of printing."""

from __future__ import annotations

from rag.evaluate.metrics import abstention, answers, cost, outcomes, quotes, retrieval
from rag.evaluate.metrics.metric import Metric, Sample

METRICS: dict[str, Metric] = {
    metric.name: metric
    for module in (retrieval, quotes, answers, outcomes, abstention, cost)
    for metric in module.METRICS
}

__all__ = ["METRICS", "Metric", "Sample"]
