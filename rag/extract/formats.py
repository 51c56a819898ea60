"""The formats that are read: each declared once, by the module that reads it.

A module of ``rag.extract`` that sets ``FORMATS`` is a format module; the registry finds it by
that. Everything that speaks of formats (help, upload types, what a folder's listing leaves out,
sniffing, docs/formats.md, how passages are cut) asks here. Format modules import the libraries
they read with inside their functions, so that asking costs nothing.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol

from rag.extract.decode import Decoded, decode
from rag.extract.draft import Draft

_SUFFIX = re.compile(r"\.[a-z][\w-]{0,9}")


@dataclass(frozen=True, slots=True)
class Content:
    """A file's bytes as a reader gets them.

    suffix: of the file's name, in lower case with its dot, "" when it has none. encoding: of text
    that is not valid UTF-8, as the user said; None when the user said nothing.
    """

    data: bytes
    suffix: str = ""
    encoding: str | None = None

    def decoded(self) -> Decoded:
        """The bytes as text. Raises NotText."""
        return decode(self.data, self.encoding)


@dataclass(frozen=True, slots=True)
class Member:
    """A file inside a file. name: a relative POSIX path. size in bytes. fault: why not read."""

    name: str
    size: int
    fault: str = ""


class Archive(Protocol):
    """A file that holds files, opened."""

    def members(self) -> Sequence[Member]:
        """The files in it, each name once."""
        ...

    def read(self, name: str, /) -> bytes:
        """The bytes of a member. Raises Unreadable, whose reason speaks of the member."""
        ...


@dataclass(frozen=True, slots=True)
class Format:
    """What a format is called, how it is told and read, and what a reader of it should know.

    name: a short name for lists ("Word"). label: with an article, for messages ("a Word file").
    suffixes: lower case with their dot, the usual one first; "" for a
    name without one. media_type: one format has one.
    key, version: of the extractor; the version is raised whenever the same bytes come out as
    another text. read: None when the file has no text of its own. opens: for what holds other
    files; raises Unreadable. library: the distribution whose version also decides the text.
    keeps, loses, noted: sentences for docs/formats.md; noted says how a loss is told. structured:
    a line feed between two characters of ink parts list items or table rows, and a space before it
    makes it a line break inside a paragraph. signature: first bytes, any of them. part: for ZIP
    packages, a member that only this format has, or ``mimetype``. rests_on: the suffix of the
    format whose reader reads what is in this one.
    """

    name: str
    label: str
    suffixes: tuple[str, ...]
    media_type: str
    key: str
    version: int
    read: Callable[[Content], Draft] | None
    keeps: str
    loses: str
    noted: str
    library: str = ""
    opens: Callable[[BinaryIO], Archive] | None = None
    structured: bool = False
    signature: tuple[bytes, ...] = ()
    part: str = ""
    rests_on: str = ""

    @property
    def extractor(self) -> str:
        """Name and version of the rules, with those of the library where it decides too."""
        from importlib import metadata  # slow to import, and seldom asked

        own = f"{self.key} {self.version}"
        if self.rests_on:
            other = _by_suffix()[self.rests_on]
            own += f" on {other.key} {other.version}"
        return f"{own} ({self.library} {metadata.version(self.library)})" if self.library else own


def of_text(read: Callable[[Decoded], Draft]) -> Callable[[Content], Draft]:
    """The reader of a text format, which wants its text decoded."""
    return lambda content: read(content.decoded())


@cache
def formats() -> tuple[Format, ...]:
    """Every format, by name."""
    import rag.extract as package

    found: list[Format] = []
    for module in pkgutil.iter_modules(package.__path__, "rag.extract."):
        found.extend(getattr(import_module(module.name), "FORMATS", ()))
    return tuple(sorted(found, key=lambda f: f.name.lower()))


@cache
def _by_suffix() -> dict[str, Format]:
    return {suffix: f for f in formats() for suffix in f.suffixes}


@cache
def _by_media_type() -> dict[str, Format]:
    return {f.media_type: f for f in formats()}


def suffix_of(name: str) -> str:
    """A file name's suffix in lower case with its dot; "" for none, and for "Minutes 3.5.2024"."""
    suffix = PurePosixPath(name).suffix.lower()
    return suffix if _SUFFIX.fullmatch(suffix) else ""


def format_of(name: str) -> Format | None:
    """The format that a file's name says, or None. Without a suffix: plain text."""
    return _by_suffix().get(suffix_of(name))


def of_media_type(media_type: str) -> Format | None:
    """The format of a source, or None: a format of another version of the program."""
    return _by_media_type().get(media_type)


@cache
def suffixes() -> tuple[str, ...]:
    """Every suffix that is read, in alphabetical order."""
    return tuple(sorted(filter(None, _by_suffix())))


def usual_suffixes() -> str:
    """The usual suffix of each format, for a sentence to people: ".docx .html .md"."""
    return " ".join(sorted(f.suffixes[0] for f in formats() if f.suffixes))


@cache
def is_structured(media_type: str) -> bool:
    """Whether single line feeds part list items and rows in texts of this type."""
    found = of_media_type(media_type)
    return found is not None and found.structured
