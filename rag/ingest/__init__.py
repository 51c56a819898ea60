"""Files to sources, sources to passages and sentences."""

from rag.ingest.files import Found, FoundFile, find_files
from rag.ingest.fold import folded
from rag.ingest.passages import tile
from rag.ingest.pdf_pages import PageBox, boxes, page_image
from rag.ingest.read import SUFFIXES, read_file
from rag.ingest.segmenter import SEGMENTER_VERSION, segmenter
from rag.ingest.sentences import WINDOW, sentences

__all__ = [
    "SEGMENTER_VERSION",
    "SUFFIXES",
    "WINDOW",
    "Found",
    "FoundFile",
    "PageBox",
    "boxes",
    "find_files",
    "folded",
    "page_image",
    "read_file",
    "segmenter",
    "sentences",
    "tile",
]
