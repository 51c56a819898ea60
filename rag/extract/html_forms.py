"""What the fields of a form show."""

from __future__ import annotations

from typing import Any

_TEXTS = frozenset(
    ("text", "email", "tel", "url", "search", "number", "date", "time", "month", "week",
     "datetime-local")
)  # fmt: skip
_CHOICES = frozenset(("checkbox", "radio"))


def control(element: Any) -> str:
    """The words or the sign that an input, select or textarea shows; "" for none."""
    if element.tag == "textarea":
        return _line("".join(element.itertext()))
    if element.tag == "select":
        options = list(element.iter("option"))
        chosen = [option for option in options if option.get("selected") is not None]
        if not chosen and element.get("multiple") is None:
            chosen = options[:1]
        return ", ".join(filter(None, (_line("".join(o.itertext())) for o in chosen)))
    kind = (element.get("type") or "text").strip().lower()
    if kind in _CHOICES:
        return "☒" if element.get("checked") is not None else "☐"
    return _line(element.get("value")) if kind in _TEXTS else ""


def is_text_control(element: Any) -> bool:
    """Whether a field holds words, and not a sign that stands before its label."""
    return (element.get("type") or "").lower() not in _CHOICES


def _line(text: str | None) -> str:
    return " ".join((text or "").split())
