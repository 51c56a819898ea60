"""Front matter: what a Markdown file says of itself before its text, in YAML or TOML.

Values are read as they are written: no number, date or tag is made of them, no alias followed, and
nothing deeper than a list of plain values looked at. Text here has line feeds only.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from rag.extract.draft import one_line

if TYPE_CHECKING:
    from yaml.nodes import Node

_MOST = 20_000  # characters; more than that is no front matter
_LIST = 20  # values of a list that are taken
_CLOSED = {
    "---": re.compile(r"\n(?:---|\.\.\.)[ \t]*(?:\n\s*|\Z)"),
    "+++": re.compile(r"\n\+\+\+[ \t]*(?:\n\s*|\Z)"),
}
_OPENED = re.compile(r"(---|\+\+\+)[ \t]*(?=\n)")
_FIELD = re.compile(r"\s*[\w-]+[ \t]*[:=]")
_KEYS = {
    "title": ("title",),
    "author": ("author", "authors", "by", "byline"),
    "date": ("date", "published", "publish_date", "created", "updated", "lastmod"),
    "version": ("version", "revision"),
    "address": ("address", "url", "canonical", "canonical_url", "link", "permalink", "source"),
}


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """end: where the front matter ends and the text begins; 0 where there is none."""

    end: int = 0
    fields: dict[str, str] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def front_matter(text: str) -> FrontMatter:
    """The front matter at the start of a text; one that is not valid is left out with a note."""
    opened = _OPENED.match(text)
    closed = _CLOSED[opened[1]].search(text, opened.end(), _MOST) if opened else None
    if opened is None or closed is None:
        return FrontMatter()
    inside = text[opened.end() : closed.start()]
    kind, read = ("YAML", _yaml) if opened[1] == "---" else ("TOML", _toml)
    try:
        values = read(inside)
    except (ValueError, RecursionError):
        if not _FIELD.match(inside):
            return FrontMatter()  # a rule, and another one further down
        note = f"the front matter is not valid {kind} and was not read"
        return FrontMatter(closed.end(), {}, (note,))
    if values is None:
        return FrontMatter()
    return FrontMatter(closed.end(), _fields(values))


def _fields(values: dict[str, str]) -> dict[str, str]:
    fields: dict[str, str] = {}
    for name, keys in _KEYS.items():
        for value in filter(None, (values.get(key, "") for key in keys)):
            if name != "address" or re.match(r"https?://\S+$", value):
                fields.setdefault(name, value)
    return fields


def _yaml(inside: str) -> dict[str, str] | None:
    """Key -> value. None when it is no mapping; ValueError when it is no YAML."""
    import yaml

    try:
        node = yaml.compose(inside, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise ValueError("no YAML") from error
    if not isinstance(node, yaml.MappingNode):
        return None
    values: dict[str, str] = {}
    for key, value in node.value:
        if isinstance(key, yaml.ScalarNode):
            values.setdefault(key.value.lower(), _joined(_scalars(value)))
    return values


def _scalars(node: Node) -> Iterator[str]:
    """The plain values of a node: its own, those of a list, or the name in a mapping."""
    import yaml

    nodes = node.value if isinstance(node, yaml.SequenceNode) else [node]
    for item in nodes[:_LIST]:
        if isinstance(item, yaml.MappingNode):
            named = (v for k, v in item.value if k.value == "name")
            item = next(named, item)
        if isinstance(item, yaml.ScalarNode) and item.tag not in _NOTHING:
            yield item.value


_NOTHING = ("tag:yaml.org,2002:null", "tag:yaml.org,2002:bool")


def _toml(inside: str) -> dict[str, str]:
    import tomllib

    values: dict[str, str] = {}
    for key, value in tomllib.loads(inside).items():
        listed = value[:_LIST] if isinstance(value, list) else [value]
        values.setdefault(key.lower(), _joined(_plain(item) for item in listed))
    return values


def _plain(value: Any) -> str:
    if isinstance(value, dict):
        value = value.get("name")
    if value is None or isinstance(value, bool | list | dict):
        return ""
    return str(value)


def _joined(values: Iterator[str]) -> str:
    return one_line(", ".join(filter(None, map(one_line, values))))
