"""HTML: all visible text in document order, with its structure as white space.

The rules of extractor ``html 1``, on which offsets rest: runs of white space are one space (in
``pre`` they stay, with a space before each line break); blocks are parted by a blank line, list
items and table rows by a line feed, cells by a tab, ``br`` is a space and a line feed, two of them
a blank line. Navigation and the like is marked as boilerplate, never dropped. Left out: scripts,
styles, templates, form fields, and what is hidden by attribute or inline style.
"""

from __future__ import annotations

import re
from typing import Any

from rag.extract.draft import Draft, Unreadable
from rag.extract.formats import Format
from rag.extract.html_charset import decode_page
from rag.extract.html_meta import read_meta
from rag.types import Heading, Span

_COLLAPSE = re.compile(r"[ \t\n\r\f]+")
_PRE_BREAK = re.compile(r" ?(?:\r\n|\r|\n)")
_HIDDEN = frozenset(
    (
        "script", "style", "template", "noscript", "head", "svg", "iframe", "object", "embed",
        "audio", "video", "canvas", "select", "datalist", "textarea", "input", "rp",
        "annotation", "noframes", "noembed", "map",
    )
)  # fmt: skip
_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details",
        "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li",
        "main", "menu", "nav", "ol", "p", "pre", "search", "section", "summary", "table",
        "caption", "tr", "td", "th", "ul",
    )
)  # fmt: skip
_LISTS = frozenset(("ul", "ol", "dl", "menu", "dir", "table"))
_ITEMS = frozenset(("li", "dt", "dd", "tr"))
_CELLS = frozenset(("td", "th"))
_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search"))
_UNSEEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)


def read_html(data: bytes, encoding: str | None = None) -> Draft:
    """An HTML file as its visible text. Raises Unreadable when there is none, NotText likewise."""
    from lxml import etree, html

    decoded = decode_page(data, encoding)
    parser = html.HTMLParser(
        encoding="utf-8", huge_tree=True, remove_comments=True, remove_pis=True
    )
    try:
        root = html.document_fromstring(decoded.text.encode("utf-8"), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise Unreadable("holds no HTML elements and no text") from error
    fatal = [error.message for error in parser.error_log if error.level_name == "FATAL"]
    if fatal:  # the parser stopped there: what came after would be missing without a word
        raise Unreadable(f"cannot be read to its end as HTML: {fatal[0]}")
    writer = _Writer()
    for event, element in etree.iterwalk(root, events=("start", "end")):
        if isinstance(element.tag, str):
            (writer.start if event == "start" else writer.end)(element)
    text = "".join(writer.parts)
    if not text.strip():
        raise Unreadable("shows no text (a page that scripts fill holds none in its file)")
    metadata = read_meta(root)
    own = [h for h in writer.headings if not any(b.contains(h.span) for b in writer.boilerplate)]
    first = next((h for h in own if h.level == 1), None)
    title = metadata.pop("title", "") or (text[first.span.start : first.span.end] if first else "")
    return Draft(
        text,
        title=title,
        headings=tuple(writer.headings),
        boilerplate=tuple(writer.boilerplate),
        metadata=metadata | decoded.metadata,
        notes=decoded.notes,
    )


class _Writer:
    """Text with pending separators. All positions are offsets into the text written so far."""

    def __init__(self) -> None:
        self.parts: list[str] = []
        self.length = 0
        self.headings: list[Heading] = []
        self.boilerplate: list[Span] = []
        self._separator = ""
        self._space = False
        self._hidden = 0  # how many hidden elements are open
        self._pre = 0
        self._marked = 0  # how many boilerplate elements are open
        self._content = 0  # how many article or main elements are open
        self._opened: list[int] = []  # text length at the start of each open element
        self._lists: list[int] = []  # the same, of each open list or table

    def start(self, element: Any) -> None:
        tag = element.tag
        self._opened.append(self.length)
        if self._hidden or _is_hidden(element):
            self._hidden += 1
            return
        if tag in _BLOCKS:
            self._break(element)
            if tag in _LISTS:
                self._lists.append(self.length)
        elif tag == "br":
            self._line_break()
        self._pre += tag == "pre"
        if self._is_boilerplate(element):
            self._marked += 1
        self._content += tag in ("article", "main")
        self._write(element.text)

    def end(self, element: Any) -> None:
        tag = element.tag
        opened = self._opened.pop()
        if self._hidden:
            self._hidden -= 1
        else:
            self._pre -= tag == "pre"
            self._content -= tag in ("article", "main")
            if self._is_boilerplate(element):
                self._marked -= 1
                if not self._marked:
                    self._mark(opened)
            if tag in _BLOCKS:
                self._close(element, opened)
            if tag in _LISTS:
                self._lists.pop()
        if not self._hidden:
            self._write(element.tail)

    def _break(self, element: Any) -> None:
        """Ask for the separator in front of a block."""
        tag = element.tag
        fresh = len(self._opened) > 1 and self._opened[-2] == self.length  # first in its parent
        if tag in _CELLS and not fresh:
            tabs = self._separator if self._separator.strip("\t") == "" else ""
            self._separator = tabs + "\t"
        elif tag in _ITEMS and self._lists and self._lists[-1] < self.length:
            self._separator = "\n"
        elif not (fresh and (_within_item(element) or tag in _CELLS or tag in _ITEMS)):
            self._ask("\n" if tag in _LISTS and _within_item(element) else "\n\n")

    def _close(self, element: Any, opened: int) -> None:
        tag = element.tag
        if re.fullmatch(r"h[1-6]", tag):
            span = self._ink(opened)
            if span is not None:
                self.headings.append(Heading(int(tag[1]), span))
        if tag in _CELLS:
            return
        self._ask("\n" if tag in _ITEMS or (tag in _LISTS and _within_item(element)) else "\n\n")

    def _ask(self, separator: str) -> None:
        if len(separator) > len(self._separator.replace(" ", "").replace("\t", "")):
            self._separator = separator

    def _line_break(self) -> None:
        if self._separator == " \n":
            self._separator = "\n\n"
        elif "\n" not in self._separator:
            self._separator = " \n"

    def _write(self, text: str | None) -> None:
        if not text or self._hidden:
            return
        if self._pre:
            self._write_pre(text)
            return
        words = _COLLAPSE.sub(" ", text)
        if words[0] == " ":
            self._space = True
        if words.strip(" "):
            self._emit(words.strip(" "))
            self._space = words[-1] == " "

    def _write_pre(self, text: str) -> None:
        lines = _PRE_BREAK.split(text)
        for index, line in enumerate(lines):
            if index:
                self._separator = "\n\n" if self._separator.endswith("\n") else " \n"
            if line.strip():
                self._emit(line)

    def _emit(self, words: str) -> None:
        lead = self._separator if self.length else ""
        if not lead and self._space and self.length:
            lead = " "
        self._separator, self._space = "", False
        self.parts.append(lead + words)
        self.length += len(lead) + len(words)

    def _ink(self, opened: int) -> Span | None:
        """What was written since ``opened``, less white space around it."""
        if opened >= self.length:
            return None
        size, pieces = 0, []
        for part in reversed(self.parts):
            pieces.append(part)
            size += len(part)
            if size >= self.length - opened:
                break
        written = "".join(reversed(pieces))[-(self.length - opened) :]
        lead = len(written) - len(written.lstrip())
        kept = len(written.strip())
        return Span(opened + lead, opened + lead + kept) if kept else None

    def _mark(self, opened: int) -> None:
        span = self._ink(opened)
        if span is not None:
            self.boilerplate.append(span)

    def _is_boilerplate(self, element: Any) -> bool:
        tag = element.tag
        if tag in ("nav", "aside") or element.get("role") in _ROLES:
            return True
        return tag in ("header", "footer") and not _inside_content(element)


def _inside_content(element: Any) -> bool:
    return any(e.tag in ("article", "main", "section") for e in element.iterancestors())


def _within_item(element: Any) -> bool:
    """Whether the nearest list, cell or block around an element is a list item or a cell."""
    for parent in element.iterancestors():
        if parent.tag in _CELLS or parent.tag in ("li", "dd", "dt"):
            return True
        if parent.tag in _BLOCKS and parent.tag not in _LISTS:
            return False
    return False


def _is_hidden(element: Any) -> bool:
    if element.tag in _HIDDEN or (element.tag == "dialog" and element.get("open") is None):
        return True
    hidden = element.get("hidden")
    return (hidden is not None and hidden != "until-found") or bool(
        _UNSEEN.search(element.get("style") or "")
    )


FORMATS = (
    Format(
        name="HTML",
        label="an HTML page",
        suffixes=(".html", ".htm", ".xhtml", ".xht"),
        media_type="text/html",
        key="html",
        version=1,
        read=lambda content: read_html(content.data, content.encoding),
        keeps="all visible text in document order; headings, lists, tables; title, author, date, "
        "address",
        loses="scripts, styles, form fields, hidden text; what a script would fill in",
        noted="navigation is marked and ranked down; a page without text is unreadable",
        structured=True,
    ),
)
