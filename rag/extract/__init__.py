"""Files to sources."""

from rag.extract.files import Found, FoundFile, find_files
from rag.extract.pdf_pages import PageBox, boxes, page_image
from rag.extract.read import SUFFIXES, read_file

__all__ = [
    "SUFFIXES",
    "Found",
    "FoundFile",
    "PageBox",
    "boxes",
    "find_files",
    "page_image",
    "read_file",
]
