"""Plain text."""

from __future__ import annotations

from rag.ingest.decode import Decoded
from rag.ingest.draft import Draft


def read_plain(decoded: Decoded) -> Draft:
    """A text file as it is; its title is its name."""
    return Draft(
        decoded.text, "text/plain", "text 1", metadata=decoded.metadata, notes=decoded.notes
    )
