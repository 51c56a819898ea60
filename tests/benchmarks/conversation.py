"""Follow-up questions measured on public dialogues. One command a set; results are JSON files.

    python -m tests.benchmarks conversation doc2dial --data DATA [--quotes [--dialogues 100]]
    python -m tests.benchmarks conversation canard --data DATA
    python -m tests.benchmarks conversation topiocqa --data DATA
    python -m tests.benchmarks conversation gold
    python -m tests.benchmarks conversation length

Sets are split in two by the SHA-256 of the document's or dialogue's id: the even half is developed
on (``rag/train/followup.py`` learns from it), the odd half is reported. TopiOCQA is reported only.
``gold`` are the follow-ups of the shipped gold set, both halves apart and together.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from rag.evaluate.machine import commit
from tests.benchmarks.conversation_doc2dial import doc2dial
from tests.benchmarks.conversation_gold import gold
from tests.benchmarks.conversation_length import length
from tests.benchmarks.conversation_terms import canard, topiocqa

SETS = {
    "doc2dial": doc2dial,
    "canard": canard,
    "topiocqa": topiocqa,
    "gold": gold,
    "length": length,
}


def main(argv: Sequence[str]) -> int:
    """Measure one set, print the result and write it beside the others."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("set", choices=SETS)
    parser.add_argument(
        "--data",
        type=Path,
        default=Path(os.environ.get("RAG_BENCHMARK_DATA", "data")),
        help="folder of the question sets ($RAG_BENCHMARK_DATA)",
    )
    parser.add_argument("--half", choices=("develop", "report"), default="report")
    parser.add_argument("--limit", type=int, help="only so many questions, for a first look")
    parser.add_argument("--cache", type=Path, default=Path(".training/cache/embeddings"))
    parser.add_argument("--out", type=Path, default=Path("tests/benchmarks/results"))
    parser.add_argument("--quotes", action="store_true", help="read as well, which takes long")
    parser.add_argument("--dialogues", type=int, help="read the first so many dialogues only")
    args = parser.parse_args(argv)
    result = {**SETS[args.set](args), "commit": commit().rstrip("+")}
    shown = json.dumps(result, indent=1) + "\n"
    print(shown, end="")
    if args.half == "report" and args.limit is None:
        args.out.mkdir(parents=True, exist_ok=True)
        name = f"{result['set']}-followup-{result['commit']}"
        (args.out / f"{name}.json").write_text(shown, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
