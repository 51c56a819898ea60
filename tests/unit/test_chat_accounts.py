"""Accounts of the chat: scrypt hashes in a file, slow for who guesses."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from rag.chat.serving import auth
from rag.chat.serving.auth import Accounts, add_user, hash_password
from rag.chat.serving.serve import serve
from rag.errors import UsageError


@pytest.fixture(autouse=True)
def light(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "N", 2**10)


def test_a_password_opens_only_its_own_account(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    add_user(file, "clara", "granite and oil")
    add_user(file, "anna", "eleven summers")
    accounts = Accounts.read(file)
    assert accounts.check("clara", "granite and oil")
    assert not accounts.check("clara", "eleven summers")
    assert not accounts.check("nobody", "granite and oil")
    assert file.stat().st_mode & 0o777 == 0o600
    assert "granite" not in file.read_text()


def test_a_new_password_replaces_the_old(tmp_path: Path) -> None:
    file = tmp_path / "accounts"
    add_user(file, "clara", "granite and oil")
    add_user(file, "clara", "another one now")
    accounts = Accounts.read(file)
    assert not accounts.check("clara", "granite and oil")
    assert accounts.check("clara", "another one now")
    assert len(file.read_text().splitlines()) == 1


def test_guessing_is_slowed_down_for_that_name_only(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    monkeypatch.setattr(auth.time, "monotonic", lambda: now[0])
    accounts = Accounts({"clara": hash_password("right"), "anna": hash_password("right")})
    for _ in range(auth.FREE_TRIES + 1):
        accounts.check("clara", "wrong")
        now[0] += 1.0
    accounts.check("clara", "wrong")
    assert not accounts.check("clara", "right")
    assert accounts.check("anna", "right")
    now[0] += auth.MAX_WAIT
    assert accounts.check("clara", "right")
    assert accounts.check("clara", "right")


@pytest.mark.parametrize(
    ("content", "named"),
    [
        ("", "holds no account"),
        ("clara:plain:secret\n", "line 1"),
        ("a:scrypt:x:8:1:aa:bb", "line 1"),
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, content: str, named: str) -> None:
    file = tmp_path / "accounts"
    file.write_text(content)
    with pytest.raises(UsageError, match=named):
        Accounts.read(file)


def test_a_missing_file_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="--add-user"):
        Accounts.read(tmp_path / "none")


@pytest.mark.parametrize(
    ("name", "password"),
    [("a:b", "long enough!"), ("", "long enough!"), ("clara", "short"), ("a b", "long enough!")],
)
def test_bad_names_and_short_passwords_are_refused(
    tmp_path: Path, name: str, password: str
) -> None:
    with pytest.raises(UsageError):
        add_user(tmp_path / "accounts", name, password)


def test_other_hosts_need_accounts() -> None:
    with pytest.raises(UsageError, match="--auth-file"):
        serve([], host="0.0.0.0", block=False)


def test_guesses_hold_up_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    accounts = Accounts({"clara": hash_password("right")})
    running = [0, 0]  # now, at most

    def slow(name: str, password: str) -> bool:
        running[0] += 1
        running[1] = max(running)
        time.sleep(0.02)
        running[0] -= 1
        return password == "right"

    monkeypatch.setattr(accounts, "check", slow)

    async def flood() -> tuple[list[bool], float]:
        guesses = [asyncio.create_task(accounts.sign_in("clara", "wrong")) for _ in range(50)]
        worst, begun = 0.0, time.monotonic()
        while time.monotonic() - begun < 0.3:
            before = time.monotonic()
            await asyncio.sleep(0.005)
            worst = max(worst, time.monotonic() - before)
        done = await asyncio.gather(*guesses)
        return [*done, await accounts.sign_in("clara", "right")], worst

    answers, worst = asyncio.run(flood())
    assert answers == [False] * 50 + [True]
    assert running[1] == 1
    assert worst < 1.0
