"""Opening PDF files. PDFium is not thread-safe: every use of it holds one process-wide lock."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from rag.ingest.draft import Unreadable
from rag.ingest.pdf_text import PageText, page_text

_LOCK = threading.RLock()


@contextmanager
def opened(data: bytes) -> Iterator[Any]:
    """A pypdfium2 document, closed at the end; the lock is held all along.

    Raises Unreadable with the reason when PDFium refuses the file.
    """
    import pypdfium2

    with _LOCK:
        try:
            document = pypdfium2.PdfDocument(data)
        except pypdfium2.PdfiumError as error:
            raise Unreadable(_reason(str(error))) from error
        try:
            yield document
        finally:
            document.close()


def read_page(document: Any, number: int) -> PageText:
    """The text of one page (0-based number); Unreadable when the page is damaged."""
    import pypdfium2

    try:
        page = document[number]
    except pypdfium2.PdfiumError as error:
        raise Unreadable(f"page {number + 1} is damaged: {error}") from error
    try:
        text = page.get_textpage()
        try:
            return page_text(text)
        finally:
            text.close()
    finally:
        page.close()


def _reason(message: str) -> str:
    lowered = message.lower()
    if "password" in lowered:
        return "is encrypted; save a copy without a password and index that"
    if "security" in lowered:
        return "is protected by a scheme that cannot be opened; save an unprotected copy"
    return "is damaged or not a PDF file; open it in a viewer and save it again"
