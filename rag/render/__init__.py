"""Results to text, Markdown, HTML, JSON and citation formats: pure functions."""

from rag.render.bibliography import to_bibtex, to_csl, to_ris
from rag.render.citation import Citation, citation
from rag.render.escape import escape, place_html
from rag.render.html import quote_html, to_html
from rag.render.json import from_json, hit_to_json, quote_to_json, to_json
from rag.render.markdown import to_markdown
from rag.render.pieces import Piece, pieces
from rag.render.text import hits_to_text, to_text

__all__ = [
    "Citation",
    "Piece",
    "citation",
    "escape",
    "from_json",
    "hit_to_json",
    "hits_to_text",
    "pieces",
    "place_html",
    "quote_html",
    "quote_to_json",
    "to_bibtex",
    "to_csl",
    "to_html",
    "to_json",
    "to_markdown",
    "to_ris",
    "to_text",
]
