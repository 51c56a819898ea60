"""The registry: every format declared once, found without loading what it reads with."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

from rag.extract import Format, formats, of_media_type, suffixes
from rag.extract.formats import format_of
from tests.formats_table import FILE, page

ROOT = Path(__file__).parents[2]
LIBRARIES = {
    "lxml",
    "pypdfium2",
    "docx",
    "openpyxl",
    "pptx",
    "markdown_it",
    "yaml",
    "numpy",
}


def test_asking_for_the_formats_loads_nothing_they_are_read_with() -> None:
    code = "from rag.extract import formats; formats(); import sys; print(*sys.modules)"
    run = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT
    )
    assert not {name.split(".")[0] for name in run.stdout.split()} & LIBRARIES


def test_no_suffix_and_no_media_type_is_claimed_twice() -> None:
    claimed = [suffix for known in formats() for suffix in known.suffixes]
    assert sorted(claimed) == ["", *suffixes()]
    types = [known.media_type for known in formats()]
    assert len(set(types)) == len(types)
    assert len({known.key for known in formats()}) == len(types)
    for known in formats():
        assert of_media_type(known.media_type) is known
        assert all(format_of(f"a{suffix}") is known for suffix in known.suffixes)


@pytest.mark.parametrize("known", formats(), ids=lambda f: f.key)
def test_a_declaration_says_what_people_need(known: Format) -> None:
    assert all(re.fullmatch(r"(\.[a-z0-9]+)?", suffix) for suffix in known.suffixes)
    assert re.match(r"an? ", known.label)
    assert all((known.keeps, known.loses, known.noted))
    assert known.extractor.startswith(f"{known.key} {known.version}")


def test_the_page_on_formats_is_the_registry_s() -> None:
    text = FILE.read_text("utf-8")
    assert text == page(text), "run `python -m tests.formats_table`"
    assert all(f"`{suffix}`" in text for suffix in suffixes())
