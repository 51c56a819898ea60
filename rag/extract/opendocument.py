"""OpenDocument: texts (ODT), sheets (ODS) and slides (ODP)."""

from __future__ import annotations

import zipfile
from typing import Any

from rag.extract.builder import Builder
from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.formats import Content, Format
from rag.extract.odf_styles import DC, META, TEXT, Styles
from rag.extract.odf_words import Walker
from rag.extract.package import package, parsing, xml
from rag.extract.properties import day, sensible

LABEL = "an OpenDocument file"
_KEPT = "headings, lists, tables with their heads, foot- and endnotes, comments"


def read_opendocument(content: Content) -> Draft:
    """A text, a workbook or a presentation. Raises Unreadable."""
    opened = package(content.data, LABEL, "content.xml")
    with parsing(LABEL):
        manifest = xml(opened, "META-INF/manifest.xml")
        if manifest is not None and next(manifest.iter("{*}encryption-data"), None) is not None:
            raise Unreadable("is encrypted; save it anew without a password")
        root = xml(opened, "content.xml")
        builder = Builder()
        walker = Walker(builder, Styles(root, xml(opened, "styles.xml")))
        body = next(root.iter("{*}body"), None)
        walker.blocks(body if body is not None else root)
        walker.notes()
        return builder.draft(notes=_notes(opened, root), **_properties(opened))


def _properties(opened: zipfile.ZipFile) -> dict[str, str]:
    root = xml(opened, "meta.xml")
    if root is None:
        return {}
    author = root.findtext(f".//{DC}creator") or root.findtext(f".//{META}initial-creator")
    dated = root.findtext(f".//{DC}date") or root.findtext(f".//{META}creation-date")
    return {
        "title": sensible(root.findtext(f".//{DC}title")),
        "author": sensible(author),
        "date": day(one_line(dated or "")),
    }


def _notes(opened: zipfile.ZipFile, root: Any) -> list[str]:
    notes = []
    if next(root.iter(f"{TEXT}deletion"), None) is not None:
        notes.append("tracked changes: insertions are read, deletions are not")
    if any(name.startswith("Object ") for name in opened.namelist()):
        notes.append("charts and formulas that are objects of their own not read")
    return notes


def _format(name: str, label: str, suffixes: tuple[str, ...], kind: str, keeps: str) -> Format:
    return Format(
        name=name,
        label=label,
        suffixes=suffixes,
        media_type=f"application/vnd.oasis.opendocument.{kind}",
        key=suffixes[0][1:],
        version=1,
        read=read_opendocument,
        keeps=keeps + "; title, author, date",
        loses="pictures, charts, embedded objects, page heads and feet, deletions not yet accepted",
        noted="hidden and struck-out words, hidden sheets, rows and slides are marked and searched "
        "last; a note names tracked deletions and objects",
        structured=True,
        part="mimetype",
    )


FORMATS = (
    _format("OpenDocument text", "an OpenDocument text", (".odt", ".ott"), "text", _KEPT),
    _format(
        "OpenDocument sheets",
        "an OpenDocument workbook",
        (".ods", ".ots"),
        "spreadsheet",
        "each sheet as a table with its heads; numbers and dates as the cell shows them; merged "
        "cells; comments",
    ),
    _format(
        "OpenDocument slides",
        "an OpenDocument presentation",
        (".odp", ".otp"),
        "presentation",
        "each slide as a page: titles as headings, texts, tables, speaker's notes",
    ),
)
