"""The templates' environment: everything escaped, nothing undefined, quotes through one function.

The results are only ever the ``value`` of a ``gr.HTML`` with its default template. Never put them
into a template of Gradio's: it is evaluated as JavaScript, and escaping does not help there.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rag.chat.views import text
from rag.extract import of_media_type
from rag.render.citation import citation as full_citation
from rag.render.pieces import heading
from rag.types import shown_quotes


@lru_cache(maxsize=1)
def environment() -> Environment:
    """The environment of ``views/templates``."""
    made = Environment(
        loader=PackageLoader("rag.chat.views"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_escaped,
        trim_blocks=True,
        lstrip_blocks=True,
        cache_size=-1,
    )
    made.globals |= {
        "words": text.words,
        "source_text": text.marked,
        "citation": text.citation,
        "full_citation": full_citation,
        "confidence": text.confidence,
        "confidence_percent": text.confidence_percent,
        "shown_quotes": shown_quotes,
        "searched": text.searched,
        "count": text.count,
        "heading": heading,
        "kind_of": _kind_of,
    }
    return made


def _kind_of(media_type: str) -> str:
    """A format as people call it."""
    known = of_media_type(media_type)
    return known.name if known else media_type


def _escaped(value: object) -> object:
    """A text as mark-up, escaped as a quote is: CR, ``$`` and the like are references as well."""
    if isinstance(value, str) and not isinstance(value, Markup):
        return text.escaped(value)
    return value


def render(name: str, /, **values: Any) -> str:
    """A template of ``views/templates`` filled with values. Raises for a value that is missing."""
    return environment().get_template(name).render(**values)
