"""Worker processes: whatever a call does, it ends in one result or one reason."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from rag.extract.workers import Broken, Call, Limits, Workers
from tests import risky_calls as risky

USUAL = Limits()
SHORT = Limits(seconds=2, memory_mb=300)


@pytest.fixture
def pool() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.close()


def call(function: Callable[..., Any], *arguments: Any, limits: Limits = USUAL) -> Call:
    return Call(function, arguments, 0, limits)


@pytest.mark.parametrize(
    ("function", "says"),
    [
        (risky.spin, "took longer than the limit of 2 s"),
        (risky.grow, "needs more memory than the limit of 300 MB"),
        (risky.grow_at_once, "needs more memory"),
        (risky.recurse, "too deep"),
        (risky.crash, "SIGSEGV"),
        (risky.leave, "exit code 3"),
        (risky.end_by_signal, "SIGKILL"),
        (risky.raise_oddly, "ended the process"),
        (risky.unsendable, "ended the process"),
    ],
)
def test_a_call_that_goes_wrong_is_one_reason_and_the_next_goes_well(
    pool: Workers, function: Callable[..., Any], says: str
) -> None:
    broken = pool.run(call(function, limits=SHORT))
    assert isinstance(broken, Broken)
    assert says in broken.reason
    assert pool.run(call(risky.double, 21)) == 42


def test_an_exception_is_told_by_its_name(pool: Workers) -> None:
    broken = pool.run(call(risky.fail, "no such part"))
    assert broken == Broken("could not be made sense of (LookupError: no such part)")


def test_what_a_library_prints_does_not_disturb(pool: Workers) -> None:
    assert pool.run(call(risky.talk)) == 5
    assert pool.run(call(risky.ignore_interrupts)) == 6


def test_waiting_is_limited_by_the_clock(pool: Workers) -> None:
    began = time.monotonic()
    assert isinstance(pool.run(call(risky.sleep, 60, limits=SHORT)), Broken)
    assert time.monotonic() - began < 20


def test_results_come_in_the_order_of_the_calls(pool: Workers) -> None:
    calls = [(n, call(risky.double, n)) for n in range(40)]
    calls[5] = (5, call(risky.crash))
    results = dict(pool.map(calls))
    assert list(results) == list(range(40))
    assert isinstance(results.pop(5), Broken)
    assert all(value == 2 * n for n, value in results.items())


def test_stopping_early_ends_what_is_being_read(pool: Workers) -> None:
    began = time.monotonic()
    slow = Limits(seconds=60)
    results = pool.map(
        [(0, call(risky.double, 1)), *((n, call(risky.spin, limits=slow)) for n in (1, 2))]
    )
    assert next(results) == (0, 2)
    results.close()
    assert time.monotonic() - began < 20
    assert pool.run(call(risky.double, 4)) == 8


def test_threads_share_the_workers(pool: Workers) -> None:
    results: list[int] = []

    def ask(number: int) -> None:
        results.append(pool.run(call(risky.double, number)))

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [2 * n for n in range(12)]


def test_limits_grow_with_the_file() -> None:
    limits = Limits()
    assert limits.time(10 * 10**6) == limits.seconds + 50
    assert limits.memory(10**7) == limits.memory_mb * 10**6 + 6 * 10**7


def test_workers_end_with_a_parent_that_is_killed() -> None:
    code = (
        "import os, signal, sys\n"
        "from rag.extract.workers import Call, Limits, Workers\n"
        "from tests.risky_calls import double\n"
        "pool = Workers()\n"
        "pool.run(Call(double, (1,), 0, Limits()))\n"
        "print(pool._idle[0]._process.pid, flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    pid = int(done.stdout)
    for _ in range(200):
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if _is_zombie(pid):
            return
        time.sleep(0.05)
    raise AssertionError(f"worker {pid} lives on")


def _is_zombie(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except FileNotFoundError:
        return True


def test_importing_a_worker_is_light() -> None:
    code = (
        "import sys, rag.extract.worker, rag.store.reading_files\n"
        "heavy = {'torch', 'faiss', 'sentence_transformers', 'transformers', 'gradio'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
