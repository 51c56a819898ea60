"""The README says what the program does: commands, files, output and figures are compared."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rag.commands.cli import COMMANDS, main
from tests.readme import QUESTIONS, README, ROOT, filled, session

TEXT = README.read_text("utf-8")
PAGES = (README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md")))


def test_the_table_of_commands_is_that_of_the_program() -> None:
    rows = dict(re.findall(r"^\| `rag (\w+)` \| (.+?) \|$", TEXT, flags=re.MULTILINE))
    assert rows == {name: command.summary for name, command in COMMANDS.items()}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_a_page_links_to_exists(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", page.read_text("utf-8"))
    assert [li for li in links if "://" not in li and not (page.parent / li).exists()] == []


@pytest.mark.parametrize("page", PAGES[:2], ids=lambda page: page.name)
def test_every_make_target_that_a_page_names_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", page.read_text("utf-8"), re.MULTILINE))
    assert named <= targets


@pytest.fixture(scope="module")
def shipped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the sample sources, built with the shipped models as a user would."""
    library = tmp_path_factory.mktemp("readme") / "library"
    assert main(["index", str(ROOT / "corpus"), "-i", str(library), "-q"]) == 0
    return library


def test_the_session_is_what_the_program_prints(shipped: Path) -> None:
    shown = session(shipped)
    assert filled(TEXT, shown) == TEXT, "run: python -m tests.readme"
    answered, unsure = shown.split(f'$ rag ask "{QUESTIONS[1]}"')
    assert "\n[1]\n" in answered
    assert "No quote was sure enough" in unsure


def test_the_session_of_another_program_is_seen() -> None:
    assert filled(TEXT, "```\n$ rag ask\nnothing\n```\n") != TEXT
