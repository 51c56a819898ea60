"""Opening PDF files. PDFium is not thread-safe: every use of it holds one process-wide lock."""

from __future__ import annotations

import math
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

from rag.extract.draft import Unreadable
from rag.extract.pdf_fields import added
from rag.extract.pdf_forms import check_forms
from rag.extract.pdf_page import Page
from rag.extract.pdf_text import page_text

_LOCK = threading.RLock()
_SAMPLED = 200  # characters whose direction is asked for on a page


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """A pypdfium2 document, closed at the end; the lock is held all along.

    Raises Unreadable with the reason when PDFium refuses the file, or its drawings have no end.
    """
    import pypdfium2

    check_forms(data)
    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise Unreadable(_reason(str(error))) from error
        try:
            with suppress(pypdfium2.PdfiumError):  # a damaged form costs its values, not the text
                document.init_forms()
            yield document
        finally:
            document.close()


@contextmanager
def text_page(document: Any, number: int) -> Iterator[tuple[Any, Any]]:
    """A page (0-based number) and its text page, turned so that most of its text is upright.

    PDFium orders lines as they appear on the turned page; sideways, they would come out backwards.
    The page's own rotation is put back. Raises Unreadable when the page is damaged.
    """
    import pypdfium2

    page = text = None
    try:
        page = document[number]
        own = page.get_rotation()
        text = page.get_textpage()
        upright = _upright(text)
        if upright != own:
            text.close()
            page.set_rotation(upright)
            page.close()
            page = document[number]
            text = page.get_textpage()
        try:
            yield page, text
        finally:
            page.set_rotation(own)
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"page {number + 1} is damaged: {error}") from error
    finally:
        if text is not None:
            text.close()
        if page is not None:
            page.close()


def read_page(document: Any, number: int) -> Page:
    """The text of one page (0-based number); Unreadable when the page is damaged."""
    with text_page(document, number) as (page, text):
        return page_text(text, added(document, page))


def _upright(text: Any) -> int:
    """The clockwise rotation (0, 90, 180, 270) under which most of a page's text is upright."""
    import pypdfium2.raw as pdfium

    total = pdfium.FPDFText_CountChars(text)
    turns: Counter[int] = Counter()
    for index in range(0, total, max(1, total // _SAMPLED)):
        angle = pdfium.FPDFText_GetCharAngle(text, index)  # radians, clockwise
        if angle >= 0:
            turns[-round(angle / (math.pi / 2)) % 4 * 90] += 1
    return max(sorted(turns), key=turns.__getitem__, default=0)


def _reason(message: str) -> str:
    lowered = message.lower()
    if "password" in lowered:
        return "is encrypted; save a copy without a password and index that"
    if "security" in lowered:
        return "is protected by a scheme that cannot be opened; save an unprotected copy"
    return "is damaged or not a PDF file; open it in a viewer and save it again"
