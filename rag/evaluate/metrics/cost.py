"""What an answer costs in time, and questions that failed."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from rag.evaluate.metrics.metric import Metric, Sample


def _percentile(point: int) -> Callable[[Sample], float | None]:
    def over(sample: Sample) -> float | None:
        timed = sample.ms[~np.isnan(sample.ms)]
        return float(np.percentile(timed, point)) if timed.size else None

    return over


METRICS = tuple(
    Metric(
        f"ms_p{point}",
        "Cost",
        meaning,
        "percentile of wall times, linear between ranks",
        over=_percentile(point),
        better="less",
        form="ms",
    )
    for point, meaning in (
        (50, "median time of an answer"),
        (95, "95 of 100 answers take at most"),
        (99, "99 of 100 answers take at most"),
    )
)
