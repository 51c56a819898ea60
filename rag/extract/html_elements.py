"""What single elements of a page are: furniture, never shown, a quotation of somebody."""

from __future__ import annotations

from itertools import islice
from typing import Any

from rag.extract.draft import one_line

UNSEEN = frozenset(
    (
        "script", "style", "template", "noscript", "head", "svg", "iframe", "object", "embed",
        "audio", "video", "canvas", "datalist", "rp", "noframes", "noembed", "map", "title",
    )
)  # fmt: skip
"""Elements that show no words of their own."""
_ROLES = frozenset(("navigation", "banner", "contentinfo", "complementary", "search"))
_NAMING = ("cite", "footer", "figcaption")
_NEAR = 200  # elements of a quotation that are looked at for a name


def is_furniture(element: Any, *, in_content: bool) -> bool:
    """Whether an element holds navigation and the like. in_content: it stands in the article."""
    tag = element.tag
    if tag in ("nav", "aside") or element.get("role") in _ROLES:
        return True
    return tag in ("header", "footer") and not in_content


def is_hidden(element: Any) -> bool:
    """Whether an element is never shown, style sheets apart."""
    tag = element.tag
    if tag in UNSEEN or (tag == "dialog" and element.get("open") is None):
        return True
    if tag == "input" and (element.get("type") or "").lower() == "hidden":
        return True
    hidden = element.get("hidden")
    return hidden is not None and hidden != "until-found"


def speaker_of(quotation: Any) -> str:
    """Whose words a block quotation holds: a name in it or under it, else the address it gives."""
    for place in (quotation, quotation.getparent()):
        if place is None or (place is not quotation and place.tag != "figure"):
            continue
        near = {e.tag: e for e in islice(place.iter(), _NEAR) if e.tag in _NAMING}
        for tag in _NAMING:
            name = one_line("".join(near[tag].itertext())) if tag in near else ""
            if name:
                return name.lstrip("—–- ")[:120]
    return one_line(quotation.get("cite") or "")[:200]
