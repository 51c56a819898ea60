"""The body of an e-mail that is HTML, what it quotes of earlier messages set apart."""

from __future__ import annotations

import codecs
from email.message import MIMEPart
from typing import Any

from rag.extract.draft import Draft, Unreadable
from rag.extract.html import read_html
from rag.extract.joined import joined
from rag.extract.mime import text_of
from rag.types import Mark, Span

# How mail programs wrap what they quote: Thunderbird and Apple Mail, Gmail, Yahoo, Outlook.
_QUOTES = (
    "//blockquote[@type='cite'] | //*[contains(concat(' ', @class, ' '), ' gmail_quote ')]"
    " | //*[contains(concat(' ', @class, ' '), ' yahoo_quoted ')]"
    " | //*[contains(concat(' ', @class, ' '), ' moz-cite-prefix ')]"
)
_OUTLOOK = "//*[@id='divRplyFwdMsg' or @id='appendonsend' or @id='x_divRplyFwdMsg']"


def read_body(part: MIMEPart) -> Draft:
    """The words of an HTML part; an empty text when it shows none."""
    from lxml import etree, html

    text = text_of(part).text
    try:
        root = html.document_fromstring(text.encode("utf-8"), parser=_parser())
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return Draft("")
    quoted = [element for element in root.xpath(_QUOTES) if not _inside(element, root)]
    for start in root.xpath(_OUTLOOK)[:1]:
        quoted += [start, *start.itersiblings()]
    pieces = [_taken_out(element) for element in dict.fromkeys(quoted)]
    own = _read(html.tostring(root, encoding="utf-8"))
    earlier = [draft for draft in map(_read, pieces) if draft.text]
    for draft in earlier:
        draft.marks = (Mark("reply", Span(0, len(draft.text))), *draft.marks)
    shown = [own, *earlier] if own.text else earlier
    if not shown:
        return Draft("")
    whole = joined(shown)
    whole.title, whole.metadata, whole.notes = "", {}, ()
    return whole


def _parser() -> Any:
    from lxml import html

    return html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)


def _inside(element: Any, root: Any) -> bool:
    quotes = set(root.xpath(_QUOTES))
    return any(ancestor in quotes for ancestor in element.iterancestors())


def _taken_out(element: Any) -> bytes:
    """An element's HTML; it leaves the tree, what follows it stays."""
    from lxml import html

    data = html.tostring(element, encoding="utf-8", with_tail=False)
    if element.getparent() is not None:
        element.drop_tree()
    return bytes(data)


def _read(data: bytes) -> Draft:
    try:
        return read_html(codecs.BOM_UTF8 + data)
    except Unreadable:
        return Draft("")
