"""How the files of a folder come apart: ``python -m tests.benchmarks.passages FOLDER``.

For each format: files read and refused, passages, the share of them with fewer than five words, the
mean and the standard deviation of their length in words, and seconds of processor time a megabyte.
What is boilerplate or opens no sentence is counted too: it can be searched.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

from rag.errors import UnreadableSource
from rag.extract import find_files, read_file
from rag.segment import tile

LEAST_WORDS = 5
TARGET = 180  # tokens of a passage, as in rag.settings


@dataclass
class Format:
    """What the files of one format gave. lengths: words of each passage."""

    lengths: list[int] = field(default_factory=list)
    files: int = 0
    refused: int = 0
    size: int = 0
    seconds: float = 0.0

    def row(self, name: str) -> str:
        lengths = self.lengths or [0]
        short = sum(length < LEAST_WORDS for length in lengths) / len(lengths)
        mean, spread = statistics.fmean(lengths), statistics.pstdev(lengths)
        cost = self.seconds / max(self.size, 1) * 1e6
        counts = f"{name:8} {self.files:6} {self.refused:7} {len(self.lengths):8}"
        return f"{counts} {short:8.1%} {mean:8.1f} {spread:8.1f} {cost:8.2f}"


def measure(folder: Path) -> dict[str, Format]:
    """Read and tile every file under ``folder``; by suffix."""
    formats: defaultdict[str, Format] = defaultdict(Format)
    for item in find_files(folder).files:
        entry = formats[item.path.suffix.lower() or "(none)"]
        begun = time.process_time()
        try:
            source = read_file(item.path, id=item.id)
        except UnreadableSource:
            entry.refused += 1
            continue
        passages = tile(source, count=lambda text: len(text) // 4 + 2, limit=256, target=TARGET)
        entry.seconds += time.process_time() - begun
        entry.files += 1
        entry.size += item.size
        entry.lengths += [len(p.text.split()) for p in passages if p.text.strip()]
    return dict(formats)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    formats = measure(parser.parse_args().folder)
    print("format    files refused passages  under 5     mean   spread     s/MB")
    for name, entry in sorted(formats.items()):
        print(entry.row(name))
    return 0


if __name__ == "__main__":
    sys.exit(main())
