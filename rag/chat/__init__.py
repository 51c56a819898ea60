"""The web chat. gradio is imported in this package alone, and only when a page is built."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rag.chat.serving.app import build_app
    from rag.chat.serving.serve import serve

__all__ = ["build_app", "serve"]


def __getattr__(name: str) -> Any:
    # Lazy, so that `rag ui --help` need not wait for the page's parts.
    if name == "build_app":
        from rag.chat.serving.app import build_app

        return build_app
    if name == "serve":
        from rag.chat.serving.serve import serve

        return serve
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
