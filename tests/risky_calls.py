"""Calls that a worker process must survive, or end with."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
import time


def double(number: int) -> int:
    """Nothing risky."""
    return 2 * number


def spin() -> None:
    """Never ends."""
    while True:
        pass


def sleep(seconds: float) -> int:
    """Waits, and takes no processor time."""
    time.sleep(seconds)
    return 1


def grow() -> None:
    """Takes all memory there is."""
    held = []
    while True:
        held.append(bytearray(10**7))


def grow_at_once() -> int:
    """Asks for more than there may be."""
    return len(bytearray(4 * 10**9))


def recurse(depth: int = 0) -> int:
    """Calls itself without end."""
    return recurse(depth + 1)


def fail(text: str) -> None:
    """Raises."""
    raise LookupError(text)


def crash() -> None:
    """Reads where no memory is."""
    ctypes.string_at(0)


def leave() -> None:
    """Ends its process."""
    os._exit(3)


def end_by_signal() -> None:
    """Is killed by the system."""
    os.kill(os.getpid(), signal.SIGKILL)


def talk() -> int:
    """Prints where results are sent."""
    print("noise" * 1000)
    os.write(1, b"more noise")
    sys.stderr.write("and errors")
    return 5


def ignore_interrupts() -> int:
    """Is not ended by Ctrl-C, which is meant for the parent."""
    os.kill(os.getpid(), signal.SIGINT)
    return 6


def raise_oddly() -> None:
    """Raises what is no Exception."""
    raise SystemExit(0)


class Unpicklable:
    """A result that cannot be sent."""

    def __reduce__(self) -> str:
        raise TypeError("not to be sent")


def unsendable() -> Unpicklable:
    """Returns what cannot be sent."""
    return Unpicklable()
