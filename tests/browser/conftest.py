"""A server with a small library and a headless browser, shared by the tests of the chat."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
STARTING = 180  # seconds; a busy machine needs a while to import the page's framework


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start(folder: Path, *more: str, port: int = 0) -> tuple[subprocess.Popen[bytes], str]:
    """Serve the small library of ``chat_server.py``; on a free port if 0."""
    port = port or free_port()
    script = [str(HERE / "chat_server.py"), str(folder), str(port), *more]
    return serving(script, port, folder, folder)


def serving(
    script: list[str], port: int, folder: Path, cwd: Path
) -> tuple[subprocess.Popen[bytes], str]:
    """Run a Python script that serves on ``port``, and wait until it answers."""
    env = {**os.environ, "PYTHONPATH": str(HERE.parent.parent), "PYTHONWARNINGS": "ignore"}
    env["XDG_DATA_HOME"] = str(folder / "data")  # never the conversations of whoever runs the tests
    env.pop("RAG_LIBRARY", None)
    with (folder / "server.log").open("wb") as log:
        command = [sys.executable, *script]
        process = subprocess.Popen(command, stdout=log, stderr=log, env=env, cwd=cwd)
    url = f"http://127.0.0.1:{port}/"
    for _ in range(STARTING * 5):
        try:
            with urllib.request.urlopen(url, timeout=5):
                return process, url
        except OSError:
            if process.poll() is not None:
                break
            time.sleep(0.2)
    process.kill()
    process.wait()
    pytest.fail(f"the server did not start:\n{(folder / 'server.log').read_text()}")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running chat."""
    folder = tmp_path_factory.mktemp("chat")
    process, url = start(folder)
    yield url
    process.terminate()
    process.wait(20)


@pytest.fixture(scope="session")
def chromium() -> tuple[str, str]:
    """Paths of the browser and its driver; skips where they are not installed."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    driver = shutil.which("chromedriver")
    if browser is None or driver is None:
        pytest.skip("no Chromium with its driver: apt-get install chromium chromium-driver")
    return browser, driver


class Page:
    """A browser tab on the chat, with the few moves that the tests need."""

    patience = 30.0  # seconds; a busy machine is slow, a broken page never comes

    def __init__(self, driver: Any, url: str) -> None:
        self.driver = driver
        self.url = url

    def open(self, url: str | None = None, ready: str = "#cv-documents p") -> Page:
        self.driver.get(url or self.url)
        self.wait(ready)
        return self

    def size(self, width: int, height: int, *, mobile: bool = False, scale: float = 1) -> None:
        self.driver.execute_cdp_cmd(
            "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": height, "deviceScaleFactor": scale, "mobile": mobile},
        )

    def all(self, css: str) -> list[Any]:
        return list(self.driver.find_elements("css selector", css))

    def js(self, code: str, *args: object) -> Any:
        return self.driver.execute_script(code, *args)

    def wait(self, css: str, count: int = 1, seconds: float | None = None) -> list[Any]:
        return self.until(lambda: (e := self.all(css)) and len(e) >= count and e, css, seconds)

    def until(self, check: Any, what: str = "", seconds: float | None = None) -> Any:
        end = time.monotonic() + (self.patience if seconds is None else seconds)
        while time.monotonic() < end:
            try:
                if found := check():
                    return found
            except Exception:  # noqa: BLE001 - an element may be drawn anew while it is read
                pass
            time.sleep(0.05)
        raise AssertionError(
            f"waited for {what or check}; the page shows:\n{self.text('body')[:1500]}"
        )

    def text(self, css: str) -> str:
        return str(self.js("return document.querySelector(arguments[0])?.textContent ?? ''", css))

    def texts(self, css: str) -> list[str]:
        return list(
            self.js(
                "return [...document.querySelectorAll(arguments[0])].map(n => n.textContent)", css
            )
        )

    def click(self, css: str) -> None:
        def press() -> bool:
            self.js(
                "const n = document.querySelector(arguments[0]); if (!n) throw css; n.click()",
                css,
            )
            return True

        self.until(press, f"a click on {css}")

    def ask(self, question: str) -> str:
        """Ask and wait for what comes back; returns the selector of the new turn."""
        number = len(self.all(".cv-turn"))
        field = self.wait("#cv-question")[0]
        field.send_keys(question + "\n")
        self.wait(".cv-turn", number + 1)
        turn = f"#cv-turns > .cv-turn:nth-of-type({number + 1})"
        self.wait(f"{turn} :is(.cv-card, .cv-abstention, .cv-failure)")
        return turn

    def menu(self, css: str, act: str) -> None:
        """Open the menu inside an element and choose an action of it."""
        opening = "document.querySelector(arguments[0]).open = true; return 1"
        self.until(lambda: self.js(opening, css))
        self.click(f"{css} [data-act={act}]")

    def quotes(self, turn: str = "") -> list[dict[str, Any]]:
        """What each card shows and where it says it is from."""
        return list(
            self.js(
                "return [...document.querySelectorAll(arguments[0])].map(n => ({text:"
                " n.querySelector('.cv-words').textContent, source: n.dataset.source,"
                " start: +n.dataset.start, end: +n.dataset.end}))",
                f"{turn} .cv-card",
            )
        )


def tab_on(chromium: tuple[str, str], url: str, *arguments: str) -> Page:
    from selenium import webdriver

    options = webdriver.ChromeOptions()
    options.binary_location = chromium[0]
    for argument in (
        "--headless=new",
        "--no-sandbox",
        "--disable-dev-shm-usage",
        "--disable-gpu",
        "--window-size=1440,900",
        *arguments,
    ):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"performance": "ALL", "browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=webdriver.ChromeService(chromium[1]))
    return Page(driver, url)


@pytest.fixture(scope="session")
def browser(chromium: tuple[str, str], server: str) -> Iterator[Page]:
    page = tab_on(chromium, server)
    yield page
    page.driver.quit()


@pytest.fixture
def page(browser: Page) -> Page:
    """A fresh visit at the size of a laptop: nothing remembered from the test before."""
    browser.size(1440, 900)
    browser.driver.get(browser.url + "favicon.ico")
    browser.js("localStorage.clear(); sessionStorage.clear()")
    return browser.open()


@pytest.fixture
def other(chromium: tuple[str, str], server: str) -> Iterator[Page]:
    """A second visitor with a browser of their own."""
    second = tab_on(chromium, server)
    yield second.open()
    second.driver.quit()
