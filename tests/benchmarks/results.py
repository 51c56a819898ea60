"""Committed results: one JSON file per set, method and commit."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parent / "results"
KEYS = ("set", "method", "commit", "versions", "machine", "command", "seed", "metrics", "questions")


@dataclass(frozen=True, slots=True)
class Result:
    """What one method got on one set. metrics: name -> value; intervals: name -> (low, high)."""

    set: str
    method: str
    commit: str
    versions: Mapping[str, str]
    machine: Mapping[str, str]
    command: str
    seed: int
    metrics: Mapping[str, float]
    questions: int
    started: str
    intervals: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def file(self) -> str:
        return f"{slug(self.set)}-{slug(self.method)}-{slug(self.commit)}.json"


def slug(text: str) -> str:
    """Lower case, everything but letters, digits, dots and underscores as single dashes."""
    return re.sub(r"[^a-z0-9._]+", "-", text.lower()).strip("-") or "none"


def write(result: Result, folder: Path = FOLDER) -> Path:
    """File a result; an older one of the same set, method and commit is replaced."""
    folder.mkdir(parents=True, exist_ok=True)
    data: dict[str, Any] = {
        "set": result.set,
        "method": result.method,
        "commit": result.commit,
        "versions": dict(result.versions),
        "machine": dict(result.machine),
        "command": result.command,
        "seed": result.seed,
        "questions": result.questions,
        "started": result.started,
        "metrics": {name: round(value, 5) for name, value in result.metrics.items()},
    }
    if result.intervals:
        data["intervals"] = {n: [round(x, 5) for x in i] for n, i in result.intervals.items()}
    path = folder / result.file
    path.write_text(json.dumps(data | dict(result.extra), indent=1) + "\n", encoding="utf-8")
    return path


def read(folder: Path = FOLDER) -> tuple[Result, ...]:
    """All results, by file name. Raises ValueError naming a file that lacks a key.

    Follow-up measurements have a form of their own and are left to their own page.
    """
    paths = sorted(p for p in folder.glob("*.json") if "-followup-" not in p.name)
    return tuple(_read(path) for path in paths)


def _read(path: Path) -> Result:
    data = json.loads(path.read_text(encoding="utf-8"))
    absent = [key for key in (*KEYS, "started") if key not in data]
    if absent:
        raise ValueError(f"{path.name} lacks {', '.join(absent)}")
    known = {key: data[key] for key in (*KEYS, "started")}
    intervals = {name: (low, high) for name, (low, high) in data.get("intervals", {}).items()}
    extra = {k: v for k, v in data.items() if k not in known and k != "intervals"}
    return Result(**known, intervals=intervals, extra=extra)


def latest(results: tuple[Result, ...]) -> tuple[Result, ...]:
    """Of each set and method the result that was started last, in order of first appearance."""
    held: dict[tuple[str, str], Result] = {}
    for result in results:
        key = (result.set, result.method)
        if key not in held or held[key].started < result.started:
            held[key] = result
    return tuple(held.values())
