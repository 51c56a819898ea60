"""Accounts for a chat that other machines can reach: names with scrypt hashes in a file.

One line per account, ``name:scrypt:n:r:p:salt:hash`` with salt and hash in base64 (RFC 7914). The
file holds no password and is written readable by its owner only.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import os
import secrets
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from rag.errors import UsageError

N, R, P = 2**15, 8, 1  # about 0.1 s and 32 MiB a try (OWASP's smaller setting of scrypt)
MAXMEM = 128 * 1024 * 1024
MIN_PASSWORD = 10
FREE_TRIES = 5
MAX_WAIT = 300.0  # seconds
MAX_WAITING = 20  # tries that wait at once


@dataclass(frozen=True, slots=True)
class Hash:
    """A scrypt hash with what it was made from."""

    n: int
    r: int
    p: int
    salt: bytes
    value: bytes

    def matches(self, password: str) -> bool:
        """Whether ``password`` gives this hash, compared in constant time."""
        return hmac.compare_digest(_scrypt(password, self.salt, self.n, self.r, self.p), self.value)


class Accounts:
    """Names and hashes; ``check`` slows down who guesses."""

    def __init__(self, hashes: dict[str, Hash]) -> None:
        self._hashes = hashes
        self._nobody = hash_password(secrets.token_urlsafe())
        self._failures: dict[str, tuple[int, float]] = {}
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="chat-sign-in")
        self._waiting = 0

    @classmethod
    def read(cls, file: Path) -> Accounts:
        """Read a file of accounts. UsageError when it is missing, damaged or holds no account."""
        try:
            lines = file.read_text(encoding="utf-8").splitlines()
        except OSError as error:
            raise UsageError(
                f"{file}: {error.strerror}; make it with `rag ui --add-user NAME --auth-file FILE`"
            ) from None
        hashes = dict(
            _account(line, f"{file}, line {number}")
            for number, line in enumerate(lines, 1)
            if line.strip() and not line.startswith("#")
        )
        if not hashes:
            raise UsageError(f"{file} holds no account; add one with `rag ui --add-user NAME`")
        return cls(hashes)

    async def sign_in(self, name: str, password: str) -> bool:
        """``check`` in a thread of its own, one try at a time, so that nobody waits for a guess.

        False at once while many tries wait.
        """
        if self._waiting >= MAX_WAITING:
            return False
        self._waiting += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._thread, self.check, name, password)
        finally:
            self._waiting -= 1

    def check(self, name: str, password: str) -> bool:
        """Whether the password is the user's. After a few failures the answer is no for a while,
        longer with each, whatever is tried.
        """
        now = time.monotonic()
        with self._lock:
            failures, last = self._failures.get(name, (0, 0.0))
            wait = min(MAX_WAIT, 2.0 ** (failures - FREE_TRIES)) if failures >= FREE_TRIES else 0.0
            if now - last < wait:
                return False
        # An unknown name takes as long as a known one.
        known = self._hashes.get(name)
        right = (known or self._nobody).matches(password) and known is not None
        with self._lock:
            if right:
                self._failures.pop(name, None)
            else:
                if len(self._failures) > 10_000:
                    self._failures.clear()
                self._failures[name] = (self._failures.get(name, (0, 0.0))[0] + 1, now)
        return right


def hash_password(password: str) -> Hash:
    """Hash a password with a fresh salt."""
    salt = secrets.token_bytes(16)
    return Hash(N, R, P, salt, _scrypt(password, salt, N, R, P))


def _scrypt(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(
        password.encode("utf-8", "surrogatepass"), salt=salt, n=n, r=r, p=p, maxmem=MAXMEM, dklen=32
    )


def _account(line: str, where: str) -> tuple[str, Hash]:
    try:
        name, kind, n, r, p, salt, value = line.strip().split(":")
        if kind != "scrypt" or not name:
            raise ValueError(kind)
        made = Hash(int(n), int(r), int(p), _bytes(salt), _bytes(value))
    except ValueError:
        raise UsageError(f"{where} is not an account (name:scrypt:n:r:p:salt:hash)") from None
    return name, made


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def add_user(file: Path, name: str, password: str) -> None:
    """Add an account, or give it a new password. UsageError for a bad name or a short password."""
    if (
        not name
        or len(name) > 64
        or any(c in ":#" or not c.isprintable() or c.isspace() for c in name)
    ):
        raise UsageError("a user name is 1 to 64 visible characters without ':', '#' and spaces")
    if len(password) < MIN_PASSWORD:
        raise UsageError(f"a password needs at least {MIN_PASSWORD} characters")
    old = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    kept = [line for line in old if not line.startswith(f"{name}:")]
    made = hash_password(password)
    parts = (base64.b64encode(made.salt).decode(), base64.b64encode(made.value).decode())
    line = ":".join([name, "scrypt", str(made.n), str(made.r), str(made.p), *parts])
    fresh = file.with_name(file.name + ".new")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as out:
        out.write("\n".join([*kept, line]) + "\n")
    fresh.replace(file)
