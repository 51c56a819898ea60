"""Does the two-hundredth question of a conversation cost what the second does?"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from typing import Any

from rag.conversation.conversation import Conversation
from tests.benchmarks.answers import corpus_library

ASKED = (
    "Who signed the order against the International Criminal Court?",
    "When did he sign it?",
    "How many lifeboats did the Titanic carry?",
    "How many people could they hold?",
)
LAST = ("What sort of measures does it contain?", "Who was her captain?", "Why?")
ROUNDS = 12


def length(args: argparse.Namespace) -> dict[str, Any]:
    """Milliseconds of the last question after 2 and after 200 turns, in turns, same questions."""
    del args
    with corpus_library() as library:
        results = [library.ask(question) for question in ASKED]
        times: dict[int, list[float]] = {2: [], 200: []}
        for turn in range(ROUNDS * len(LAST)):
            for turns, held in times.items():
                earlier = list(itertools.islice(itertools.cycle(results), turns))
                # The same last turns in both, so that the same terms are carried.
                conversation = Conversation.after(library, earlier[::-1])
                began = time.perf_counter()
                conversation.ask(LAST[turn % len(LAST)])
                held.append(1000 * (time.perf_counter() - began))
        medians = {turns: statistics.median(held) for turns, held in times.items()}
        return {
            "set": "length",
            "reader": library.reader.name,
            "questions": ROUNDS * len(LAST),
            "p50 ms": {str(turns): round(value, 1) for turns, value in medians.items()},
            "ratio": round(medians[200] / medians[2], 3),
        }
