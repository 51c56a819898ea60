"""A part that was not installed is an error that says how to install it."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from rag.commands.cli import main
from rag.errors import MissingExtra, require

ROOT = Path(__file__).parents[2]
EXTRAS = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"][
    "optional-dependencies"
]


@pytest.mark.parametrize("extra", sorted(EXTRAS))
def test_a_missing_part_names_the_command_that_installs_it(extra: str) -> None:
    with pytest.raises(MissingExtra, match=rf"pip install 'chapter-verse\[{extra}\]'"):
        require("no_such_module", "this part", extra)


def test_what_is_installed_is_no_error() -> None:
    require("json", "this part", "chat")


@pytest.mark.parametrize(
    ("words", "module", "extra"),
    [(["ui"], "gradio", "chat"), (["train", "reader"], "sklearn", "train")],
)
def test_a_command_without_its_part_says_so(
    words: list[str],
    module: str,
    extra: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("rag.errors.find_spec", lambda name: None if name == module else object())
    assert main(words) == 2
    assert f"chapter-verse[{extra}]" in capsys.readouterr().err


def test_everything_is_what_the_parts_bring() -> None:
    """The extra "all" names every other extra that a user may want."""
    (names,) = EXTRAS["all"]
    assert names == f"chapter-verse[{','.join(sorted(set(EXTRAS) - {'all', 'dev'}))}]"
