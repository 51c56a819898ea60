"""Ask your documents; get their own words back.

    import rag

    library = rag.Library.build("papers/", at="index/papers")
    result = library.ask("Which treaty established the court?")

``rag.ask(question)`` puts a question to the default library. Importing this package loads no model:
what needs one is imported when it is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rag.errors import (
    GoldError,
    LibraryError,
    ModelError,
    PruneRefused,
    RagError,
    UnreadableSource,
    UsageError,
    VerificationError,
)
from rag.types import (
    Abstention,
    Answer,
    Hit,
    Passage,
    Place,
    Quote,
    Sentence,
    Source,
    Span,
)

if TYPE_CHECKING:
    from rag.conversation.conversation import Conversation
    from rag.library import Library, ask
    from rag.settings import Settings

_LATER = {
    "Conversation": "rag.conversation.conversation",
    "Library": "rag.library",
    "Settings": "rag.settings",
    "ask": "rag.library",
}

__version__ = "0.2.0"
__all__ = [
    "Abstention",
    "Answer",
    "Conversation",
    "GoldError",
    "Hit",
    "Library",
    "LibraryError",
    "ModelError",
    "Passage",
    "Place",
    "PruneRefused",
    "Quote",
    "RagError",
    "Sentence",
    "Settings",
    "Source",
    "Span",
    "UnreadableSource",
    "UsageError",
    "VerificationError",
    "__version__",
    "ask",
]


def __getattr__(name: str) -> Any:
    if name not in _LATER:
        raise AttributeError(f"module 'rag' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_LATER[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
