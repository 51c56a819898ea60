"""The names of OpenDocument, and what its styles say of words, rows and sheets."""

from __future__ import annotations

from typing import Any, NamedTuple

_OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
TEXT = f"{{{_OASIS}text:1.0}}"
TABLE = f"{{{_OASIS}table:1.0}}"
DRAW = f"{{{_OASIS}drawing:1.0}}"
OFFICE = f"{{{_OASIS}office:1.0}}"
STYLE = f"{{{_OASIS}style:1.0}}"
PRESENTATION = f"{{{_OASIS}presentation:1.0}}"
META = f"{{{_OASIS}meta:1.0}}"
DC = "{http://purl.org/dc/elements/1.1/}"
_DEEPEST = 10


class Look(NamedTuple):
    """shift: 1 raised, -1 lowered, 0 neither."""

    shift: int = 0
    struck: bool = False
    hidden: bool = False

    def over(self, outer: Look) -> Look:
        """This look inside another."""
        return Look(
            self.shift or outer.shift, self.struck or outer.struck, self.hidden or outer.hidden
        )


class Styles:
    """Styles by name, each with what it has from the one it is based on."""

    def __init__(self, *roots: Any) -> None:
        self._styles: dict[str, Any] = {}
        for root in roots:
            for style in root.iter(f"{STYLE}style") if root is not None else ():
                self._styles.setdefault(style.get(f"{STYLE}name", ""), style)

    def look(self, name: str | None) -> Look:
        """How a style makes words, rows or sheets look."""
        look = Look()
        for _ in range(_DEEPEST):
            style = self._styles.get(name or "")
            if style is None:
                break
            look = look.over(_own(style))
            name = style.get(f"{STYLE}parent-style-name")
        return look


def _own(style: Any) -> Look:
    look = Look()
    for properties in style:
        position = (properties.get(f"{STYLE}text-position") or "").split(" ")[0]
        shift = 0
        if position == "sub" or position.startswith("-"):
            shift = -1
        elif position and position != "0%":
            shift = 1
        struck = properties.get(f"{STYLE}text-line-through-style", "none") != "none"
        hidden = (
            properties.get(f"{TEXT}display") == "none"
            or properties.get(f"{TABLE}display") == "false"
            or properties.get(f"{PRESENTATION}visibility") == "hidden"
        )
        look = look.over(Look(shift, struck, hidden))
    return look
