"""Texts to vectors. Importing this loads no model and no model library."""

from rag.embed.embedder import SentenceEmbedder, load_embedder
from rag.embed.hashed import HashEmbedder

__all__ = ["HashEmbedder", "SentenceEmbedder", "load_embedder"]
