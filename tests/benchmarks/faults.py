"""Many faults in runs over libraries: ``python -m tests.benchmarks.faults --faults 500``.

Prints how many of each kind were put in and everything that did not hold (see ``tests.faults``).
"""

from __future__ import annotations

import argparse
import json
import random
import time
from pathlib import Path

from tests.faults import FAULTS, OPERATIONS, Tally, damage, disturb, environment_is_ours, world


def main() -> int:
    """Run until the number of faults or the time is reached."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--minutes", type=float, default=60)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--output", type=Path, help="write the figures there as JSON")
    args = parser.parse_args()
    environment_is_ours()
    began, tally, chance = time.monotonic(), Tally(), random.Random(args.seed)
    told = 0
    while tally.count < args.faults and time.monotonic() - began < 60 * args.minutes:
        with world(chance.randrange(10**9)) as one:
            for _ in range(20):
                if tally.count >= args.faults:
                    break
                if chance.random() < 0.35:
                    damage(one, tally)
                else:
                    disturb(one, chance.choice(OPERATIONS), chance.choice([*FAULTS]), tally)
        print(f"{tally.count} faults, {len(tally.problems)} problems", flush=True)
        for problem in tally.problems[told:]:
            print(problem, flush=True)
        told = len(tally.problems)
    seconds = round(time.monotonic() - began)
    figures = {
        "faults": tally.count,
        "runs that did not end well": tally.disturbed,
        "problems": tally.problems,
        "seconds": seconds,
        "kinds": dict(sorted(tally.faults.items())),
    }
    text = json.dumps(figures, indent=1, ensure_ascii=False)
    print(text)
    if args.output:
        args.output.write_text(text + "\n", "utf-8")
    return 1 if tally.problems else 0


if __name__ == "__main__":
    raise SystemExit(main())
