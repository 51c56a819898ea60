"""The command as a user runs it: output on stdout, the rest on stderr, exit codes that tell."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from rag.commands import cli

TEXT = (
    "The harbour board met on Monday.\r\n\r\n"
    "The Treaty of Ferrol founded the port authority in 1961. It has nine members.\r\n\r\n"
    "“We will not sell the quay”, the chair said.\r\n"
)


def rag(*words: str, cwd: Path, **extra: str) -> subprocess.CompletedProcess[bytes]:
    env = {k: v for k, v in os.environ.items() if k != "RAG_LIBRARY"} | extra
    return subprocess.run(
        [sys.executable, "-m", "rag", *words], capture_output=True, cwd=cwd, env=env, check=False
    )


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with documents/ indexed into library/, by the command itself."""
    path = tmp_path_factory.mktemp("cli")
    (path / "documents").mkdir()
    (path / "documents" / "harbour.txt").write_bytes(TEXT.encode("utf-8"))
    (path / "documents" / "photo.txt").write_bytes(b"\xff\xd8\xff\xe0\x00\x10JFIF" * 50)
    run = rag("index", "documents", "-i", "library", cwd=path)
    assert run.returncode == 0, run.stderr.decode()
    assert run.stdout == b""
    message = run.stderr.decode()
    assert "photo.txt" in message
    assert "1 added" in message
    return path


def test_an_answer_as_json_slices_the_file(place: Path) -> None:
    run = rag("ask", "Which treaty founded the port authority?", "-i", "library",
              "--format", "json", cwd=place)  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    result = json.loads(run.stdout)
    assert result["kind"] == "answer"
    raw = (place / "documents" / "harbour.txt").read_bytes().decode("utf-8")
    assert any("Treaty of Ferrol" in q["text"] for q in result["quotes"])
    for quote in result["quotes"]:
        assert quote["text"] == raw[quote["start"] : quote["end"]]
        assert quote["source"]["id"] == "harbour.txt"


def test_an_abstention_is_a_success(place: Path) -> None:
    run = rag("ask", "What is the boiling point of tungsten?", "-i", "library",
              "--format", "json", cwd=place)  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    result = json.loads(run.stdout)
    assert result["kind"] == "abstention"
    assert set(result) >= {"question", "reason", "searched", "nearest"}
    assert result["searched"]["unreadable"][0]["id"] == "photo.txt"


def test_the_library_may_come_from_the_environment(place: Path) -> None:
    run = rag("search", "port authority", "--format", "jsonl", "-k", "1", cwd=place,
              RAG_LIBRARY=str(place / "library"))  # fmt: skip
    assert run.returncode == 0, run.stderr.decode()
    assert "Ferrol" in json.loads(run.stdout)["text"]


def test_the_text_of_a_source_comes_out_byte_for_byte(place: Path) -> None:
    run = rag("sources", "--text", "harbour.txt", "-i", "library", cwd=place)
    assert run.stdout == TEXT.encode("utf-8")


def test_the_list_of_sources_names_what_could_not_be_read(place: Path) -> None:
    run = rag("sources", "-i", "library", "--format", "json", cwd=place)
    whole = json.loads(run.stdout)
    assert [s["id"] for s in whole["sources"]] == ["harbour.txt"]
    assert [u["id"] for u in whole["unreadable"]] == ["photo.txt"]


def test_no_library_is_a_failure_that_names_the_command(tmp_path: Path) -> None:
    run = rag("ask", "Who?", cwd=tmp_path)
    assert (run.returncode, run.stdout) == (1, b"")
    assert b"rag index" in run.stderr


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["ask"],
        ["ask", "", "-i", "library"],
        ["ask", "Who?", "-i", "library", "--format", "telegram"],
        ["ask", "Who?", "-i", "library", "--threshold", "7"],
        ["ask", "Who?", "-i", "library", "--limit", "0"],
        ["search", "Who?", "-i", "library", "-k", "0"],
        ["sources", "-i", "library", "--text", "absent.txt"],
        ["index", "absent", "-i", "library"],
    ],
    ids=lambda words: " ".join(words)[:40],
)
def test_wrong_usage_exits_2_and_prints_nothing(place: Path, words: list[str]) -> None:
    run = rag(*words, cwd=place)
    assert (run.returncode, run.stdout) == (2, b""), run.stderr.decode()
    assert run.stderr
    assert b"Traceback" not in run.stderr


def test_backup_makes_a_library_and_never_overwrites(place: Path) -> None:
    (place / "copy").mkdir()
    assert rag("backup", "copy/library.db", "-i", "library", cwd=place).returncode == 0
    listed = rag("sources", "-i", "copy", "--format", "json", cwd=place)
    assert json.loads(listed.stdout)["sources"][0]["id"] == "harbour.txt"
    again = rag("backup", "copy/library.db", "-i", "library", cwd=place)
    assert again.returncode == 1
    assert b"copy/library.db" in again.stderr


@pytest.mark.parametrize("name", sorted(cli.COMMANDS))
def test_help_of_every_command_is_light(name: str) -> None:
    """Time is noisy; what makes help slow is what it imports."""
    code = (
        "import sys\nfrom rag.commands import cli\n"
        f"try: cli.main([{name!r}, '--help'])\nexcept SystemExit: pass\n"
        "print(*sys.modules, file=sys.stderr)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.startswith(f"usage: rag {name}")
    heavy = {"torch", "faiss", "gradio", "sentence_transformers", "numpy", "rich", "pypdfium2"}
    assert not heavy & set(run.stderr.split())


def test_the_overview_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == 0
    out = capsys.readouterr().out
    assert all(name in out for name in cli.COMMANDS)


def test_a_reader_that_goes_away_leaves_no_traceback(place: Path) -> None:
    command = f"{sys.executable} -m rag sources -i library --format json | head -c 1"
    run = subprocess.run(command, shell=True, capture_output=True, cwd=place, check=False)
    assert b"Traceback" not in run.stderr
