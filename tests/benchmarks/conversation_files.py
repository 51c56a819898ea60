"""Rows of the conversation sets and small helpers that their benchmarks share."""

from __future__ import annotations

import json
import lzma
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Row = Mapping[str, Any]


def mean(values: Sequence[float]) -> float:
    """The mean; 0 of nothing."""
    return sum(values) / len(values) if values else 0.0


def percent(values: Sequence[float]) -> float:
    """The mean in per cent, to one place."""
    return round(100 * mean(values), 1)


def text(path: Path) -> str:
    """A compressed text file."""
    with lzma.open(path, "rt", encoding="utf-8") as file:
        return file.read()


def lines(path: Path) -> list[dict[str, Any]]:
    """A compressed file of JSON lines."""
    return [json.loads(line) for line in text(path).splitlines() if line]
