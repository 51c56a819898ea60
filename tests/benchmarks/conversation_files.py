"""Rows of the conversation sets and small helpers that their benchmarks share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Row = Mapping[str, Any]


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def percent(values: Sequence[float]) -> float:
    """The mean in per cent, to one place."""
    return round(100 * mean(values), 1)
