"""What a PDF says of itself: title, author, date, outline, page labels."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from rag.extract.draft import one_line
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


def title_of(raw: str) -> str:
    """The title among a file's properties; "" for one that a program made up."""
    title = one_line(raw)
    usable = len(title) > 2 and any(c.isalpha() for c in title) and not _JUNK_TITLE.fullmatch(title)
    return title if usable else ""


def metadata_of(info: dict[str, str]) -> dict[str, str]:
    """Author and date (of creation, YYYY-MM-DD or less) among a file's properties."""
    fields = {}
    author = one_line(info.get("Author", ""))
    if author and author.lower() not in _JUNK_AUTHOR:
        fields["author"] = author
    date = _DATE.match(info.get("CreationDate", ""))
    if date and 1980 <= int(date[1]) <= 2100:
        fields["date"] = "-".join(part for part in date.groups() if part)
    return fields


def page_labels(document: Any) -> tuple[str, ...]:
    """The number printed on each page (roman, "A-1"), "" where there is none.

    Empty when every page is labelled with its number in the file, or no page has a label.
    """
    labels = tuple(one_line(document.get_page_label(n), most=40) for n in range(len(document)))
    own = all(label in ("", str(number)) for number, label in enumerate(labels, 1))
    return () if own else labels


def outline(document: Any) -> list[tuple[int, str, int]]:
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


def headings_of(
    texts: Sequence[str], starts: Sequence[int], marks: Sequence[tuple[int, str, int]]
) -> list[Heading]:
    """The bookmarks whose title stands as a line of its own on the page they point to."""
    found: list[Heading] = []
    floor = 0
    for level, title, page in marks:
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
