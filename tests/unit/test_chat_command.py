"""``rag ui`` as a command: what it refuses, and how accounts are added."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from rag.chat.serving.auth import Accounts
from rag.commands.cli import main


def test_another_host_is_refused_before_anything_is_built(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    library = tmp_path / "library"
    assert main(["ui", "--host", "0.0.0.0", "-i", str(library)]) == 2
    assert "--auth-file" in capsys.readouterr().err
    assert not library.exists()


def test_a_missing_library_names_the_command_that_makes_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ui", "-i", str(tmp_path / "none")]) == 1
    assert "rag index" in capsys.readouterr().err


def test_an_account_is_added_from_standard_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "accounts"
    monkeypatch.setattr("sys.stdin", io.StringIO("granite and oil\n"))
    assert main(["ui", "--add-user", "clara", "--auth-file", str(file)]) == 0
    assert Accounts.read(file).check("clara", "granite and oil")


def test_an_account_needs_a_file_and_a_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ui", "--add-user", "clara"]) == 2
    assert "--auth-file" in capsys.readouterr().err
    monkeypatch.setattr("sys.stdin", io.StringIO("short\n"))
    assert main(["ui", "--add-user", "clara", "--auth-file", str(tmp_path / "a")]) == 2
    assert not (tmp_path / "a").exists()
