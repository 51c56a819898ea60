"""A place as a person would cite it. Text here comes from metadata, never from a quote.

Titles and file names come out of documents, so control and direction characters in them are shown
as visible symbols and white space becomes single spaces: a citation is one line on every exit.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from urllib.parse import quote as percent_encode
from urllib.parse import urlsplit

from rag.types import Place, Source

_FRAGMENT_WORDS = 5  # words on either side of a long quote's text fragment


def visible(text: str, *, keep: str = "\n\t") -> str:
    """``text`` with control, format and noncharacter code points as visible symbols.

    C0 controls become their pictures (ESC is ``␛``), others ``⟨U+202E⟩``; ``keep`` stays as it is,
    and so do the joiners that emoji and some scripts need (U+200C, U+200D).
    """
    return "".join(c if c in keep or not _is_unseen(c) else _symbol(c) for c in text)


def _is_unseen(char: str) -> bool:
    category = unicodedata.category(char)
    if category in ("Cc", "Zl", "Zp", "Cs"):
        return True
    if category == "Cf":
        return char not in "\u200c\u200d" and not "\U000e0020" <= char <= "\U000e007f"
    return ord(char) & 0xFFFE == 0xFFFE


def _symbol(char: str) -> str:
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else f"⟨U+{code:04X}⟩"


def one_line(text: str) -> str:
    """``text`` on one line: white space runs as one space, what is unseen made visible."""
    return visible(" ".join(text.split()), keep="")


@dataclass(frozen=True, slots=True)
class Citation:
    """The parts of a citation, each ready to print; empty where the source does not say.

    start, end: the place in code points of the source's text, half-open. address: http or https
    only. link: the address with a text fragment (WICG scroll-to-text-fragment) that lets a browser
    scroll to the words; only for HTML sources with a known address. page_label: the number printed
    on the page. number: of a list item or clause, where it is not in the text. speaker: who says
    it. columns: the heads of the table columns it stands in.
    """

    id: str
    title: str
    author: str
    date: str
    address: str
    link: str
    page: int | None
    headings: tuple[str, ...]
    paragraph: int
    start: int
    end: int
    page_label: str = ""
    number: str = ""
    speaker: str = ""
    columns: tuple[str, ...] = ()

    @property
    def page_shown(self) -> str:
        """The page as a person finds it, "" where there are none: "12", or "iv (page 6 of the
        file)" where the printed number is another.
        """
        if self.page is None or self.page_label in ("", str(self.page)):
            return "" if self.page is None else str(self.page)
        return f"{self.page_label} (page {self.page} of the file)"

    @property
    def locator(self) -> str:
        """Where in the source: page, headings, number, speaker, columns, paragraph, characters."""
        parts = [f"p. {self.page_shown}"] if self.page is not None else []
        if self.headings:
            parts.append("§ " + " › ".join(self.headings))
        parts += [f"no. {self.number}"] if self.number else []
        parts += [f"said by {self.speaker}"] if self.speaker else []
        parts += ["column " + " | ".join(self.columns)] if self.columns else []
        parts.append(f"para. {self.paragraph}")
        parts.append(f"characters {self.start}–{self.end}")
        return ", ".join(parts)

    def __str__(self) -> str:
        parts = [self.author] if self.author else []
        parts.append(f"“{self.title}”")
        parts += [self.date] if self.date else []
        parts.append(self.locator)
        if self.title != self.id:
            parts.append(self.id)
        parts += [self.address] if self.address else []
        return ", ".join(parts)


def citation(place: Place, paragraph: int) -> Citation:
    """The citation of ``place``; ``paragraph`` is its 1-based number in the source."""
    source = place.source
    address = _address(source)
    return Citation(
        id=one_line(source.id),
        title=one_line(source.title) or one_line(source.id),
        author=one_line(source.meta("author") or ""),
        date=one_line(source.meta("date") or ""),
        address=address,
        link=text_fragment(place, address),
        page=place.page,
        headings=tuple(filter(None, (one_line(h) for h in place.headings))),
        paragraph=paragraph,
        start=place.span.start,
        end=place.span.end,
        page_label=one_line(place.page_label),
        number=one_line(place.label),
        speaker=one_line(place.speaker),
        columns=tuple(filter(None, map(one_line, place.table_heads()))),
    )


def _address(source: Source) -> str:
    """The source's own address, where it is one a link may point to safely."""
    address = (source.meta("address") or "").strip()
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https") or not parts.netloc:
        return ""
    return percent_encode(address, safe="!#$%&'()*+,/:;=?@[]~-._")


def text_fragment(place: Place, address: str) -> str:
    """``address`` with a fragment that names the first and last words of ``place``, or "".

    A fragment's start and end must each lie inside one block of the page, so neither runs over a
    line break of the text.
    """
    if not address or place.source.media_type not in ("text/html", "application/xhtml+xml"):
        return ""
    lines = [line for line in re.split(r"[\n\r\f\v\x85\u2028\u2029]+", place.text) if line.split()]
    if not lines:
        return ""
    first, last = lines[0].split(), lines[-1].split()
    if len(lines) == 1 and len(first) <= 2 * _FRAGMENT_WORDS:
        directive = _encoded(first)
    else:
        directive = f"{_encoded(first[:_FRAGMENT_WORDS])},{_encoded(last[-_FRAGMENT_WORDS:])}"
    return f"{address}{'' if '#' in address else '#'}:~:text={directive}"


def _encoded(words: list[str]) -> str:
    """Words for a text directive, in which ``- , &`` are syntax."""
    return percent_encode(" ".join(words), safe="").replace("-", "%2D")
