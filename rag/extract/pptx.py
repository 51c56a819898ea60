"""PPTX: a slide is a page; its texts in reading order, its tables, its speaker's notes."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator, Sequence
from typing import Any

from rag.extract.builder import Builder, GridCell, Run
from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Content, Format
from rag.extract.package import package, parsing
from rag.extract.properties import core_properties

LABEL = "a PowerPoint file"
_A = "{http://schemas.openxmlformats.org/drawingml/2006/main}"
_FURNITURE = frozenset(("sldNum", "dt", "ftr", "hdr"))  # number, date, foot, head of a slide


def read_pptx(content: Content) -> Draft:
    """A presentation. Raises Unreadable."""
    from pptx import Presentation

    opened = package(content.data, LABEL, "ppt/presentation.xml", old=".ppt")
    with parsing(LABEL):
        slides = list(Presentation(io.BytesIO(content.data)).slides)
        builder = Builder()
        for slide in slides:
            builder.page()
            _slide(builder, slide)
    if builder.length < len(slides):
        raise Unreadable("holds no text (pictures alone are not read)")
    fields = core_properties(opened)
    title = fields.pop("title", "") or _first_title(slides)
    return builder.draft(title, notes=_notes(opened, slides), **fields)


def _slide(builder: Builder, slide: Any) -> None:
    hidden = slide._element.get("show") in ("0", "false")
    title = slide.shapes.title
    if title is not None:
        builder.heading(1, _words(title.text_frame.paragraphs, hidden=hidden))
    for shape in _shapes(slide.shapes):
        if title is None or shape.shape_id != title.shape_id:
            _shape(builder, shape, hidden=hidden)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        for paragraph in slide.notes_slide.notes_text_frame.paragraphs:
            words = [Run(run.text, run.shift, "notes") for run in _runs(paragraph)]
            builder.paragraph(words)


def _shapes(shapes: Any) -> Iterator[Any]:
    """Shapes with text or a table, from the top down, those of groups where the group stands."""

    def place(shape: Any) -> tuple[int, int]:
        return (shape.top or 0) // 100_000, (shape.left or 0)  # about a quarter of a line apart

    for shape in sorted(shapes, key=place):
        if hasattr(shape, "shapes"):
            yield from _shapes(shape.shapes)
        elif not _is_furniture(shape):
            yield shape


def _is_furniture(shape: Any) -> bool:
    return any(p.get("type") in _FURNITURE for p in shape._element.iter("{*}ph"))


def _shape(builder: Builder, shape: Any, *, hidden: bool) -> None:
    if getattr(shape, "has_table", False):
        _table(builder, shape.table)
    elif getattr(shape, "has_text_frame", False):
        listed = [p for p in shape.text_frame.paragraphs if p.text.strip()]
        for paragraph in listed:
            words = _words([paragraph], hidden=hidden)
            builder.paragraph(words, item=len(listed) > 1)
    else:
        for paragraph in shape._element.iter(f"{_A}p"):  # a diagram, as far as it holds its words
            builder.paragraph("".join(t.text or "" for t in paragraph.iter(f"{_A}t")))


def _table(builder: Builder, table: Any) -> None:
    rows = []
    for row in table.rows:
        cells = [
            GridCell(
                _words(cell.text_frame.paragraphs, hidden=False),
                number,
                columns=cell.span_width if cell.is_merge_origin else 1,
                rows=cell.span_height if cell.is_merge_origin else 1,
            )
            for number, cell in enumerate(row.cells)
            if not cell.is_spanned
        ]
        rows.append(cells)
    builder.table(rows, heads=1 if table.first_row and len(rows) > 1 else 0)


def _words(paragraphs: Sequence[Any], *, hidden: bool) -> list[Run]:
    words: list[Run] = []
    for paragraph in paragraphs:
        if words:
            words.append(Run("\n"))
        words.extend(
            Run(run.text, run.shift, "hidden" if hidden else run.mark) for run in _runs(paragraph)
        )
    return words


def _runs(paragraph: Any) -> Iterator[Run]:
    """The runs of a paragraph; line breaks, fields and formulas among them."""
    for element in paragraph._p.iter(f"{_A}r", f"{_A}br", f"{_A}fld", "{*}m"):
        if element.tag == f"{_A}br":
            yield Run("\n")
            continue
        properties = element.find(f"{_A}rPr")
        raised = int(properties.get("baseline", "0")) if properties is not None else 0
        struck = properties is not None and properties.get("strike", "noStrike") != "noStrike"
        text = "".join(t.text or "" for t in element.iter("{*}t"))
        shift = (raised > 0) - (raised < 0)
        yield Run(text.replace("\v", "\n"), shift, "struck" if struck else None)


def _first_title(slides: Sequence[Any]) -> str:
    titles = (slide.shapes.title for slide in slides[:1])
    return next((t.text_frame.text.replace("\v", " ") for t in titles if t is not None), "")


def _notes(opened: zipfile.ZipFile, slides: Sequence[Any]) -> list[str]:
    names = opened.namelist()
    notes = []
    hidden = [str(n) for n, s in enumerate(slides, 1) if s._element.get("show") in ("0", "false")]
    if hidden:
        noun = "slide is" if len(hidden) == 1 else "slides are"
        notes.append(f"{noun} hidden in the file: {', '.join(hidden)}")
    unread = {"ppt/charts/": "charts", "ppt/comments/": "comments", "ppt/diagrams/": "diagrams"}
    found = [word for folder, word in unread.items() if any(n.startswith(folder) for n in names)]
    if found:
        notes.append(f"{', '.join(found)} not read")
    return notes


FORMATS = (
    Format(
        name="PowerPoint",
        label=LABEL,
        suffixes=(".pptx", ".pptm", ".ppsx", ".ppsm", ".potx", ".potm"),
        media_type="application/vnd.openxmlformats-officedocument.presentationml.presentation",
        key="pptx",
        version=1,
        read=read_pptx,
        keeps="each slide as a page: its title as a heading, texts from the top down, tables with "
        "their heads, speaker's notes; title, author, date",
        loses="pictures, charts, diagrams, comments, the number and foot of a slide",
        noted="notes of the speaker are marked; hidden slides and struck-out words are marked and "
        "searched last; a note names charts, diagrams and comments",
        library="python-pptx",
        structured=True,
        part="ppt/presentation.xml",
    ),
)
