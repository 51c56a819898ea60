"""Embedders and readers. Importing this loads no model and no model library."""

from rag.models.embedder import SentenceEmbedder, load_embedder
from rag.models.embedder_hash import HashEmbedder
from rag.models.fallback import FallbackReader

__all__ = ["FallbackReader", "HashEmbedder", "SentenceEmbedder", "load_embedder"]
