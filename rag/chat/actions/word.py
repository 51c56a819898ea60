"""Results as a Word document: quotes as block quotations, each with its citation as a footnote."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from typing import Any

from rag.errors import UsageError
from rag.render.citation import citation
from rag.render.pieces import heading
from rag.types import Abstention, Quote, Result, shown_quotes

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.footnotes+xml"
_RELATION = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
# What XML 1.0 cannot hold.
_BARRED = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SEPARATORS = (
    '<w:footnote w:type="separator" w:id="-1"><w:p><w:r><w:separator/></w:r></w:p></w:footnote>'
    '<w:footnote w:type="continuationSeparator" w:id="0"><w:p><w:r><w:continuationSeparator/></w:r>'
    "</w:p></w:footnote>"
)


def document(noted: Sequence[tuple[Result, str]]) -> bytes:
    """A .docx of results, each with a note ("" for none).

    A quote is exact up to the form of its line breaks. UsageError, naming the source, for a text
    that XML cannot hold.
    """
    from docx import Document

    made = Document()
    notes: list[str] = []
    for result, note in noted:
        made.add_heading(_line(result.question), level=1)
        if isinstance(result, Abstention):
            made.add_paragraph(heading(result))
        for quote in shown_quotes(result):
            notes.append(str(citation(quote.place, quote.paragraph)))
            _quote(made, quote, len(notes))
        if note:
            made.add_paragraph(f"Note: {_line(note)}")
    _footnotes(made, notes)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()


def _quote(made: Any, quote: Quote, number: int) -> None:
    from docx.oxml.ns import qn

    barred = _BARRED.search(quote.text)
    if barred is not None:
        raise UsageError(
            f"a quote of {quote.source.id!r} holds the character U+{ord(barred.group()):04X}, "
            "which a Word document cannot hold; save in another form"
        )
    paragraph = made.add_paragraph(re.sub("\r\n?", "\n", quote.text), style="Intense Quote")
    run = paragraph.add_run()
    run.font.superscript = True
    reference = run._r.makeelement(qn("w:footnoteReference"), {qn("w:id"): str(number)})
    run._r.append(reference)
    for caution in quote.caution:
        made.add_paragraph(f"Caution: {_line(caution.reason)}")


def _footnotes(made: Any, notes: Sequence[str]) -> None:
    from xml.sax.saxutils import escape

    from docx.opc.packuri import PackURI
    from docx.opc.part import Part

    body = "".join(
        f'<w:footnote w:id="{number}"><w:p><w:r><w:rPr><w:vertAlign w:val="superscript"/></w:rPr>'
        f'<w:footnoteRef/></w:r><w:r><w:t xml:space="preserve"> {escape(_line(text))}</w:t></w:r>'
        "</w:p></w:footnote>"
        for number, text in enumerate(notes, 1)
    )
    xml = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<w:footnotes xmlns:w="{_W}">{_SEPARATORS}{body}</w:footnotes>'
    )
    name = PackURI("/word/footnotes.xml")
    part = Part(name, _TYPE, xml.encode(), made.part.package)
    made.part.relate_to(part, _RELATION)


def _line(text: str) -> str:
    """A line of text; what XML cannot hold is shown as U+FFFD (no quote goes through here)."""
    return _BARRED.sub("\ufffd", " ".join(text.split()))
