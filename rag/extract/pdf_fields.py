"""What people have added to a PDF page: form fields that are filled in, and comments.

PDFium does not count them among the characters of the page. A value stands in the text behind the
words at its left, as on the page, or else in a paragraph of its own with its field's name; a box
that is ticked is U+2612. Comments (notes, text boxes, remarks to marked words) follow the text of
their page, each a paragraph.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from ctypes import byref, c_ushort
from dataclasses import dataclass
from typing import Any, Literal

from rag.extract.pdf_words import REPLACEMENT, Word

TICKED = "☒"
FORM_FONT = -1
_MOST_ANNOTATIONS = 20_000
_MOST_CHARACTERS = 1_000_000
_SIZE = 10.0  # points, where nothing beside a field tells its type
Area = tuple[float, float, float, float]  # left, top, right, bottom


@dataclass(frozen=True, slots=True)
class Added:
    """Text that was added. kind: "form" or "comment"; name: of the field, or who wrote it."""

    kind: Literal["form", "comment"]
    text: str
    name: str
    area: Area


def added(document: Any, page: Any) -> list[Added]:
    """The filled form fields and the comments of a page, in the file's order."""
    import pypdfium2.raw as pdfium

    found: list[Added] = []
    count = min(pdfium.FPDFPage_GetAnnotCount(page), _MOST_ANNOTATIONS)
    for number in range(count):
        with _annotation(page, number) as annotation:
            if not annotation:
                continue
            item = _read(document, annotation)
            if item is not None:
                found.append(item)
    return found


@contextmanager
def _annotation(page: Any, number: int) -> Iterator[Any]:
    import pypdfium2.raw as pdfium

    annotation = pdfium.FPDFPage_GetAnnot(page, number)
    try:
        yield annotation
    finally:
        if annotation:
            pdfium.FPDFPage_CloseAnnot(annotation)


def _read(document: Any, annotation: Any) -> Added | None:
    import pypdfium2.raw as pdfium

    subtype = pdfium.FPDFAnnot_GetSubtype(annotation)
    if subtype in (pdfium.FPDF_ANNOT_POPUP, pdfium.FPDF_ANNOT_LINK):
        return None
    box = pdfium.FS_RECTF()
    pdfium.FPDFAnnot_GetRect(annotation, byref(box))
    area = (box.left, box.top, box.right, box.bottom)
    if subtype == pdfium.FPDF_ANNOT_WIDGET:
        return _filled(document, annotation, area)
    text = _string(annotation, b"Contents")
    return Added("comment", text, _one_line(_string(annotation, b"T")), area) if text else None


def _filled(document: Any, annotation: Any, area: Area) -> Added | None:
    """A form field's value; None for an empty one, a button or a box that is not ticked."""
    import pypdfium2.raw as pdfium

    if document.formenv is None:
        return None
    form = document.formenv.raw
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, annotation)
    name = _wide(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, annotation) or _wide(
        pdfium.FPDFAnnot_GetFormFieldName, form, annotation
    )
    if kind in (pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON):
        ticked = pdfium.FPDFAnnot_IsChecked(form, annotation)
        return Added("form", TICKED, _one_line(name), area) if ticked else None
    if kind in (pdfium.FPDF_FORMFIELD_PUSHBUTTON, pdfium.FPDF_FORMFIELD_SIGNATURE):
        return None
    text = _wide(pdfium.FPDFAnnot_GetFormFieldValue, form, annotation)
    return Added("form", text, _one_line(name), area) if text else None


def _string(annotation: Any, key: bytes) -> str:
    import pypdfium2.raw as pdfium

    return _wide(pdfium.FPDFAnnot_GetStringValue, annotation, key)


def _wide(call: Callable[..., int], *arguments: Any) -> str:
    """A UTF-16 string of PDFium's, with line feeds and without what no text may hold."""
    size = call(*arguments, None, 0)
    if size <= 2:
        return ""
    buffer = (c_ushort * (min(size, 2 * _MOST_CHARACTERS) // 2 + 1))()
    call(*arguments, buffer, 2 * len(buffer))
    raw = bytes(buffer)[: min(size, 2 * len(buffer)) - 2]
    text = raw.decode("utf-16-le", "replace").replace("\r\n", "\n").replace("\r", "\n")
    lines = (" ".join(_clean(line).split()) for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def _clean(line: str) -> str:
    return "".join(c if c.isprintable() or c.isspace() else chr(REPLACEMENT) for c in line)


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]


def put_beside(words: list[Word], items: Sequence[Added]) -> list[int]:
    """Put values into ``words`` behind the words at their left; numbers of those that have none.

    A value's characters have the index ``-2 - number``, by which their area is found.
    """
    left: list[int] = []
    for number, item in enumerate(items):
        field = item.kind == "form" and "\n" not in item.text
        beside = _beside(words, item.area) if field else None
        if beside is None:
            left.append(number)
        else:
            words[beside + 1 : beside + 1] = _as_words(item, number, words[beside])
    return left


def _beside(words: Sequence[Word], area: Area) -> int | None:
    """The last word left of a field whose middle is at the field's height."""
    x0, top, _, bottom = area
    found: int | None = None
    for at, word in enumerate(words):
        middle = word.y + 0.35 * word.size
        at_height = bottom - 0.2 * word.size <= middle <= top + 0.2 * word.size
        reached = word.x1 <= x0 + word.size and word.angle == 0.0
        if at_height and reached and (found is None or word.x1 >= words[found].x1):
            found = at
    if found is None or x0 - words[found].x1 > 12 * words[found].size:
        return None
    return found


def _as_words(item: Added, number: int, beside: Word) -> list[Word]:
    """A value as words on the baseline of the word at its left."""
    tokens = item.text.split()
    x0, x1 = max(item.area[0], beside.x1), max(item.area[2], beside.x1 + 1)
    step = (x1 - x0) / (len(item.text) + 1)
    made: list[Word] = []
    for token in tokens:
        end = x0 + step * len(token)
        codes, index = list(map(ord, token)), [-2 - number] * len(token)
        made.append(Word(codes, index, x0, end, beside.y, beside.size, FORM_FONT, space=True))
        x0 = end + step
    return made
