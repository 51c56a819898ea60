"""Keyboard, dark and light, phone width, and what a checker of accessibility finds."""

from __future__ import annotations

from importlib import resources
from typing import Any

import pytest
from conftest import Page

pytestmark = pytest.mark.browser


def keys(page: Page, *pressed: str) -> None:
    from selenium.webdriver import ActionChains

    ActionChains(page.driver).send_keys(*pressed).perform()


def focused(page: Page) -> str:
    return str(
        page.js("return document.activeElement.className + ' ' + document.activeElement.tagName")
    )


def test_the_keyboard_reaches_everything(page: Page) -> None:
    from selenium.webdriver.common.keys import Keys

    page.ask("storm boats lighthouse oil metres")
    assert "TEXTAREA" in focused(page)
    keys(page, Keys.ARROW_UP)
    assert page.js("return document.activeElement.value") == "storm boats lighthouse oil metres"
    keys(page, Keys.ESCAPE)
    assert page.js("return document.activeElement.value") == ""
    page.js("document.activeElement.blur()")
    keys(page, "j")
    page.until(lambda: "cv-card" in focused(page))
    assert page.js("return document.activeElement.dataset.quote") == "0"
    if len(page.all(".cv-card")) > 1:
        keys(page, "j")
        assert page.js("return document.activeElement.dataset.quote") == "1"
        keys(page, "k")
    keys(page, "s")
    page.wait(".cv-card [data-act=keep][aria-pressed=true]")
    page.until(lambda: "cv-card" in focused(page))
    keys(page, Keys.ENTER)
    page.wait("#cv-here, .cv-box")
    keys(page, "/")
    page.until(lambda: "TEXTAREA" in focused(page))


def test_a_phone_shows_it_in_one_column(page: Page) -> None:
    page.size(390, 844, mobile=True)
    page.open()
    turn = page.ask("How much does a block of granite weigh?")
    assert page.js("return document.documentElement.scrollWidth <= innerWidth")
    assert not page.all("#cv-reader")[0].is_displayed()
    page.click(f"{turn} [data-act=open]")
    page.until(lambda: page.all("#cv-viewer .cv-page")[0].is_displayed())
    width = page.js("return document.querySelector('#cv-viewer').getBoundingClientRect().width")
    assert width > 340
    page.click("#cv-reader .cv-sheet-close")
    page.until(lambda: not page.all("#cv-reader")[0].is_displayed())
    page.click(".cv-tabs [data-pane=sources]")
    page.until(lambda: page.all("#cv-documents li")[0].is_displayed())


def test_dark_is_remembered(page: Page) -> None:
    page.click(".cv-header [data-act=theme]")
    dark = page.js("return document.body.classList.contains('dark')")
    page.open()
    assert page.until(lambda: page.js("return document.body.classList.contains('dark')") == dark)


def problems(page: Page) -> list[tuple[str, str, str]]:
    """Serious and critical findings of axe-core: rule, element, what is wrong."""
    if not page.js("return !!window.axe"):
        script = resources.files("axe_playwright_python").joinpath("axe.min.js")
        page.driver.execute_script(script.read_text(encoding="utf-8"))
    page.driver.set_script_timeout(120)
    found: dict[str, Any] = page.driver.execute_async_script(
        "const done = arguments[0]; axe.run(document, {resultTypes: ['violations']}).then(done)"
    )
    return [
        (v["id"], str(node["target"]), str(node.get("failureSummary", ""))[:300])
        for v in found["violations"]
        if v["impact"] in ("serious", "critical")
        for node in v["nodes"]
    ]


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_serious_finding_on_any_view(page: Page, theme: str, width: int) -> None:
    page.size(width, 844, mobile=width < 1000)
    page.open()
    page.js("window.chapterVerse.theme(arguments[0])", theme)
    page.js(
        "document.head.insertAdjacentHTML('beforeend', "
        "'<style>*{transition:none!important;animation:none!important}</style>')"
    )
    assert problems(page) == []
    turn = page.ask("How high is the lighthouse?")
    page.wait("#cv-here")
    page.click(f"{turn} [data-act=keep]")
    page.ask("Who invented the telephone exchange of Copenhagen?")
    assert problems(page) == []
    turn = page.ask("How much does a block of granite weigh?")
    page.click(f"{turn} [data-act=open]")
    page.wait("#cv-viewer .cv-box")
    assert problems(page) == []
    page.click(".cv-tabs [data-pane=sources]")
    page.js(
        "const f = document.querySelector('#cv-narrow'); f.elements.text.value = 'granite';"
        " f.requestSubmit()"
    )
    page.wait("#cv-hits li")
    assert problems(page) == []
    page.click("#cv-kept-count")
    page.wait("#cv-tray li")
    assert problems(page) == []


def test_the_checker_can_fail(page: Page) -> None:
    page.js(
        "document.querySelector('#cv-turns').insertAdjacentHTML('beforeend',"
        "'<p style=\"color:#ccc;background:#fff\">pale words</p><button></button>')"
    )
    found = {rule for rule, _, _ in problems(page)}
    assert {"color-contrast", "button-name"} <= found
