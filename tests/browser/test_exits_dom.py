"""Hostile quotes as a real browser has them: the DOM's text is the source's, to the code unit."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest
from markdown_it import MarkdownIt
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service

from rag import render
from rag.types import Answer
from tests.exits import texts
from tests.hostile import cases

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
DRIVER = shutil.which("chromedriver")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(
        not (CHROMIUM and DRIVER), reason="Chromium and its driver are not installed"
    ),
]
escape = import_module("rag.render.escape")

# Code units, so that nothing between the page and the test can mend or mar a text.
UNITS = """
const units = text => Array.from({length: text.length}, (_, i) => text.charCodeAt(i));
return [...document.querySelectorAll(arguments[0])].map(e => units(e.textContent));
"""
STRANGE = """
const names = new Set(arguments[0]);
return [...document.querySelectorAll('*')].filter(e => !names.has(e.localName)
  || [...e.attributes].some(a => a.name.startsWith('on') || /^javascript:/i.test(a.value))
).map(e => e.outerHTML.slice(0, 80));
"""
TAGS = (
    "html head meta title style body section h1 bdi article span blockquote mark cite a div footer"
)


@pytest.fixture(scope="module")
def driver() -> Iterator[webdriver.Chrome]:
    options = Options()
    options.binary_location = CHROMIUM or ""
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    browser = webdriver.Chrome(options=options, service=Service(DRIVER))
    browser.set_page_load_timeout(60)
    yield browser
    browser.quit()


def answers() -> list[Answer]:
    return [case.answer for case in cases(seed=7, answers=90)]


def shown(driver: webdriver.Chrome, page: str, folder: Path, selector: str) -> list[str]:
    """The text content of every element that ``selector`` picks from ``page``."""
    file = folder / "page.html"
    file.write_bytes(page.encode("utf-8"))
    driver.get(file.as_uri())
    return units(driver, selector)


def units(driver: webdriver.Chrome, selector: str) -> list[str]:
    found = driver.execute_script(UNITS, selector)
    return [
        "".join(map(chr, codes)).encode("utf-16", "surrogatepass").decode("utf-16")
        for codes in found
    ]


def test_five_hundred_quotes_and_more_in_the_dom(driver: webdriver.Chrome, tmp_path: Path) -> None:
    made = answers()
    wanted = [text for answer in made for text in texts(answer)]
    assert len(wanted) >= 500
    found = shown(driver, render.to_html(made), tmp_path, "bdi.quote")
    assert len(found) == len(wanted)
    assert [pair for pair in zip(found, wanted, strict=True) if pair[0] != pair[1]] == []
    assert driver.execute_script(STRANGE, TAGS.split()) == []
    style = "return getComputedStyle(document.querySelector('bdi.quote')).whiteSpace"
    assert driver.execute_script(style) == "pre-wrap"


def test_cards_set_into_a_page_by_script(driver: webdriver.Chrome, tmp_path: Path) -> None:
    made = answers()[:30]
    cards = [render.quote_html(q, n) for a in made for n, q in enumerate(a.quotes, 1)]
    shown(driver, "<!DOCTYPE html><meta charset=utf-8><main></main>", tmp_path, "main")
    driver.execute_script("document.querySelector('main').innerHTML = arguments[0]", "".join(cards))
    assert units(driver, "bdi.quote") == [text for answer in made for text in texts(answer)]


def test_markdown_as_a_browser_shows_it(driver: webdriver.Chrome, tmp_path: Path) -> None:
    made = answers()[:30]
    body = "".join(MarkdownIt("commonmark").render(render.to_markdown(answer)) for answer in made)
    page = f"<!DOCTYPE html><meta charset=utf-8>{body}"
    found = shown(driver, page, tmp_path, "pre")
    # A fenced block ends in one line feed of its own.
    bare = [text.removesuffix("\n") if "\r" not in text else text for text in found]
    assert bare == [text for answer in made for text in texts(answer)]


def faulty(monkeypatch: pytest.MonkeyPatch, pattern: str, put: str) -> None:
    plain = escape.escape
    monkeypatch.setattr(escape, "escape", lambda value: re.sub(pattern, put, plain(value)))


@pytest.mark.parametrize(
    ("pattern", "put"),
    [("&#13;", "\r"), ("  ", " "), ("&#38;", "&"), ("&#60;", "<"), ("^\\s|\\s$", "")],
)
def test_a_planted_fault_shows_in_the_dom(
    driver: webdriver.Chrome,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    pattern: str,
    put: str,
) -> None:
    made = answers()
    faulty(monkeypatch, pattern, put)
    found = shown(driver, render.to_html(made), tmp_path, "bdi.quote")
    assert found != [text for answer in made for text in texts(answer)]
