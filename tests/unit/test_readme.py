"""The README says what the program does: commands, files and figures are compared with it."""

from __future__ import annotations

import re
from pathlib import Path

from rag.commands.cli import COMMANDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text("utf-8")


def test_the_table_of_commands_is_that_of_the_program() -> None:
    rows = dict(re.findall(r"^\| `rag (\w+)` \| (.+?) \|$", TEXT, flags=re.MULTILINE))
    assert rows == {name: command.summary for name, command in COMMANDS.items()}


def test_every_file_the_readme_links_to_exists() -> None:
    links = re.findall(r"\]\(([^)#]+)(?:#[^)]*)?\)", TEXT)
    missing = [link for link in links if "://" not in link and not (ROOT / link).exists()]
    assert not missing


def test_every_make_target_of_the_readme_exists() -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)\b", TEXT, re.MULTILINE))
    assert named <= targets


def test_the_order_of_the_chapters() -> None:
    chapters = re.findall(r"^## (.+)$", TEXT, flags=re.MULTILINE)
    assert chapters == [
        "What is guaranteed, and what is not",
        "Two commands",
        "The chat",
        "Results",
        "How it works",
        "Working on it",
        "Limits",
    ]
