"""What the styles of a Word file say of paragraphs and runs, their ancestors included."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from rag.extract.docx_package import (
    Package,
    child,
    children,
    descend,
    number,
    on,
    short,
    switch,
    value,
)

_HEADING = re.compile(r"heading ([1-9])|(title)", re.IGNORECASE)
_LEAST_RISE = 3  # half-points; less is a matter of looks
_SYMBOLS = re.compile(r"symbol|wingdings|webdings", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Look:
    """How a run looks, as far as its meaning goes; None: nothing is said.

    rise: 1 raised, -1 lowered, 0 on the line. symbols: the name of a symbol font, "" for others.
    """

    struck: bool | None = None
    hidden: bool | None = None
    rise: int | None = None
    symbols: str | None = None

    def over(self, below: Look) -> Look:
        """This look where it says something, else the one ``below``."""
        return _over(self, below)


PLAIN = Look()


@lru_cache(maxsize=4096)
def _over(look: Look, below: Look) -> Look:
    said = {name: getattr(look, name) for name in Look.__slots__}
    return replace(below, **{name: value for name, value in said.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Style:
    """A style with what it takes from its ancestors. level: of a heading, 1 to 6, 0 for none.

    number: (id, level) of the list that numbers its paragraphs, parts None where nothing is said.
    contents: of a table of contents. heads: of tables whose first row is set in bold.
    """

    name: str = ""
    level: int | None = None
    number: tuple[str | None, int | None] = (None, None)
    look: Look = PLAIN
    contents: bool = False
    heads: bool = False

    def over(self, below: Style) -> Style:
        """This style upon the one that it is based on."""
        return replace(
            self,
            level=below.level if self.level is None else self.level,
            number=(
                below.number[0] if self.number[0] is None else self.number[0],
                below.number[1] if self.number[1] is None else self.number[1],
            ),
            look=self.look.over(below.look),
            heads=self.heads or below.heads,
        )


NO_STYLE = Style()


class Styles:
    """The styles of a file by id. ``usual`` is the id of the default paragraph style."""

    def __init__(self, package: Package) -> None:
        self._own: dict[str, Style] = {}
        self._based: dict[str, str] = {}
        self._whole: dict[str, Style] = {}
        self.usual = ""
        self._read(package)

    def of(self, id: str | None) -> Style:
        """A style with its ancestors; a style that does not exist says nothing."""
        chain: dict[str, None] = {}  # styles may be based on each other in a circle
        while id in self._own and id not in self._whole and id not in chain:
            chain[id] = None
            id = self._based.get(id)
        whole = self._whole.get(id or "", NO_STYLE)
        for name in reversed(chain):
            whole = self._whole[name] = self._own[name].over(whole)
        return whole

    def _read(self, package: Package) -> None:
        import io

        from lxml import etree

        part = package.first("styles")
        if not part:
            return
        stream = io.BytesIO(package.read(part))
        walk = etree.iterparse(stream, tag="{*}style", resolve_entities=False, no_network=True)
        try:
            for _event, element in walk:
                if short(element.tag) == "w:style":
                    self._add(element)
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]
        except etree.XMLSyntaxError:
            return  # what was read of the styles is better than none

    def _add(self, element: Any) -> None:
        id = value(element, "w:styleId") or ""
        name = value(child(element, "w:name")) or ""
        properties = child(element, "w:pPr")
        self._own[id] = Style(
            name,
            _level(name, properties),
            numbering(properties),
            look_of(child(element, "w:rPr")),
            contents=name.lower().startswith("toc ") and name[4:].isdigit(),
            heads=any(_bold_heads(part) for part in children(element, "w:tblStylePr")),
        )
        based = value(child(element, "w:basedOn"))
        if based:
            self._based[id] = based
        if value(element, "w:type") == "paragraph" and value(element, "w:default") in ("1", "true"):
            self.usual = id


def _level(name: str, properties: Any) -> int | None:
    level = outline(properties)
    match = _HEADING.fullmatch(name.strip())
    if level is None and match:
        return min(int(match[1] or 1), 6)
    return level


def _bold_heads(part: Any) -> bool:
    return value(part, "w:type") == "firstRow" and bool(switch(child(part, "w:rPr"), "w:b"))


def outline(properties: Any) -> int | None:
    """The heading level that paragraph properties say; 0: they say that it is no heading."""
    level = number(child(properties, "w:outlineLvl"))
    if level is None:
        return None
    return min(level + 1, 6) if 0 <= level < 9 else 0


def numbering(properties: Any) -> tuple[str | None, int | None]:
    """The list's id and level that paragraph properties name."""
    listed = child(properties, "w:numPr")
    return value(child(listed, "w:numId")), number(child(listed, "w:ilvl"))


def look_of(properties: Any) -> Look:
    """What run properties say."""
    said = {short(p.tag): p for p in properties} if properties is not None else {}
    if said.keys().isdisjoint(_TELLING):
        return PLAIN
    struck = [on(said.get(name)) for name in ("w:strike", "w:dstrike")]
    fonts = value(said.get("w:rFonts"), "w:ascii")
    return _look(
        True if True in struck else False if False in struck else None,
        on(said.get("w:vanish")),
        _rise(said.get("w:vertAlign"), said.get("w:position")),
        None if fonts is None else fonts if _SYMBOLS.match(fonts) else "",
    )


_TELLING = frozenset(("w:strike", "w:dstrike", "w:vanish", "w:vertAlign", "w:position", "w:rFonts"))


@lru_cache(maxsize=512)
def _look(*parts: Any) -> Look:
    return Look(*parts)


def _rise(align: Any, position: Any) -> int | None:
    aligned = value(align)
    if aligned is not None:
        return {"superscript": 1, "subscript": -1}.get(aligned, 0)
    moved = number(position)
    if moved is None:
        return None
    return 0 if abs(moved) < _LEAST_RISE else 1 if moved > 0 else -1


def paragraph_style(properties: Any) -> str | None:
    """The id of the style that paragraph properties name."""
    return value(descend(properties, "w:pStyle"))
