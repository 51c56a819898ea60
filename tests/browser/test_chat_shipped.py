"""What `make ui` runs, on a fresh checkout: it builds the library from corpus/ and answers."""

from __future__ import annotations

from pathlib import Path

import pytest
from conftest import free_port, serving, tab_on

from rag.library import Library

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]


def test_the_shipped_sources_are_indexed_and_answer(
    chromium: tuple[str, str], tmp_path: Path
) -> None:
    for name in ("corpus", "rag", "ui.py"):
        (tmp_path / name).symlink_to(ROOT / name)
    port = free_port()
    process, url = serving(["ui.py", "--port", str(port)], port, tmp_path, tmp_path)
    try:
        page = tab_on(chromium, url)
        try:
            page.patience = 120.0  # the models are loaded for the first question
            quotes = page.open().quotes(page.ask("Which ship collided with an iceberg?"))
        finally:
            page.driver.quit()
    finally:
        process.terminate()
        process.wait(20)
    assert quotes
    with Library.open(tmp_path / "index" / "default") as library:
        assert len(library.sources()) >= 8
        for quote in quotes:
            text = library.source(quote["source"]).text
            assert quote["text"] == text[quote["start"] : quote["end"]]
