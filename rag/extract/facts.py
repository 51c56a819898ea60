"""What a document says of itself: its date, author and version, where properties say nothing.

Taken from lines at the top of the text ("Date: 5 March 2024", "Author: Ann Roe", "Version 2.1")
and, for the date alone, from the file's name. The words stay where they stand, so a question about
them is answered with the line itself.
"""

from __future__ import annotations

import re

from rag.dates import dated
from rag.extract.draft import one_line

_HEAD = 1_500
_LINE = r"(?:\A|(?<=[\r\n]))[ \t>*_#|-]{0,6}"
_DATE = re.compile(
    rf"{_LINE}(?:date|dated|published|publication date|effective(?: date| from)?|issued|"
    rf"last (?:updated|modified|revised)|updated|revised)[*_ \t]*:[*_ \t]*([^\r\n]{{4,60}})",
    re.IGNORECASE,
)
_AUTHOR = re.compile(
    rf"{_LINE}(?:authors?|written by|prepared by|by)[*_ \t]*:[*_ \t]*([^\r\n\t|]{{3,80}})",
    re.IGNORECASE,
)
_VERSION = re.compile(
    rf"{_LINE}(?:version|revision|rev\.)[*_ \t]*:?[*_ \t]*(v?\d[\w.-]{{0,15}})[ \t]*(?=[\r\n]|\Z)",
    re.IGNORECASE,
)
_NAME = re.compile(r"(?<!\d)((?:19|20)\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")


def facts(text: str, name: str) -> dict[str, str]:
    """Date (as ISO writes it), author and version, as far as the text or the name says."""
    head = text[:_HEAD]
    found: dict[str, str] = {}
    line = _DATE.search(head)
    day = dated(line[1]) if line else None
    if day is not None:
        found["date"] = day.text
    elif named := _NAME.search(name):
        found["date"] = "-".join(named.groups())
    author = _AUTHOR.search(head)
    if author:
        found["author"] = one_line(author[1]).strip("*_ ")
    version = _VERSION.search(head)
    if version:
        found["version"] = version[1]
    return {key: value for key, value in found.items() if value}
