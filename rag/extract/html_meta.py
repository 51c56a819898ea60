"""What an HTML page says of itself in its head: title, author, date, address."""

from __future__ import annotations

import json
import re
from typing import Any

from rag.extract.draft import one_line

# Names of meta elements (name, property or itemprop), the better first.
_NAMES = {
    "title": ("og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title"),
    "author": (
        "author",
        "citation_author",
        "dc.creator",
        "dcterms.creator",
        "article:author",
        "parsely-author",
        "byl",
    ),
    "date": (
        "article:published_time",
        "citation_publication_date",
        "dc.date",
        "dcterms.date",
        "dcterms.created",
        "date",
        "pubdate",
        "datepublished",
        "parsely-pub-date",
    ),
    "address": ("og:url",),
}
_ADDRESS = re.compile(r"https?://\S+$")


def read_meta(root: Any) -> dict[str, str]:
    """The fields found; no empty values. address: only an absolute http(s) address."""
    named = _named(root)
    linked = _linked(root)
    fields: dict[str, str] = {}
    for field, names in _NAMES.items():
        values = [value for name in names for value in named.get(name, ())]
        usable = [v for v in values if (field == "address") == bool(_ADDRESS.match(v))]
        if usable:
            several = field == "author" and len(usable) > 1
            fields[field] = ", ".join(dict.fromkeys(usable)) if several else usable[0]
    fields.update({key: value for key, value in linked.items() if key not in fields})
    canonical = [
        link.get("href", "") for link in root.iter("link") if link.get("rel") == "canonical"
    ]
    if canonical and _ADDRESS.match(canonical[0]):
        fields["address"] = canonical[0]
    title = root.find(".//head/title")
    if "title" not in fields and title is not None:
        fields["title"] = one_line("".join(title.itertext()))
    return {key: one_line(value) for key, value in fields.items() if value.strip()}


def _named(root: Any) -> dict[str, list[str]]:
    """Contents of meta elements under their lower-case names, in document order."""
    found: dict[str, list[str]] = {}
    for meta in root.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop") or ""
        content = one_line(meta.get("content") or "")
        if name and content:
            found.setdefault(name.lower(), []).append(content)
    for time in root.iter("time"):
        if time.get("itemprop") == "datePublished" or time.get("pubdate") is not None:
            found.setdefault("datepublished", []).append(one_line(time.get("datetime") or ""))
    return found


def _linked(root: Any) -> dict[str, str]:
    """Author and date of the first article in the page's JSON-LD, if it has any."""
    for script in root.iter("script"):
        if script.get("type") != "application/ld+json":
            continue
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        for item in _items(data):
            kind = item.get("@type")
            if any("Article" in str(k) for k in (kind if isinstance(kind, list) else [kind])):
                pairs = {
                    "author": _name(item.get("author")),
                    "date": _name(item.get("datePublished")),
                }
                return {key: value for key, value in pairs.items() if value}
    return {}


def _items(data: Any) -> list[dict[str, Any]]:
    candidates = data if isinstance(data, list) else [data]
    found = [item for item in candidates if isinstance(item, dict)]
    for item in list(found):
        graph = item.get("@graph")
        if isinstance(graph, list):
            found.extend(part for part in graph if isinstance(part, dict))
    return found


def _name(value: Any) -> str:
    if isinstance(value, list):
        return ", ".join(name for name in map(_name, value) if name)
    if isinstance(value, dict):
        return _name(value.get("name"))
    return one_line(value) if isinstance(value, str) else ""
