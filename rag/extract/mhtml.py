"""MHTML: a web page as a browser saves it, read as the page it holds."""

from __future__ import annotations

import codecs
import re
from email.message import EmailMessage

from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Content, Format
from rag.extract.html import read_html
from rag.extract.mime import header, parsed, payload, text_of
from rag.extract.package import parsing
from rag.extract.properties import moment_day

LABEL = "a saved web page"
_ADDRESS = re.compile(r"https?://\S+$")


def read_mhtml(content: Content) -> Draft:
    """A saved page. Raises Unreadable."""
    with parsing(LABEL):
        message = parsed(content.data)
        pages = [part for part in message.walk() if part.get_content_type() == "text/html"]
        page = _root(message, pages)
        # A page that names no character set in its part says it in itself.
        data = payload(page)
        if page.get_content_charset():
            data = codecs.BOM_UTF8 + text_of(page).text.encode("utf-8", "replace")
        draft = read_html(data)
    saved_from = header(message, "Snapshot-Content-Location") or header(page, "Content-Location")
    if "address" not in draft.metadata and _ADDRESS.match(saved_from):
        draft.metadata["address"] = saved_from
    if not draft.title:
        draft.title = header(message, "Subject")
    if "date" not in draft.metadata:
        draft.metadata["saved"] = moment_day(header(message, "Date"))
    frames = len(pages) - 1
    if frames > 0:
        noun = "frame" if frames == 1 else "frames"
        draft.notes = (*draft.notes, f"{frames} {noun} inside the page not read")
    return draft


def _root(message: EmailMessage, pages: list[EmailMessage]) -> EmailMessage:
    """The part that is the page itself: named as the start, else the first."""
    if not pages:
        raise Unreadable("is not a saved web page: it holds no HTML")
    start = message.get_param("start")
    named = (p for p in pages if start and header(p, "Content-ID") == str(start))
    return next(named, pages[0])


FORMATS = (
    Format(
        name="Saved page",
        label=LABEL,
        suffixes=(".mhtml", ".mht"),
        media_type="multipart/related",
        key="mhtml",
        version=1,
        read=read_mhtml,
        keeps="what HTML keeps of the page; its address; the day it was saved",
        loses="pictures, frames inside the page",
        noted="a note counts the frames",
        structured=True,
        rests_on=".html",
    ),
)
