"""Measurements, one command each. Without a name: what there is, and what is on file.

The public question sets are not part of this repository; name their folder with --data or
$RAG_BENCHMARK_DATA. ``answers corpus`` needs nothing but the checkout.
"""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

from tests.benchmarks.results import latest, read

BENCHMARKS = {
    "answers": "questions asked of a library, end to end",
    "retrieval": "passages found for questions, whole sets",
    "reader": "answers read out of a given paragraph",
    "conversation": "follow-up questions",
    "decay": "recall against the size of the collection",
    "chat_load": "many visitors asking the web chat at once",
    "tables": "write the README's tables from the results on file",
}


def main(argv: list[str]) -> int:
    """Run one benchmark, or list them."""
    if argv and argv[0] in BENCHMARKS and find_spec(f"tests.benchmarks.{argv[0]}"):
        code: int = import_module(f"tests.benchmarks.{argv[0]}").main(argv[1:])
        return code
    if argv and argv[0] not in ("-h", "--help"):
        print(f"no benchmark {argv[0]!r}", file=sys.stderr)
        return 2
    print(__doc__)
    for name, what in BENCHMARKS.items():
        if find_spec(f"tests.benchmarks.{name}"):
            print(f"  python -m tests.benchmarks {name:<13} {what}")
    held = latest(read())
    print(f"\n{len(held)} results on file in tests/benchmarks/results:")
    for result in held:
        print(f"  {result.set:<22} {result.method:<24} {result.questions:>6,} {result.commit}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
