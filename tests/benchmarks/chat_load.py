"""Many visitors asking the chat at once: errors, mixed answers and waiting times.

A server with a small library runs in a process of its own on loopback; each visitor is a client
with a session of its own that asks again as soon as it is answered. The library's reader is the
fallback over hashed words, so that this measures the serving and not the models; name a running
server with --url to measure one with models (its answers are then only checked for their question).
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

SERVER = Path(__file__).parent.parent / "browser" / "chat_server.py"
EXPECTED = {
    "How high is the lighthouse?": "31 metres",
    "When was the harbour of Lindholm opened?": "3 May 1884",
    "How much does a block of granite weigh?": "seven",
    "What happened in the storm of 1902?": "southern mole",
}


@dataclass
class Tally:
    """What all visitors met together. waits: seconds per answered question."""

    waits: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    mixed: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


def visit(url: str, number: int, until: float, known: bool, tally: Tally) -> None:
    """Ask until the time is over."""
    from gradio_client import Client

    questions = list(EXPECTED)
    try:
        client = Client(url, verbose=False, analytics_enabled=False)
    except Exception as error:  # noqa: BLE001 - every failure is counted
        tally.errors.append(repr(error))
        return
    turn = number
    while time.monotonic() < until:
        question = questions[turn % len(questions)]
        turn += 1
        began = time.monotonic()
        try:
            result = client.predict(question, api_name="/ask")
        except Exception as error:  # noqa: BLE001
            tally.errors.append(repr(error))
            continue
        right = not known or fits(question, result)
        with tally.lock:
            tally.waits.append(time.monotonic() - began)
            tally.mixed += result["question"] != question or not right


def fits(question: str, result: dict[str, Any]) -> bool:
    """Whether an answer is the one known for its question."""
    return any(EXPECTED[question] in quote["text"] for quote in result.get("quotes", ()))


def measure(url: str, visitors: int, seconds: float, *, known: bool) -> dict[str, Any]:
    """Let visitors ask for some seconds, and count."""
    tally = Tally()
    until = time.monotonic() + seconds
    threads = [
        threading.Thread(target=visit, args=(url, i, until, known, tally)) for i in range(visitors)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    waits = sorted(tally.waits)
    return {
        "visitors": visitors,
        "seconds": seconds,
        "answers": len(waits),
        "errors": len(tally.errors),
        "mixed": tally.mixed,
        "p50_s": round(waits[len(waits) // 2], 3) if waits else None,
        "p95_s": round(waits[int(len(waits) * 0.95)], 3) if waits else None,
        "first_errors": tally.errors[:3],
    }


def started(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """The server with the small library, once it answers."""
    root = SERVER.parent.parent.parent
    env = {**os.environ, "PYTHONPATH": str(root), "PYTHONWARNINGS": "ignore"}
    process = subprocess.Popen([sys.executable, str(SERVER), str(folder), str(port)], env=env)
    for _ in range(600):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5):
                return process
        except OSError:
            time.sleep(0.2)
    process.kill()
    raise SystemExit("the server did not start")


def main(argv: list[str]) -> int:
    """Print the counts as one line of JSON; 1 when there was an error or a mixed answer."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--visitors", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--port", type=int, default=7871)
    parser.add_argument("--url", help="a server that runs already")
    args = parser.parse_args(argv)
    if args.url:
        counts = measure(args.url, args.visitors, args.seconds, known=False)
    else:
        with tempfile.TemporaryDirectory() as folder:
            process = started(Path(folder), args.port)
            try:
                url = f"http://127.0.0.1:{args.port}/"
                counts = measure(url, args.visitors, args.seconds, known=True)
            finally:
                process.terminate()
                process.wait(30)
    print(json.dumps(counts))
    return 1 if counts["errors"] or counts["mixed"] else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
