"""Where a quote stands on the page of its PDF, and the page as an image."""

from __future__ import annotations

import io
import math
from collections.abc import Iterator, Sequence
from ctypes import c_double, c_int
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rag.errors import UnreadableSource, UsageError
from rag.extract.draft import Unreadable
from rag.extract.pdf import PDF
from rag.extract.pdf_fields import Area
from rag.extract.pdfium import opened, read_page, text_page
from rag.extract.read import os_reason
from rag.types import Source, Span, digest

# PDFium converts to whole device pixels: a large device keeps the rounding below visibility.
_DEVICE = 1_000_000
_MOST_PIXELS = 40_000_000


@dataclass(frozen=True, slots=True)
class PageBox:
    """A rectangle on a page (1-based), in fractions of the page image, origin top left."""

    page: int
    x0: float
    y0: float
    x1: float
    y1: float


def page_image(path: Path, page: int, *, scale: float) -> bytes:
    """A page (1-based) of a PDF as PNG, ``scale`` pixels to the point, turned as viewers turn it.

    Never above 40 million pixels: the scale is lowered for that. Raises UsageError for a page that
    does not exist or a scale that is not positive, UnreadableSource when the file cannot be read.
    """
    if scale <= 0:
        raise UsageError(f"the scale must be positive, not {scale}")
    try:
        with opened(path.read_bytes()) as document:
            if not 1 <= page <= len(document):
                raise UsageError(f"{path.name} has pages 1 to {len(document)}, not {page}")
            return _png(document[page - 1], scale)
    except OSError as error:
        raise UnreadableSource(path.name, os_reason(error)) from error
    except Unreadable as error:
        raise UnreadableSource(path.name, str(error)) from error


def boxes(path: Path, source: Source, span: Span) -> tuple[PageBox, ...] | None:
    """The rectangles of a span of a PDF source, one for each line it stands on, in text order.

    None when the file is gone, is no longer the file that was read, was read by other rules, or
    when its page's text, read again, is not what the source holds.
    """
    if not source.pages or source.extractor != PDF.extractor:
        return None
    try:
        data = path.read_bytes()
        if digest(data) != source.file_sha256:
            return None
        with opened(data) as document:
            return _boxes(document, source, span)
    except (OSError, Unreadable):
        return None


def _boxes(document: Any, source: Source, span: Span) -> tuple[PageBox, ...] | None:
    ends = [*(start - 1 for start in source.pages[1:]), len(source.text)]
    found: list[PageBox] = []
    for number, (start, end) in enumerate(zip(source.pages, ends, strict=True)):
        if start >= span.end or end <= span.start:
            continue
        read = read_page(document, number)
        if read.text != source.text[start:end]:
            return None
        first, last = max(span.start, start) - start, min(span.end, end) - start
        lines = list(_lines(read.text, read.index, first, last))
        found.extend(_rectangles(document, number, lines, read.areas))
    return tuple(found)


def _lines(text: str, index: Sequence[int], first: int, last: int) -> Iterator[list[int]]:
    """Page characters (and added areas) with ink of ``text[first:last]``, line by line."""
    line: list[int] = []
    for position in range(first, last):
        if text[position] == "\n":
            if line:
                yield line
            line = []
        elif index[position] != -1 and not text[position].isspace():
            line.append(index[position])
    if line:
        yield line


def _rectangles(
    document: Any, number: int, lines: list[list[int]], added: Sequence[Area]
) -> Iterator[PageBox]:
    with text_page(document, number) as (_, text):
        areas = [
            [box for i in line if (box := added[-2 - i] if i < 0 else _char_box(text, i))]
            for line in lines
        ]
    page = document[number]
    try:
        for area in areas:
            # Opposite corners of the characters; which is which depends on the page's rotation.
            corners = [_to_image(page, x, y) for box in area for x, y in (box[:2], box[2:])]
            if corners:
                xs, ys = [x for x, _ in corners], [y for _, y in corners]
                yield PageBox(number + 1, min(xs), min(ys), max(xs), max(ys))
    finally:
        page.close()


def _char_box(text: Any, index: int) -> tuple[float, float, float, float] | None:
    """Left, top, right and bottom of a character, in points of the page as it is not turned."""
    import pypdfium2.raw as pdfium

    left, right, bottom, top = c_double(), c_double(), c_double(), c_double()
    if not pdfium.FPDFText_GetCharBox(text, index, left, right, bottom, top):
        return None
    return left.value, top.value, right.value, bottom.value


def _to_image(page: Any, x: float, y: float) -> tuple[float, float]:
    """A point of the page in fractions of its image."""
    import pypdfium2.raw as pdfium

    across, down = c_int(), c_int()
    pdfium.FPDF_PageToDevice(page, 0, 0, _DEVICE, _DEVICE, 0, x, y, across, down)
    return _unit(across.value), _unit(down.value)


def _unit(value: int) -> float:
    return min(1.0, max(0.0, value / _DEVICE))


def _png(page: Any, scale: float) -> bytes:
    try:
        width, height = page.get_size()
        most = math.sqrt(_MOST_PIXELS / max(1.0, width * height))
        bitmap = page.render(scale=min(scale, most))
        try:
            out = io.BytesIO()
            bitmap.to_pil().save(out, format="PNG")
            return out.getvalue()
        finally:
            bitmap.close()
    finally:
        page.close()
