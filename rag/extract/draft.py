"""What a format's reader hands back before it becomes a ``Source``."""

from __future__ import annotations

from dataclasses import dataclass, field

from rag.types import Heading, Label, Mark, Span, Table


class Unreadable(Exception):
    """Raised by a format's reader; ``str()`` is the reason, without the file's name."""


@dataclass(slots=True)
class Draft:
    """A document as a format's reader read it; ``read_file`` completes it from the ``Format``.

    title: what the document itself says, "" when it says nothing (the file's name is taken then).
    Other fields as in ``types.Source``.
    """

    text: str
    title: str = ""
    pages: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    boilerplate: tuple[Span, ...] = ()
    marks: tuple[Mark, ...] = ()
    labels: tuple[Label, ...] = ()
    tables: tuple[Table, ...] = ()
    page_labels: tuple[str, ...] = ()
    metadata: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def one_line(text: str, *, most: int = 300) -> str:
    """A property as one line: white space runs become one space, at most ``most`` characters."""
    return " ".join(text.replace("\0", "\ufffd").split())[:most]
