"""PDF: the text of each page under our own rules, pages joined by form feeds."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

from rag.extract.draft import Draft, Unreadable, one_line
from rag.extract.formats import Format
from rag.extract.pdf_headings import large_headings
from rag.extract.pdf_text import PageText
from rag.extract.pdfium import opened, read_page
from rag.types import Heading, Span

_JUNK_TITLE = re.compile(
    r"(?:untitled|document\d*|title|slide \d+|microsoft word.*|microsoft powerpoint.*|"
    r".*\.(?:docx?|xlsx?|pptx?|pdf|indd|qxd|tex|dvi|rtf|odt|p65|fm|txt|html?))",
    re.IGNORECASE | re.DOTALL,
)
_JUNK_AUTHOR = frozenset(
    ("user", "admin", "administrator", "owner", "unknown", "anonymous", "author", "root", "me")
)
_DATE = re.compile(r"(?:D:)?(\d{4})(\d{2})?(\d{2})?")
_DIGITS = re.compile(r"\d+")
# A line at the edge of a page is a running head or foot when it stands on this many pages.
_FEWEST_REPEATS = 3
_EDGE_LINES = 2
_MOST_UNKNOWN = 0.3


def read_pdf(data: bytes) -> Draft:
    """A PDF file as text. Raises Unreadable: encrypted, damaged, without text, without letters."""
    with opened(data) as document:
        pages = [read_page(document, number) for number in range(len(document))]
        info = document.get_metadata_dict()
        outline = _outline(document)
    texts = [page.text for page in pages]
    _check(pages)
    starts = [0]
    for text in texts[:-1]:
        starts.append(starts[-1] + len(text) + 1)
    text = "\f".join(texts)
    return Draft(
        text,
        title=_title(info.get("Title", "")),
        pages=tuple(starts),
        headings=tuple(_headings(texts, starts, outline) or large_headings(pages, starts)),
        boilerplate=tuple(_running(texts, starts)),
        metadata=_metadata(info),
        notes=tuple(_notes(pages)),
    )


def _check(pages: list[PageText]) -> None:
    ink = sum(len(page.text) - page.text.count("\n") for page in pages)
    if not any(page.text.strip() for page in pages):
        number = f"{len(pages)} page{'' if len(pages) == 1 else 's'}"
        raise Unreadable(
            f"holds no text ({number}): it may be a scan; run text recognition (OCR) on it first"
        )
    if sum(page.replaced for page in pages) > _MOST_UNKNOWN * ink:
        raise Unreadable(
            "its fonts do not say which letters they draw; run text recognition (OCR) on it first"
        )


def _notes(pages: list[PageText]) -> list[str]:
    notes = []
    empty = [number for number, page in enumerate(pages, 1) if not page.text.strip()]
    if empty:
        one = len(empty) == 1
        notes.append(f"page{'' if one else 's'} {ranges(empty)} {'has' if one else 'have'} no text")
    replaced = sum(page.replaced for page in pages)
    if replaced:
        noun = "character" if replaced == 1 else "characters"
        notes.append(f"{replaced} {noun} without a Unicode value replaced by U+FFFD")
    return notes


def ranges(numbers: list[int]) -> str:
    """Ascending numbers as people write them: [1, 3, 4, 5] is "1, 3-5"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(r[0]) if len(r) == 1 else f"{r[0]}-{r[-1]}" for r in runs)


def _title(raw: str) -> str:
    title = one_line(raw)
    usable = len(title) > 2 and any(c.isalpha() for c in title) and not _JUNK_TITLE.fullmatch(title)
    return title if usable else ""


def _metadata(info: dict[str, str]) -> dict[str, str]:
    fields = {}
    author = one_line(info.get("Author", ""))
    if author and author.lower() not in _JUNK_AUTHOR:
        fields["author"] = author
    date = _DATE.match(info.get("CreationDate", ""))
    if date and 1980 <= int(date[1]) <= 2100:
        fields["date"] = "-".join(part for part in date.groups() if part)
    return fields


def _outline(document: Any) -> list[tuple[int, str, int]]:
    """Level (1..6), title and 0-based page of each bookmark that has all of them."""
    import pypdfium2

    found = []
    try:
        for bookmark in document.get_toc():
            destination = bookmark.get_dest()
            page = destination.get_index() if destination else None
            title = bookmark.get_title().strip()
            if title and page is not None:
                found.append((min(bookmark.level + 1, 6), title, page))
    except pypdfium2.PdfiumError:
        return found  # a damaged outline costs headings, not the text
    return found


def _headings(
    texts: list[str], starts: list[int], outline: list[tuple[int, str, int]]
) -> list[Heading]:
    """The bookmarks whose title stands as a line of its own on the page they point to."""
    found: list[Heading] = []
    floor = 0
    for level, title, page in outline:
        if page >= len(texts):
            continue
        words = r"\s+".join(re.escape(word) for word in title.split())
        number = r"(?:[\dIVXA-Z]+(?:\.\d+)*\.?\s+)?"
        pattern = re.compile(rf"^{number}({words})[ \t]*$", re.MULTILINE | re.IGNORECASE)
        match = pattern.search(texts[page], max(0, floor - starts[page]))
        if match:
            span = Span(match.start() + starts[page], match.end(1) + starts[page])
            found.append(Heading(level, span))
            floor = span.end
    return found


def _running(texts: list[str], starts: list[int]) -> list[Span]:
    """Lines at page edges that come again on many pages, numbers aside: heads, feet, folios."""
    edges = [_edge_lines(text) for text in texts]
    seen = Counter(key for page in edges for key in {key for edge in page for key, _ in edge})
    enough = max(_FEWEST_REPEATS, len(texts) // 2)
    found: list[Span] = []
    for page, start in zip(edges, starts, strict=True):
        spans = set()
        for edge in page:
            for key, span in edge:
                if seen[key] < enough:
                    break  # what lies further in is body text
                spans.add(span.shift(start))
        found.extend(sorted(spans))
    return found


def _edge_lines(text: str) -> tuple[list[tuple[str, Span]], list[tuple[str, Span]]]:
    """The first lines of a page, and its last ones from the end, each with its key to compare."""
    lines = [m for m in re.finditer(r"[^\n]+", text) if m.group().strip()]
    keyed = [(_DIGITS.sub("#", " ".join(m.group().split())), Span(*m.span())) for m in lines]
    return keyed[:_EDGE_LINES], keyed[::-1][:_EDGE_LINES]


PDF = Format(
    name="PDF",
    label="a PDF file",
    suffixes=(".pdf",),
    media_type="application/pdf",
    key="pdf",
    version=1,
    read=lambda content: read_pdf(content.data),
    keeps="the text of each page, its place on the page; headings; title, author, date",
    loses="pictures, scans without a text layer",
    noted="pages without text are named; characters without a Unicode value are counted; running "
    "heads and feet are marked and ranked down",
    library="pypdfium2",
    signature=(b"%PDF-",),
)
FORMATS = (PDF,)
