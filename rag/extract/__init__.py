"""Files to sources."""

from rag.extract.files import Found, FoundFile, find_files
from rag.extract.formats import (
    Format,
    formats,
    is_structured,
    of_media_type,
    suffixes,
    usual_suffixes,
)
from rag.extract.members import file_sha256, is_file
from rag.extract.pdf_pages import PageBox, boxes, page_image
from rag.extract.read import read_file

__all__ = [
    "Format",
    "Found",
    "FoundFile",
    "PageBox",
    "boxes",
    "file_sha256",
    "find_files",
    "formats",
    "is_file",
    "is_structured",
    "of_media_type",
    "page_image",
    "read_file",
    "suffixes",
    "usual_suffixes",
]
