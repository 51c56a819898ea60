"""Fields of the frozen types as JSON and back, by their annotations.

A field added to ``Source`` or ``Passage`` is stored without a change here: a value equal to the
field's default is left out, so what an older version wrote reads as the default.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, cast

from rag.types import Passage, Source

Json = Any

# What has a column of its own.
OF_SOURCE = frozenset(
    {"id", "text", "sha256", "file_sha256", "title", "media_type", "extractor", "metadata"}
    | {"notes", "aliases", "pages", "headings", "boilerplate"}
)
OF_PASSAGE = frozenset({"place", "index", "paragraph", "boilerplate"})


def encode(value: object) -> Json:
    """A value of the frozen types as what ``json`` writes."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return encode_fields(value, frozenset())
    if isinstance(value, tuple | list):
        return [encode(item) for item in value]
    return value


def encode_fields(value: object, without: frozenset[str]) -> dict[str, Json]:
    """The fields of a dataclass that differ from their defaults, less those named ``without``."""
    assert dataclasses.is_dataclass(value)
    encoded = {}
    for field in dataclasses.fields(value):
        held = getattr(value, field.name)
        if field.name not in without and held != field.default:
            encoded[field.name] = encode(held)
    return encoded


def decode(kind: Any, data: Json) -> Any:
    """A value of the annotated type ``kind`` from JSON. ValueError or TypeError for another."""
    if dataclasses.is_dataclass(kind):
        make = cast("Callable[..., Any]", kind)
        return make(**decode_fields(kind, data, frozenset()))
    origin, arguments = typing.get_origin(kind), typing.get_args(kind)
    if origin in (typing.Union, types.UnionType):
        if data is None:
            return None
        (kind,) = (a for a in arguments if a is not types.NoneType)
        return decode(kind, data)
    if origin is tuple:
        if not isinstance(data, list):
            raise ValueError(f"{data!r} is no list")
        if len(arguments) == 2 and arguments[1] is ...:
            return tuple(decode(arguments[0], item) for item in data)
        return tuple(decode(a, item) for a, item in zip(arguments, data, strict=True))
    if kind in (int, str, float, bool) and type(data) is not kind:
        raise ValueError(f"{data!r} is no {kind.__name__}")
    return data


def decode_fields(kind: Any, data: Json, without: frozenset[str]) -> dict[str, Any]:
    """The fields of a dataclass from JSON, as arguments of its constructor."""
    if not isinstance(data, Mapping):
        raise ValueError(f"{data!r} holds no fields")
    hints = _hints(kind)
    return {
        name: decode(hints[name], value)
        for name, value in data.items()
        if name in hints and name not in without
    }


@cache
def _hints(kind: Any) -> dict[str, Any]:
    return typing.get_type_hints(kind)


def source_extra(source: Source) -> dict[str, Json]:
    """What a source has besides its record and text."""
    return encode_fields(source, OF_SOURCE)


def passage_extra(passage: Passage) -> dict[str, Json]:
    """What a passage has besides its columns."""
    return encode_fields(passage, OF_PASSAGE)
