"""Calls in worker processes, each with limits of time and memory: one file, one risk.

Whatever a file does to the code that reads it (an endless loop, all memory, a crash in a library)
ends one worker and becomes one reason; the program that asked goes on. Workers are started with a
fresh interpreter, not forked from a process with threads and models, and are used again.
"""

from __future__ import annotations

import atexit
import os
import pickle
import queue
import signal
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from rag.extract.worker import BOOT, OUT_OF_MEMORY

T = TypeVar("T")
COUNT = 2  # processes at once: more would take memory and gain little beside the embedder
ATTEMPTS = 3  # workers that may turn out to have ended before they are asked
AHEAD = 6  # calls begun or waiting beyond the one whose result is looked at
IDLE = 60.0  # seconds without a call after which the workers are ended
TICK = 0.02  # seconds between two looks at a worker
PATIENCE = 4.0  # a call may last this many times its processor time: others use the machine too
MB = 10**6


@dataclass(frozen=True, slots=True)
class Limits:
    """What reading one file may take. Defaults let a book of 1,000 pages through.

    seconds: of processor time, and four times that by the clock; more by ``seconds_per_mb`` for
    each megabyte of the file. memory_mb: resident megabytes of the process that reads, and six
    times the file's size. characters, passages: of what comes out.
    """

    seconds: float = 15.0
    seconds_per_mb: float = 5.0
    memory_mb: int = 500
    characters: int = 30_000_000
    passages: int = 100_000

    def time(self, size: int) -> float:
        """Seconds for a file of ``size`` bytes."""
        return self.seconds + self.seconds_per_mb * size / MB

    def memory(self, size: int) -> int:
        """Bytes of memory for a file of ``size`` bytes."""
        return self.memory_mb * MB + 6 * size


@dataclass(frozen=True, slots=True)
class Broken:
    """A call that came to nothing, and why: a clause that goes on after the file's name."""

    reason: str


@dataclass(frozen=True, slots=True)
class Call:
    """A function of a module with its arguments, the bytes it is about, and what it may take."""

    function: Callable[..., Any]
    arguments: tuple[Any, ...]
    size: int
    limits: Limits


class _Worker:
    """One process. Used by one thread at a time."""

    def __init__(self, module: str = "") -> None:
        paths = os.pathsep.join(str(Path(p).absolute()) for p in sys.path)
        environment = {**os.environ, "PYTHONPATH": paths, "OMP_NUM_THREADS": "1"}
        environment |= {"TOKENIZERS_PARALLELISM": "false", "MALLOC_ARENA_MAX": "1"}
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-W", "ignore", "-c", BOOT, *filter(None, [module])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=environment,
        )
        self._replies: queue.SimpleQueue[tuple[str, Any]] = queue.SimpleQueue()
        try:
            threading.Thread(target=self._listen, daemon=True).start()
        except RuntimeError as error:  # "can't start new thread"
            self._process.kill()
            self._process.wait()
            raise MemoryError("no process can be started that reads files") from error
        self._fit, self._ended = True, False

    @property
    def usable(self) -> bool:
        """Whether it can be asked again."""
        return self._fit and not self._ended

    def _listen(self) -> None:
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            try:
                while True:
                    self._replies.put(pickle.load(stream))
            except Exception:  # noqa: BLE001 (the process ended, or what it said makes no sense)
                self._replies.put(("ended", None))

    def call(self, call: Call) -> Any:
        """The function's result, or Broken. After an end of its process it is not ``usable``."""
        seconds, memory = call.limits.time(call.size), call.limits.memory(call.size)
        try:
            assert self._process.stdin is not None
            message = (call.function, call.arguments, memory, seconds)
            self._process.stdin.write(pickle.dumps(message, protocol=pickle.HIGHEST_PROTOCOL))
            self._process.stdin.flush()
        except (OSError, ValueError):
            self.close()
            return None  # it ended before it was asked: another one is
        kind, value = self._watched(seconds, memory)
        if kind == "done":
            self._fit = self._memory() < 250 * MB  # what a library keeps is not the next file's
            return value
        if kind == "broken":
            return Broken(f"could not be made sense of ({value})")
        code = self._end()
        if kind == "time":
            return Broken(f"took longer than the limit of {seconds:.0f} s; nothing of it was kept")
        if kind == "memory" or code == OUT_OF_MEMORY:
            return Broken(
                f"needs more memory than the limit of {memory / MB:,.0f} MB; nothing of it was kept"
            )
        return Broken(f"ended the process that read it ({_named(code)}); nothing of it was kept")

    def _watched(self, seconds: float, memory: int) -> tuple[str, Any]:
        """The reply, or which limit was passed, or "ended"."""
        began, spent, most = time.monotonic(), self._seconds(), 0
        while True:
            try:
                kind, value = self._replies.get(timeout=TICK)
            except queue.Empty:
                used = self._memory()
                most = max(most, used)
                clock = time.monotonic() - began
                seen = self._seconds()
                busy = clock if seen is None or spent is None else seen - spent
                if used > memory:
                    return "memory", None
                if busy > seconds or clock > PATIENCE * seconds:
                    return "time", None
                continue
            # A library that gets no memory may end the process instead of saying so.
            return ("memory" if kind == "ended" and most > 0.7 * memory else kind), value

    def _memory(self) -> int:
        """Resident bytes of the process; 0 where the system does not tell."""
        try:
            pages = int(Path(f"/proc/{self._process.pid}/statm").read_bytes().split()[1])
            return pages * os.sysconf("SC_PAGE_SIZE")
        except (OSError, IndexError):
            return 0

    def _seconds(self) -> float | None:
        """Processor seconds of the process; None where the system does not tell."""
        try:
            stat = Path(f"/proc/{self._process.pid}/stat").read_bytes()
            fields = stat.rsplit(b")", 1)[1].split()
            return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
        except (OSError, IndexError):
            return None

    def _end(self) -> int:
        """End the process; return its exit code, negative for the signal that ended it."""
        self._ended = True
        if self._process.stdin is not None:
            with suppress(OSError):
                self._process.stdin.close()
        try:
            return self._process.wait(timeout=0.2)
        except subprocess.TimeoutExpired:
            self._process.kill()
            return self._process.wait()

    def close(self) -> None:
        """End the process now."""
        self._process.kill()
        self._end()


def _submitted(pool: ThreadPoolExecutor, run: Callable[[Call], Any], call: Call) -> Future[Any]:
    try:
        return pool.submit(run, call)
    except RuntimeError as error:  # "can't start new thread"
        raise MemoryError("no thread can be started that reads files") from error


def _named(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"signal {-code}"


@dataclass
class Workers:
    """At most ``count`` processes, started when first needed. Safe to share between threads."""

    count: int = COUNT
    _idle: list[_Worker] = field(default_factory=list)
    _busy: set[_Worker] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _timer: threading.Timer | None = None

    def __post_init__(self) -> None:
        self._places = threading.BoundedSemaphore(self.count)

    def warm(self, module: str) -> None:
        """Start a worker if there is none, so that it is ready when the first call comes.

        module: what the calls will need, which it imports meanwhile.
        """
        with self._lock:
            if not self._idle and not self._busy:
                self._idle.append(_Worker(module))

    def run(self, call: Call) -> Any:
        """The result of a call, or ``Broken``. Waits while all workers are busy."""
        with self._places:
            for _ in range(ATTEMPTS):
                worker = self._take()
                try:
                    result = worker.call(call)
                finally:
                    self._give(worker)
                if result is not None:
                    return result
        return Broken("could not be read: no process could be started for it")

    def map(self, calls: Iterable[tuple[T, Call]]) -> Generator[tuple[T, Any], None, None]:
        """The results in the order of the calls, a few of which are worked on ahead."""
        waiting: deque[tuple[T, Future[Any]]] = deque()
        pool = ThreadPoolExecutor(self.count, thread_name_prefix="reading")
        try:
            for key, call in calls:
                waiting.append((key, _submitted(pool, self.run, call)))
                if len(waiting) > AHEAD:
                    done, future = waiting.popleft()
                    yield done, future.result()
            while waiting:
                done, future = waiting.popleft()
                yield done, future.result()
        finally:  # also when the caller stops: what was begun is of no use any more
            for _, future in waiting:
                future.cancel()
            if any(future.running() for _, future in waiting):
                self._stop_busy()
            pool.shutdown(wait=True)

    def close(self) -> None:
        """End all processes; a later call starts new ones."""
        with self._lock:
            workers, self._idle = [*self._idle, *self._busy], []
        for worker in workers:
            worker.close()

    def _take(self) -> _Worker:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
                self._timer = None
            while self._idle and not self._idle[-1].usable:
                self._idle.pop()
            worker = self._idle.pop() if self._idle else _Worker()
            self._busy.add(worker)
            return worker

    def _give(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            if worker.usable:
                self._idle.append(worker)
            if not self._busy:
                self._timer = threading.Timer(IDLE, self._end_idle)
                self._timer.daemon = True
                with suppress(RuntimeError):  # no memory for a thread: they end with the program
                    self._timer.start()
        if not worker.usable:
            worker.close()

    def _end_idle(self) -> None:
        with self._lock:
            idle, self._idle = self._idle, []
        for worker in idle:
            worker.close()

    def _stop_busy(self) -> None:
        with self._lock:
            busy = list(self._busy)
        for worker in busy:
            worker.close()


@cache
def workers() -> Workers:
    """The workers of this process."""
    shared = Workers()
    atexit.register(shared.close)
    return shared
