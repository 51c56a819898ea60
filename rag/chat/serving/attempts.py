"""Counters behind the guard: tries at a password by address, and who began which event."""

from __future__ import annotations

import time
from collections import OrderedDict

TRIES, WINDOW = 10, 60.0  # tries of one address in so many seconds
MAX_ADDRESSES = 10_000
MAX_CLAIMS = 200_000


class Attempts:
    """How often each address tried; ``may`` counts a try."""

    def __init__(self) -> None:
        self._tries: OrderedDict[str, list[float]] = OrderedDict()

    def may(self, address: str) -> bool:
        """Whether the address may try now."""
        now = time.monotonic()
        recent = [when for when in self._tries.pop(address, []) if now - when < WINDOW]
        allowed = len(recent) < TRIES
        self._tries[address] = [*recent, now] if allowed else recent
        if len(self._tries) > MAX_ADDRESSES:
            self._tries.popitem(last=False)
        return allowed


class Claims:
    """Which visitor each session and event belongs to: the one who named it first."""

    def __init__(self) -> None:
        self._owner: OrderedDict[str, str] = OrderedDict()

    def may(self, key: str, visitor: str, *, first: bool) -> bool:
        """Whether ``key`` is the visitor's. first: it becomes theirs when it is nobody's yet."""
        owner = self._owner.get(key)
        if owner is None and first:
            self._owner[key] = owner = visitor
            if len(self._owner) > MAX_CLAIMS:
                self._owner.popitem(last=False)
        elif owner is not None:
            self._owner.move_to_end(key)
        return owner == visitor
