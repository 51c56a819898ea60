"""Sources to passages, passages to sentences."""

from rag.segment.context import context
from rag.segment.fold import folded
from rag.segment.lists import list_parts, with_list
from rag.segment.passages import tile
from rag.segment.readable import readable
from rag.segment.segmenter import SEGMENTER_VERSION, segmenter
from rag.segment.sentences import WINDOW, sentences

__all__ = [
    "SEGMENTER_VERSION",
    "WINDOW",
    "context",
    "folded",
    "list_parts",
    "readable",
    "segmenter",
    "sentences",
    "tile",
    "with_list",
]
