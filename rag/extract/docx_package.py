"""The package of a Word file: its parts, how they are related, and XML under short names.

Both dialects of Office Open XML (Transitional and Strict) differ in namespaces alone; everything
above this module knows elements by names such as ``w:p``. What a relationship points to may be
missing: nobody's text is refused because a preview picture is gone.
"""

from __future__ import annotations

import io
import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import unquote

from rag.extract.draft import Unreadable
from rag.extract.properties import core_properties
from rag.extract.zipped import checked, unpacked

_SPACES = {
    "http://schemas.openxmlformats.org/wordprocessingml/2006/main": "w",
    "http://purl.oclc.org/ooxml/wordprocessingml/main": "w",
    "http://schemas.openxmlformats.org/officeDocument/2006/math": "m",
    "http://purl.oclc.org/ooxml/officeDocument/math": "m",
    "http://schemas.openxmlformats.org/officeDocument/2006/relationships": "r",
    "http://purl.oclc.org/ooxml/officeDocument/relationships": "r",
    "http://schemas.openxmlformats.org/drawingml/2006/main": "a",
    "http://purl.oclc.org/ooxml/drawingml/main": "a",
    "http://schemas.openxmlformats.org/drawingml/2006/chart": "c",
    "http://purl.oclc.org/ooxml/drawingml/chart": "c",
    "http://schemas.openxmlformats.org/drawingml/2006/diagram": "dgm",
    "http://purl.oclc.org/ooxml/drawingml/diagram": "dgm",
    "http://schemas.openxmlformats.org/markup-compatibility/2006": "mc",
    "http://schemas.openxmlformats.org/package/2006/relationships": "rel",
    "urn:schemas-microsoft-com:vml": "v",
    "http://purl.org/dc/elements/1.1/": "dc",
    "http://purl.org/dc/terms/": "dcterms",
}
_PREFIXES = {
    prefix: tuple(f"{{{space}}}" for space in _SPACES if _SPACES[space] == prefix)
    for prefix in set(_SPACES.values())
}
_PIECE = 1 << 16  # bytes that are parsed at a time
_OFF = frozenset(("0", "false", "off", "none"))


@lru_cache(maxsize=4096)
def short(tag: Any) -> str:
    """``{namespace}p`` as ``w:p``; "" for elements that nothing here knows, and for entities."""
    if not isinstance(tag, str):
        return ""
    space, _, local = tag[1:].rpartition("}")
    prefix = _SPACES.get(space, "")
    return f"{prefix}:{local}" if prefix else ""


def child(element: Any, name: str) -> Any:
    """The first child called ``name``, or None; None of None is None."""
    for part in element if element is not None else ():
        if short(part.tag) == name:
            return part
    return None


def descend(element: Any, *names: str) -> Any:
    """The first child of the first child and so on, or None."""
    for name in names:
        element = child(element, name)
    return element


def children(element: Any, name: str) -> Iterator[Any]:
    """The children called ``name``."""
    return (c for c in element if short(c.tag) == name)


def value(element: Any, name: str = "w:val") -> str | None:
    """An attribute, or None; None of None is None."""
    if element is None:
        return None
    prefix, _, local = name.partition(":")
    for space in _PREFIXES[prefix]:
        found = element.get(space + local)
        if found is not None:
            return str(found)
    return None


def number(element: Any, name: str = "w:val") -> int | None:
    """An attribute as a whole number, or None."""
    try:
        return int(float(value(element, name) or ""))
    except (ValueError, OverflowError):
        return None


def switch(properties: Any, name: str) -> bool | None:
    """Whether one of several properties is on; None where nothing is said."""
    return on(child(properties, name))


def on(element: Any) -> bool | None:
    """Whether a property is on; None where there is none."""
    return None if element is None else value(element) not in _OFF


@dataclass(frozen=True, slots=True)
class Relation:
    """What a part is related to. kind: the end of its type, such as "footnotes"."""

    kind: str
    target: str
    external: bool


class Package:
    """The parts of a Word file, by name. Raises Unreadable when its ZIP archive is damaged."""

    def __init__(self, data: bytes) -> None:
        self._zip = checked(io.BytesIO(data))
        self._names = {_normal(n): n for n in self._zip.namelist() if not n.endswith("/")}
        self.main = self._main()

    def _main(self) -> str:
        found = [r.target for r in self.relations("") if r.kind == "officeDocument"]
        for name in (*found, "word/document.xml"):
            if _normal(name) in self._names:
                return name
        raise Unreadable("is a ZIP archive but not a Word file")

    def relations(self, part: str) -> tuple[Relation, ...]:
        """What a part ("": the package) is related to; () where the list is missing or broken."""
        return tuple(self.named_relations(part).values())

    def named_relations(self, part: str) -> dict[str, Relation]:
        """The same under their ids."""
        folder, name = posixpath.split(part)
        root = self.tree(posixpath.join(folder, "_rels", f"{name}.rels"))
        if root is None:
            return {}
        found = {}
        for one in children(root, "rel:Relationship"):
            target = one.get("Target") or ""
            external = one.get("TargetMode") == "External"
            if not external:
                target = posixpath.normpath(posixpath.join("/", folder, unquote(target)))[1:]
            found[one.get("Id") or ""] = Relation(
                (one.get("Type") or "").rpartition("/")[2], target, external
            )
        return found

    @cached_property
    def related(self) -> dict[str, Relation]:
        """What the main part is related to, by id."""
        return self.named_relations(self.main)

    def first(self, kind: str) -> str:
        """The part of a kind that the main part is related to, "" when there is none."""
        names = (r.target for r in self.related.values() if r.kind == kind and not r.external)
        return next((name for name in names if self.has(name)), "")

    def properties(self) -> dict[str, str]:
        """title, author and date, as far as the file says them."""
        try:
            return core_properties(self._zip)
        except Unreadable:
            return {}

    def has(self, part: str) -> bool:
        """Whether there is such a part."""
        return _normal(part) in self._names

    def read(self, part: str) -> bytes:
        """The bytes of a part. Raises Unreadable."""
        return unpacked(self._zip, self._names[_normal(part)])

    def tree(self, part: str) -> Any:
        """The root element of a part; None when it is missing or no XML."""
        from lxml import etree

        if not self.has(part):
            return None
        try:
            return etree.fromstring(self.read(part), _parser(etree))
        except (etree.XMLSyntaxError, ValueError):
            return None

    def pieces(self, part: str, holder: str) -> Iterator[Any]:
        """The children of the element called ``holder`` under a part's root, as they are parsed.

        Each is taken out of the tree when the next is asked for, so that a part needs no more
        memory than its largest piece. Raises Unreadable when the XML is damaged, the root is
        another than ``holder``'s parent or there is no ``holder``.
        """
        from lxml import etree

        parser = etree.XMLPullParser(
            events=("start",), tag=f"{{*}}{holder}", resolve_entities=False, no_network=True,
            remove_comments=True, remove_pis=True,
        )  # fmt: skip
        data = memoryview(self.read(part))
        held = None
        try:
            for start in range(0, len(data), _PIECE):
                parser.feed(bytes(data[start : start + _PIECE]))
                opened = [element for _, element in parser.read_events() if _at_top(element)]
                held = opened[0] if held is None and opened else held
                if held is not None:
                    yield from _taken(held, len(held) - 1)  # the last one may be still open
            root = parser.close()
        except etree.XMLSyntaxError as error:
            raise Unreadable(f"is damaged: the XML of {part} is broken ({error.msg})") from error
        if short(root.tag) != "w:document":
            raise Unreadable(f"is no Word document: its main part is a <{_local(root.tag)}>")
        if held is None:
            raise Unreadable(f"is damaged: its main part has no {holder}")
        yield from _taken(held, len(held))


def _at_top(element: Any) -> bool:
    """Whether an element stands right under the root of a Word document."""
    root = element.getparent()
    return (
        root is not None
        and root.getparent() is None
        and short(root.tag) == "w:document"
        and short(element.tag).startswith("w:")
    )


def _local(tag: str) -> str:
    return tag.rpartition("}")[2][:60]


def _taken(held: Any, count: int) -> Iterator[Any]:
    """The first ``count`` children of an element, and then their place is free."""
    if count > 0:
        yield from held[:count]
        del held[:count]


def _parser(etree: Any) -> Any:
    return etree.XMLParser(
        resolve_entities=False, no_network=True, remove_comments=True, remove_pis=True
    )


def _normal(name: str) -> str:
    return name.replace("\\", "/").lstrip("/").lower()
