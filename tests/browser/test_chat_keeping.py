"""Keeping, exporting, coming back, and follow-ups in the browser."""

from __future__ import annotations

import json

import pytest
from conftest import Page

pytestmark = pytest.mark.browser
CATCH = (
    "window.got = null; const make = URL.createObjectURL; URL.createObjectURL = (blob) => {"
    " blob.text().then(t => { window.got = t; }); return make(blob); };"
    "HTMLAnchorElement.prototype.click = () => {};"
)


def test_kept_quotes_are_exported_as_they_are_shown(page: Page) -> None:
    page.js(CATCH)
    turn = page.ask("How high is the lighthouse?")
    page.click(f"{turn} [data-act=keep]")
    page.wait(f"{turn} [data-act=keep][aria-pressed=true]")
    turn = page.ask("How much does a block of granite weigh?")
    page.click(f"{turn} [data-act=keep]")
    page.click("#cv-kept-count")
    page.wait("#cv-tray .cv-kept > li", 2)
    shown = page.texts("#cv-tray .cv-words")
    page.click("#cv-tray [data-form=json]")
    rows = json.loads(page.until(lambda: page.js("return window.got")))
    assert [q["text"] for row in rows for q in row["result"]["quotes"]] == shown
    page.js("window.got = null")
    page.click("#cv-tray [data-form=md]")
    markdown = page.until(lambda: page.js("return window.got"))
    assert all(line in markdown for text in shown for line in text.splitlines())
    page.click("#cv-tray [data-act=unkeep]")
    page.until(lambda: page.texts("#cv-tray .cv-words") == shown[1:])
    page.click("#cv-status [data-act=undo]")
    page.until(lambda: page.texts("#cv-tray .cv-words") == shown)
    page.click("#cv-tray [data-act=move][data-by='1']")
    page.until(lambda: page.texts("#cv-tray .cv-words") == shown[::-1])


def test_a_reload_restores_the_conversation(page: Page) -> None:
    first = page.quotes(page.ask("How high is the lighthouse?"))
    page.ask("Who invented the telephone exchange of Copenhagen?")
    page.click(".cv-turn [data-act=keep]")
    page.wait(".cv-turn [data-act=keep][aria-pressed=true]")
    page.open(ready=".cv-turn + .cv-turn .cv-card")
    assert page.quotes(".cv-turn:first-of-type") == first
    assert page.all(".cv-abstention")
    page.click("#cv-kept-count")
    assert page.texts("#cv-tray .cv-words") == [first[0]["text"]]


def test_a_new_conversation_is_empty(page: Page) -> None:
    page.ask("How high is the lighthouse?")
    page.click("#cv-conversations [data-act=new]")
    page.wait(".cv-welcome")
    assert not page.all(".cv-turn")
    page.click("#cv-status [data-act=undo]")
    page.wait(".cv-turn .cv-card")
    page.click("#cv-conversations [data-act=new]")
    page.wait(".cv-welcome")
    page.ask("How much does a block of granite weigh?")
    page.click("#cv-conversations .cv-saved li:nth-of-type(2) .cv-name")
    page.until(lambda: page.texts(".cv-question") == ["How high is the lighthouse?"])


def test_terms_of_a_follow_up_can_be_dropped_and_added(page: Page) -> None:
    page.ask("How high is the lighthouse?")
    turn = page.ask("When was its lamp lit?")
    page.wait(f"{turn} .cv-chip")
    assert any("lighthouse" in chip for chip in page.texts(f"{turn} .cv-chip"))
    assert "lighthouse" in page.quotes(turn)[0]["text"]
    page.click(f"{turn} [data-act=fresh]")
    page.until(lambda: page.all(f"{turn} .cv-foot") and not page.all(f"{turn} .cv-chip"))
    page.js(
        "const f = document.querySelector(arguments[0]); f.elements.term.value = 'storm';"
        " f.requestSubmit()",
        f"{turn} .cv-add",
    )
    page.wait(f"{turn} .cv-chip")
    assert "storm" in page.text(f"{turn} .cv-chip")
    page.click(f"{turn} .cv-chip [data-act=drop]")
    page.until(lambda: page.all(f"{turn} .cv-foot") and not page.all(f"{turn} .cv-chip"))


def test_every_passage_is_shown_on_request(page: Page) -> None:
    turn = page.ask("Tell of the storm, the boats, the lighthouse, the lamp and the harbour")
    few = page.quotes(turn)
    assert 1 <= len(few) <= 3
    page.click(f"{turn} [data-act=every]")
    # The turn is drawn anew: between the old cards and the new ones there is a moment without any.
    page.until(lambda: len(page.quotes(turn)) > len(few))
    assert not page.all(f"{turn} [data-act=every]")
