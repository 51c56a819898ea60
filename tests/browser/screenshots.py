"""Takes the pictures of the chat in docs/ from a server that runs (``rag ui``, the shipped corpus).

python tests/browser/screenshots.py http://127.0.0.1:7860/ docs
"""

from __future__ import annotations

import io
import shutil
import sys
import time
from pathlib import Path

from conftest import Page, tab_on
from PIL import Image

PDF = "Who had asked for the warrants in May 2024?"
TEXT = "How many lifeboats did the Titanic carry?"
FOLLOW_UP = "How many people did they have room for?"
NONE = "Who paid for the funeral of the captain?"


def save(page: Page, file: Path) -> None:
    """A picture of the window in few colours, which keeps text sharp and the file small."""
    time.sleep(1.2)
    picture = Image.open(io.BytesIO(page.driver.get_screenshot_as_png())).convert("RGB")
    picture.quantize(256, dither=Image.Dither.NONE).save(file, optimize=True)
    print(f"{file}: {file.stat().st_size // 1000} kB")


def fresh(page: Page, theme: str, *, phone: bool = False) -> None:
    page.size(*((390, 844) if phone else (1440, 900)), mobile=phone, scale=2 if phone else 1)
    page.driver.get(page.url + "favicon.ico")
    page.js(
        "localStorage.clear(); sessionStorage.clear();"
        " localStorage.setItem('chapter-verse-theme', arguments[0])",
        theme,
    )
    page.open()
    page.js("document.querySelector('[data-act=new]').click()")
    page.wait(".cv-welcome")


def main(url: str, folder: Path) -> None:
    browser, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if browser is None or driver is None:
        raise SystemExit("no Chromium with its driver")
    page = tab_on((browser, driver), url)
    page.patience = 60.0
    try:
        fresh(page, "light")
        save(page, folder / "chat-start.png")
        page.ask(PDF)
        page.wait("#cv-viewer .cv-box")
        save(page, folder / "chat-page.png")
        page.ask(NONE)
        save(page, folder / "chat-abstention.png")
        fresh(page, "dark")
        page.ask(TEXT)
        turn = page.ask(FOLLOW_UP)
        page.click(f"{turn} [data-act=keep]")
        page.wait("[data-act=keep][aria-pressed=true]")
        save(page, folder / "chat-dark.png")
        page.click("#cv-kept-count")
        save(page, folder / "chat-kept-dark.png")
        fresh(page, "light", phone=True)
        turn = page.ask(PDF)
        save(page, folder / "chat-phone.png")
        page.click(f"{turn} [data-act=open]")
        save(page, folder / "chat-phone-source.png")
    finally:
        page.driver.quit()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
