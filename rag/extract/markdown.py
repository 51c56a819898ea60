"""Markdown, kept as written: only its headings and its front matter are looked for.

Headings are found by markdown-it-py (CommonMark), so that a ``#`` in a code block is none.
"""

from __future__ import annotations

import re
from typing import Any

from rag.extract.decode import Decoded
from rag.extract.draft import Draft, one_line
from rag.extract.formats import Format, of_text
from rag.types import Heading, Span

_LINE = re.compile(r"\r\n|\r|\n")  # what CommonMark takes for a line ending
_MATTER = re.compile(
    r"---[ \t]*(?:\r\n|\r|\n)(.*?)(?:\r\n|\r|\n)(?:---|\.\.\.)[ \t]*(?:(?:\r\n|\r|\n)\s*|\Z)",
    re.DOTALL,
)
_MOST_MATTER = 20_000
_ATX = re.compile(r"(?P<marks>#{1,6})(?:[ \t]+|$)(?P<words>.*?)(?:[ \t]+#+)?[ \t]*$")
_EMPHASIS = re.compile(r"(?<!\w)[*_`]{1,3}(?=\S)|(?<=\S)[*_`]{1,3}(?!\w)")
_KEYS = {
    "title": ("title",),
    "author": ("author", "authors", "by", "byline"),
    "date": ("date", "published", "publish_date", "created", "updated"),
    "address": ("address", "url", "canonical", "canonical_url", "link", "permalink", "source"),
}


def read_markdown(decoded: Decoded) -> Draft:
    """A Markdown file as written, with headings of all six levels and YAML front matter read."""
    text = decoded.text
    body, fields, notes = _front_matter(text)
    headings = tuple(_headings(text, body))
    first = next((h for h in headings if h.level == 1), None)
    heading = text[first.span.start : first.span.end] if first else ""
    return Draft(
        text,
        title=fields.pop("title", "") or one_line(_EMPHASIS.sub("", heading)),
        headings=headings,
        boilerplate=(Span(0, body),) if body else (),
        metadata=fields | decoded.metadata,
        notes=(*decoded.notes, *notes),
    )


def _front_matter(text: str) -> tuple[int, dict[str, str], tuple[str, ...]]:
    """Where the front matter ends (0: there is none), its fields, and notes."""
    match = _MATTER.match(text[:_MOST_MATTER]) if text.startswith("---") else None
    if match is None:
        return 0, {}, ()
    import yaml

    try:
        data = yaml.safe_load(match[1])
    except (yaml.YAMLError, ValueError, RecursionError):
        if not re.match(r"[\w-]+[ \t]*:", match[1]):
            return 0, {}, ()
        return match.end(), {}, ("the front matter is not valid YAML and was not read",)
    if not isinstance(data, dict) or not all(isinstance(key, str) for key in data):
        return 0, {}, ()
    return match.end(), _fields(data), ()


def _fields(data: dict[str, Any]) -> dict[str, str]:
    lowered = {key.lower(): value for key, value in data.items()}
    fields: dict[str, str] = {}
    for field, names in _KEYS.items():
        values = (_scalar(lowered.get(name)) for name in names)
        fits = (v for v in values if v and (field != "address" or re.match(r"https?://\S+$", v)))
        value = next(fits, "")
        if value:
            fields[field] = value
    return fields


def _scalar(value: object) -> str:
    """A field's value as text; a list of names becomes "A, B"; nested data is left out."""
    if isinstance(value, list):
        return ", ".join(part for part in map(_scalar, value[:20]) if part)
    if isinstance(value, dict):
        return _scalar(value.get("name"))
    if value is None or isinstance(value, bool):
        return ""
    return one_line(str(value))


def _headings(text: str, start: int) -> list[Heading]:
    from markdown_it import MarkdownIt

    body = text[start:]
    if "#" not in body and not re.search(r"^ {0,3}(?:=+|-+)[ \t]*$", body, re.MULTILINE):
        return []
    parser = MarkdownIt("commonmark").enable("table")
    parser.core.ruler.enableOnly(["normalize", "block"])
    starts = [start, *(start + m.end() for m in _LINE.finditer(body)), len(text)]
    found = []
    for token in parser.parse(body):
        if token.type == "heading_open" and token.map:
            span = _words(text, starts, token.map[0], token.map[1], token.markup)
            if span:
                found.append(Heading(int(token.tag[1]), span))
    return found


def _words(text: str, starts: list[int], first: int, last: int, markup: str) -> Span | None:
    """The span of a heading's words: less its ``#`` marks, or its underline."""
    if not markup.startswith("#"):
        last -= 1
    begin, end = starts[first], starts[min(last, len(starts) - 1)]
    piece = text[begin:end].rstrip("\r\n")
    if markup.startswith("#"):
        match = _ATX.search(piece)
        if match is None or not match["words"].strip():
            return None
        begin, piece = begin + match.start("words"), match["words"]
    lead = len(piece) - len(piece.lstrip())
    size = len(piece.strip())
    return Span(begin + lead, begin + lead + size) if size else None


FORMATS = (
    Format(
        name="Markdown",
        label="a Markdown file",
        suffixes=(".md", ".markdown", ".mdown", ".mkd"),
        media_type="text/markdown",
        key="markdown",
        version=1,
        read=of_text(read_markdown),
        keeps="every character, mark-up included; headings, front matter as metadata",
        loses="nothing but a byte order mark, NUL characters and lone surrogates",
        noted="front matter that is not valid YAML; the encoding where it was detected",
    ),
)
