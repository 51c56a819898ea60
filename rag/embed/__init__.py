"""Texts to vectors. Importing this loads no model and no model library."""

from rag.embed.embedder import SentenceEmbedder, load_embedder
from rag.embed.hashed import HashEmbedder
from rag.embed.packed import PackedEmbedder

__all__ = ["HashEmbedder", "PackedEmbedder", "SentenceEmbedder", "load_embedder"]
