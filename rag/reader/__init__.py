"""A question and passages to readings. Importing this loads no model and no model library."""

from rag.reader.fallback import FallbackReader
from rag.reader.foreign import ForeignReader
from rag.reader.loading import load_reader
from rag.reader.trained import TrainedReader

__all__ = ["FallbackReader", "ForeignReader", "TrainedReader", "load_reader"]
