"""Tasks of a person at work that need a server of their own: restarts, many sources, many turns."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import Page, start, tab_on

pytestmark = pytest.mark.browser
HIGH = "How high is the lighthouse?"
GRANITE = "How much does a block of granite weigh?"


class Own:
    """A server whose data stay, that can be ended and begun anew at the same address."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = 0
        self.process: subprocess.Popen[bytes] | None = None
        self.url = ""

    def begin(self) -> str:
        more = ("--data", str(self.folder / "data"))
        self.process, self.url = start(self.folder, *more, port=self.port)
        self.port = int(self.url.rsplit(":", 1)[1].strip("/"))
        return self.url

    def end(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(30)
            self.process = None


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Own]:
    made = Own(tmp_path_factory.mktemp("own"))
    many = made.folder / "harbour" / "archive"
    many.mkdir(parents=True)
    for number in range(300):
        text = f"Log {number}. The ship number {number} sailed.\n"
        (many / f"log-{number:03}.txt").write_text(text, encoding="utf-8")
    import chat_files

    chat_files.write(made.folder / "harbour")
    made.begin()
    yield made
    made.end()


@pytest.fixture
def tab(chromium: tuple[str, str], own: Own) -> Iterator[Page]:
    page = tab_on(chromium, own.url)
    yield page.open()
    page.driver.quit()


def test_a_restart_in_the_middle_loses_nothing(own: Own, tab: Page) -> None:
    shown = tab.quotes(tab.ask(HIGH))
    tab.click(".cv-turn [data-act=keep]")
    tab.until(lambda: tab.text("#cv-kept-count") == "Kept (1)")
    own.end()
    field = tab.wait("#cv-question")[0]
    field.send_keys(GRANITE + "\n")
    tab.until(lambda: len(tab.all(".cv-turn")) == 2)
    tab.until(lambda: "does not answer" in tab.text("#cv-status"))
    own.begin()
    tab.wait(".cv-turn:nth-of-type(2) .cv-card")
    assert "seven" in tab.quotes(".cv-turn:nth-of-type(2)")[0]["text"]
    tab.open(ready=".cv-turn + .cv-turn .cv-card")
    assert tab.quotes(".cv-turn:nth-of-type(1)") == shown
    assert tab.text("#cv-kept-count") == "Kept (1)"


def test_two_tabs_show_the_same_conversation(own: Own, tab: Page) -> None:
    tab.click("#cv-conversations [data-act=new]")
    tab.wait(".cv-welcome")
    tab.ask("Which ship number 7 sailed?")
    first = tab.driver.current_window_handle
    tab.driver.switch_to.new_window("tab")
    tab.open(ready=".cv-turn .cv-card")
    tab.ask(HIGH)
    tab.driver.switch_to.window(first)
    tab.js("window.dispatchEvent(new Event('focus'))")
    tab.until(lambda: len(tab.all(".cv-turn .cv-foot")) == 2)


def test_three_hundred_sources_are_paged_filtered_and_asked(own: Own, tab: Page) -> None:
    assert "303 sources" in tab.text("#cv-documents")
    assert len(tab.all(".cv-sources li")) == 100
    tab.click("#cv-documents [data-act=sources-page][data-to='1']")
    tab.until(lambda: "2 of 4" in tab.text("#cv-documents nav"))
    tab.wait("#cv-narrow input")[0].send_keys("log-123\n")
    tab.until(lambda: len(tab.all(".cv-sources li")) == 1)
    tab.click("#cv-documents [data-act=pick]")
    tab.until(lambda: "1 of 303" in tab.text("#cv-scope"))
    assert tab.quotes(tab.ask("Which ship sailed?"))[-1]["source"] == "archive/log-123.txt"


def test_a_hundred_turns_stay(own: Own, tab: Page) -> None:
    tab.click("#cv-conversations [data-act=new]")
    tab.wait(".cv-welcome")
    tab.click("#cv-documents [data-act=pick][data-source='harbour.md']")
    tab.until(lambda: "1 of 303" in tab.text("#cv-scope"))
    tab.js(
        "for (let i = 0; i < 99; i++)"
        " window.chapterVerse.ask('Which ship number ' + i + ' sailed?')"
    )
    tab.until(lambda: len(tab.all(".cv-turn .cv-foot")) == 99, "99 answers", 120)
    assert "31 metres" in tab.quotes(tab.ask(HIGH))[0]["text"]
    tab.open(ready=".cv-turn:nth-of-type(100) .cv-card")
    assert len(tab.all(".cv-turn .cv-foot")) == 100


def test_a_waiting_question_is_stopped_and_put_again(own: Own, tab: Page) -> None:
    tab.click("#cv-conversations [data-act=new]")
    tab.wait(".cv-welcome")
    tab.js("for (let i = 0; i < 30; i++) window.chapterVerse.ask('Which ship sailed ' + i + '?')")
    last = ".cv-turn:nth-of-type(30)"
    # A fast machine may have answered it before it can be stopped.
    stop = f"document.querySelector('{last} [data-act=stop]')"
    tab.until(lambda: tab.js(f"{stop}?.click(); return !!{stop}") or tab.all(f"{last} .cv-foot"))
    tab.until(lambda: len(tab.all(".cv-turn :is(.cv-foot, .cv-failure)")) == 30)
    if tab.all(f"{last} .cv-failure"):
        assert "Stopped" in tab.text(f"{last} .cv-failure")
        tab.click(f"{last} [data-act=again]")
    tab.wait(f"{last} .cv-foot")


def test_words_are_found_and_a_page_is_typed(own: Own, tab: Page) -> None:
    tab.ask(GRANITE)
    tab.wait("#cv-viewer .cv-layer span")
    lines = tab.texts("#cv-viewer .cv-layer span")
    assert any("granite came from the quarry" in line for line in lines)
    tab.js(
        "const f = document.querySelector('#cv-viewer [data-act=page]:is(form)');"
        " f.elements.to.value = '1'; f.requestSubmit()"
    )
    tab.until(lambda: "Page 1" in (tab.js("return document.querySelector('.cv-page img').alt")))
    tab.js(
        "const f = document.querySelector('#cv-viewer .cv-find');"
        " f.elements.text.value = 'moles of the'; f.requestSubmit()"
    )
    tab.until(lambda: tab.texts("#cv-viewer .cv-found") == ["moles of the"])
    assert "1 place" in tab.text("#cv-viewer .cv-find")
