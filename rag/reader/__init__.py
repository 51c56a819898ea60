"""A question and passages to readings. Importing this loads no model and no model library."""

from rag.reader.fallback import FallbackReader
from rag.reader.trained import TrainedReader

__all__ = ["FallbackReader", "TrainedReader"]
