"""Mark-up kept as written: which lines are headings, and what a file says of itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from rag.extract import read_file
from rag.types import Source

RST = """\
==========
The manual
==========

:Author: Ann Roe
:Date: 2024-03-05
:Version: 2.1

Rules
=====

Words in a paragraph.

Dues
----

====  =====
Ship  Due
====  =====
Mole  3.50
====  =====

Tides
=====

A sentence that is not a title
-- but has a dash.
"""
ADOC = """\
= The manual
Ann Roe <ann@harbour.example>
v2.1, 2024-03-05

== Rules

Words.

----
== no heading
----

=== Dues
"""
ORG = """\
#+TITLE: The manual
#+AUTHOR: Ann Roe
#+DATE: <2024-03-05 Tue>

* Rules                         :tag:
Words.
#+begin_src sh
* no heading
#+end_src
** TODO [#A] Dues
"""


def read(tmp_path: Path, name: str, text: str) -> Source:
    path = tmp_path / name
    path.write_bytes(text.encode())
    return read_file(path, id=name)


def headings(source: Source) -> list[tuple[int, str]]:
    return [(h.level, source.text[h.span.start : h.span.end]) for h in source.headings]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("name", "text", "found"),
    [
        ("a.rst", RST, [(1, "The manual"), (2, "Rules"), (3, "Dues"), (2, "Tides")]),
        ("a.adoc", ADOC, [(1, "The manual"), (2, "Rules"), (3, "Dues")]),
        ("a.org", ORG, [(1, "Rules"), (2, "Dues")]),
    ],
)
def test_headings_and_facts(
    tmp_path: Path, name: str, text: str, found: list[tuple[int, str]], end: str
) -> None:
    whole = text.replace("\n", end)
    source = read(tmp_path, name, whole)
    assert source.text == whole
    assert headings(source) == found
    assert (source.title, source.meta("author"), source.meta("date")) == (
        "The manual", "Ann Roe", "2024-03-05",
    )  # fmt: skip


def test_what_is_no_title_in_rst(tmp_path: Path) -> None:
    text = "- item\n------\n\nShort rule under long words\n----\n\n----\n\nOne.\n\n  quoted\n"
    text += "  ======\n"
    assert headings(read(tmp_path, "a.rst", text)) == [(1, "- item")]
