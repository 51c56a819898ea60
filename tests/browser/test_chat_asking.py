"""Asking in the browser: what the page shows is what the sources hold, and nothing of it runs."""

from __future__ import annotations

import pytest
from chat_files import HARBOUR, HOSTILE, HOSTILE_SENTENCE
from conftest import Page

pytestmark = pytest.mark.browser


def test_a_quote_in_the_page_is_the_slice_of_its_source(page: Page) -> None:
    turn = page.ask("When was the harbour of Lindholm opened?")
    quotes = page.quotes(turn)
    assert any("3 May 1884" in quote["text"] for quote in quotes)
    assert "3 May 1884" in page.texts(f"{turn} .cv-words mark")
    for quote in quotes:
        assert quote["source"] == "harbour.md"
        assert quote["text"] == HARBOUR[quote["start"] : quote["end"]]


def test_the_viewer_marks_the_quote_in_its_surroundings(page: Page) -> None:
    turn = page.ask("How high is the lighthouse?")
    first = page.quotes(turn)[0]
    page.wait("#cv-viewer #cv-here")
    assert page.text("#cv-here") == first["text"]
    shown = page.text("#cv-viewer .cv-text")
    assert shown in HARBOUR
    assert "eleven years" in shown


def test_where_no_quote_is_sure_enough_the_closest_stand_open(page: Page) -> None:
    turn = page.ask("Who invented the telephone exchange of Copenhagen?")
    assert "No quote was sure enough" in page.text(f"{turn} .cv-abstention")
    assert "3 sources" in page.text(f"{turn} .cv-foot")
    assert "1 file could not be read" in page.text(f"{turn} .cv-foot")
    shown = page.quotes(turn)
    assert 1 <= len(shown) <= 3
    assert all(card.is_displayed() for card in page.all(f"{turn} .cv-candidates .cv-card"))
    assert not page.all(f"{turn} [data-act=every]")


def test_a_question_is_drawn_before_the_server_has_it(page: Page) -> None:
    page.js(
        "window.chapterVerse.ask('How high is the lighthouse?');"
        "window.drawn = document.querySelector('.cv-turn[data-waiting] .cv-question').textContent"
    )
    assert page.js("return window.drawn") == "How high is the lighthouse?"
    page.wait(".cv-turn .cv-card")
    assert len(page.all(".cv-turn")) == 1
    assert page.js("return localStorage.getItem('chapter-verse-outbox')") == "[]"


def test_hostile_text_is_shown_and_runs_nothing(page: Page) -> None:
    turn = page.ask("Which hostile page of Zanzibar says script window bad value?")
    quotes = page.quotes(turn)
    assert any("window.bad" in quote["text"] for quote in quotes)
    for quote in quotes:
        assert quote["text"] == HOSTILE[quote["start"] : quote["end"]]
    page.wait("#cv-viewer .cv-text")
    assert page.text("#cv-viewer .cv-text") in HOSTILE
    assert "\r" in page.text("#cv-viewer .cv-text")
    page.ask(HOSTILE_SENTENCE[:500])
    assert page.js("return window.bad") is None
    assert not page.all("#cv-thread script, #cv-thread img, #cv-thread b, #cv-viewer script")


def test_a_failure_is_not_an_abstention(page: Page) -> None:
    turn = page.ask("?!")
    assert page.all(f"{turn} .cv-failure")
    assert not page.all(f"{turn} .cv-abstention")


def test_widening_stays_exact_and_drops_the_confidence(page: Page) -> None:
    turn = page.ask("How high is the lighthouse?")
    before = page.quotes(turn)[0]
    assert "%" in page.all(f"{turn} li:first-child .cv-sure")[0].get_attribute("title")
    page.click(f"{turn} [data-act=adjust][data-by=wider-after]")
    page.until(lambda: page.quotes(turn)[0]["end"] > before["end"])
    after = page.quotes(turn)[0]
    assert after["text"] == HARBOUR[after["start"] : after["end"]]
    assert after["text"].endswith("in October 1886.")
    assert not page.all(f"{turn} li:first-child .cv-sure")
    page.click(f"{turn} [data-act=adjust][data-by=narrower-last]")
    page.until(lambda: page.quotes(turn)[0]["end"] == before["end"])


def test_copying_gives_the_exact_quote_with_its_citation(page: Page) -> None:
    turn = page.ask("How high is the lighthouse?")
    quote = page.quotes(turn)[0]
    page.click(f"{turn} [data-act=copy]")
    copied = page.until(lambda: page.js("return window.chapterVerse.copied"))
    assert quote["text"] in copied
    assert "The harbour of Lindholm" in copied
    assert f"characters {quote['start']}–{quote['end']}" in copied


def test_nothing_is_fetched_from_another_host(page: Page) -> None:
    import json

    page.ask("How high is the lighthouse?")
    events = [json.loads(row["message"])["message"] for row in page.driver.get_log("performance")]
    urls = [
        e["params"]["request"]["url"] for e in events if e["method"] == "Network.requestWillBeSent"
    ]
    assert urls
    outside = [u for u in urls if not u.startswith((page.url, "data:", "blob:", "chrome:"))]
    assert outside == []
    assert [
        row["message"] for row in page.driver.get_log("browser") if row["level"] == "SEVERE"
    ] == []
