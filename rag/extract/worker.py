"""What runs in a worker process: one call after another, each within its limit of memory.

Calls come over standard input and results go over standard output, both pickled by this program
itself. Nothing heavy is imported until a call needs it.
"""

from __future__ import annotations

import os
import pickle
import signal
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any, BinaryIO

from rag.types import Span  # noqa: F401 (what every call needs, imported while waiting for one)

BOOT = "import sys; from rag.extract.worker import main; main(*sys.argv[1:])"
OUT_OF_MEMORY = 86  # exit code: the limit was reached, and nothing more could be said
_ROOM = 64 * 2**20  # bytes above the limit at which allocation fails: so that it can be told


def main(module: str = "") -> None:
    """Serve calls until the parent goes away. module: imported while waiting for the first."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the parent, which ends us
    calls = sys.stdin.buffer
    results = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # what a library prints must not come between the results
    if module:
        import_module(module)
    while True:
        try:
            function, arguments, memory, seconds = pickle.load(calls)
        except EOFError:
            return
        _limit(memory, seconds)
        _send(results, _outcome(function, arguments))


def _outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[str, Any]:
    try:
        return "done", function(*arguments)
    except MemoryError:
        return "memory", None
    except RecursionError:
        return "broken", "its parts lie too deep inside each other"
    except Exception as error:  # noqa: BLE001 (whatever one file leads to is told of that file)
        return "broken", f"{type(error).__name__}: {error}"[:500]


def _send(results: BinaryIO, outcome: tuple[str, Any]) -> None:
    try:
        data = pickle.dumps(outcome, protocol=pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        del outcome
        os._exit(OUT_OF_MEMORY)
    results.write(data)
    results.flush()


def _limit(memory: int, seconds: float) -> None:
    """Set the limits of the next call; where the system has none, the parent watches alone."""
    try:
        import resource
    except ImportError:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (_size() + memory + _ROOM, hard))
    usage = resource.getrusage(resource.RUSAGE_SELF)
    # Should the parent be killed, nobody watches the clock: the system ends what goes on for ever.
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    spent = int(usage.ru_utime + usage.ru_stime + seconds) + 10
    resource.setrlimit(resource.RLIMIT_CPU, (spent, hard))


def _size() -> int:
    """Bytes of address space in use, 0 where that cannot be told."""
    try:
        pages = int(Path("/proc/self/statm").read_bytes().split()[0])
        return pages * os.sysconf("SC_PAGE_SIZE")
    except OSError:
        return 0
