"""The typed endpoints that programs call: ask, search, sources."""

from __future__ import annotations

from typing import Any

from rag.chat.state.desk import Desk
from rag.chat.state.problems import problem_of

MAX_RESULTS = 100  # of one call: what a caller can read, and no way to empty a library at a stroke


def add_endpoints(desk: Desk) -> None:
    """Add the endpoints to the Blocks that is being built."""
    import gradio as gr

    names = ", ".join(repr(name) for name in desk.shelves)

    def library_of(name: str | None) -> Any:
        wanted = name or next(iter(desk.shelves))
        if wanted not in desk.shelves:
            raise gr.Error(f"there is no library {wanted!r}; there are {names}")
        return desk.shelves[wanted].library

    def ask(
        question: str,
        history: list[str] | None = None,
        sources: list[str] | None = None,
        limit: int | None = None,
        library: str | None = None,
    ) -> dict[str, Any]:
        """Answer with exact quotes or abstain. history: earlier questions, oldest first."""
        from rag.render import to_json

        if limit is not None and limit > MAX_RESULTS:
            raise gr.Error(f"limit is at most {MAX_RESULTS}", print_exception=False)
        try:
            result = library_of(library).ask(
                question, history=tuple(history or ()), sources=sources, limit=limit
            )
            return to_json(result)
        except Exception as error:  # noqa: BLE001 - a caller must see every failure as one sentence
            raise gr.Error(problem_of(error), print_exception=False) from None

    def search(
        question: str, k: int = 10, sources: list[str] | None = None, library: str | None = None
    ) -> list[dict[str, Any]]:
        """List the passages nearest to a question, best first, with their scores."""
        from rag.render import hit_to_json

        if k > MAX_RESULTS:
            raise gr.Error(f"k is at most {MAX_RESULTS}", print_exception=False)
        try:
            return [
                hit_to_json(h) for h in library_of(library).search(question, k=k, sources=sources)
            ]
        except Exception as error:  # noqa: BLE001 - a caller must see every failure as one sentence
            raise gr.Error(problem_of(error), print_exception=False) from None

    def sources(library: str | None = None) -> dict[str, Any]:
        """List the sources, and the files that could not be read."""
        held = library_of(library)
        keys = ("id", "title", "sha256", "media_type", "characters", "pages", "passages")
        return {
            "sources": [{key: getattr(r, key) for key in keys} for r in held.sources()],
            "unreadable": [{"id": u.id, "reason": u.reason} for u in held.unreadable()],
        }

    gr.api(ask, api_name="ask", concurrency_limit=2, concurrency_id="read")
    gr.api(search, api_name="search", concurrency_limit=2, concurrency_id="read")
    gr.api(sources, api_name="sources", concurrency_limit=4, concurrency_id="light")
