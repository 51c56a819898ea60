"""Three small logistic models: does a question lean, did the topic switch, is a term carried.

Their weights are a table of named numbers, ``weights.json``, with a word on how they were
made; ``rag/train/followup.py`` makes them again.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Literal

from rag.errors import ModelError

Name = Literal["leans", "switched", "carried"]
FILE = "weights.json"
BIAS = "(bias)"


@cache
def weights(name: Name) -> Mapping[str, float]:
    """The weights of one model by feature, ``(bias)`` among them. ModelError if the table is not
    what this version reads.
    """
    try:
        table = json.loads(files("rag.conversation").joinpath(FILE).read_text(encoding="utf-8"))
        found = {str(k): float(v) for k, v in table["models"][name].items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ModelError(
            f"{FILE}: no weights of the model {name!r} can be read; install again"
        ) from error
    if BIAS not in found:
        raise ModelError(f"{FILE}: the model {name!r} has no bias; install again")
    return MappingProxyType(found)


def probability(name: Name, features: Mapping[str, float]) -> float:
    """The model's probability in (0, 1). Features it has no weight for count nothing."""
    table = weights(name)
    total = table[BIAS] + sum(table.get(k, 0.0) * v for k, v in features.items())
    return 1.0 / (1.0 + math.exp(-max(-30.0, min(30.0, total))))


@cache
def threshold(name: Name) -> float:
    """The least probability at which the model says yes, chosen with its weights."""
    weights(name)  # a table that cannot be read fails here with its own message
    table = json.loads(files("rag.conversation").joinpath(FILE).read_text(encoding="utf-8"))
    return float(table["thresholds"][name])
