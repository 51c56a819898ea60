"""Serve a library to other programs as tools of the Model Context Protocol (MCP). It only reads.

Over standard input and output, which desktop programs start by themselves, or with --http as a
server on this machine. Tools: ask, search, source_text, sources, verify.
"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING, Any

from rag.commands.console import say
from rag.commands.options import add_library, open_library
from rag.errors import RagError, UsageError

if TYPE_CHECKING:
    from mcp.server import MCPServer

    from rag.library import Library

MAX_RESULTS = 100
MAX_TEXT = 50_000  # characters of a source that one call returns
INSTRUCTIONS = (
    "A library of documents that answers with exact quotes. Quote only what these tools return, "
    "character by character, with its citation. When a result's kind is 'abstention', no quote was "
    "sure enough: say so, and show its candidates as passages to judge."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    add_library(parser)
    parser.add_argument("--http", action="store_true", help="serve on this machine over HTTP")
    parser.add_argument("--port", type=int, default=8765, help="for --http (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Serve until the other program, or Ctrl-C, ends it."""
    library = open_library(args)
    with library:
        server = server_of(library)
        if args.http:
            say(f"http://127.0.0.1:{args.port}/mcp  (Ctrl-C ends it)")
            # On loopback the SDK refuses other hosts and origins by itself.
            server.run("streamable-http", host="127.0.0.1", port=args.port)
        else:
            server.run("stdio")
    return 0


def server_of(library: Library) -> MCPServer:
    """The tools over a library. UsageError when the SDK is not installed."""
    try:
        from mcp.server import MCPServer
        from mcp.types import ToolAnnotations
    except ImportError as error:
        raise UsageError("rag mcp needs the MCP SDK: pip install 'chapter-verse[mcp]'") from error
    from rag import __version__

    server = MCPServer("chapter-verse", instructions=INSTRUCTIONS, version=__version__)
    reads = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
    for tool in Tools(library).all():
        server.tool(annotations=reads, structured_output=False)(tool)
    return server


class Tools:
    """What another program may do with a library: nothing that changes it."""

    def __init__(self, library: Library) -> None:
        self.library = library

    def all(self) -> tuple[Any, ...]:
        """The tools, in the order in which they are listed."""
        return self.ask, self.search, self.sources, self.source_text, self.verify

    def ask(
        self, question: str, history: list[str] | None = None, sources: list[str] | None = None
    ) -> dict[str, Any]:
        """Answer a question with exact quotes, or abstain.

        history: earlier questions of the conversation, oldest first. sources: ids to search in,
        all if left out. The result has the quotes with their citations, and a receipt that proves
        later what was quoted and from what.
        """
        from rag.receipts import receipt
        from rag.render import to_json

        try:
            result = self.library.ask(question, history=tuple(history or ()), sources=sources)
            return {"result": to_json(result), "receipt": receipt(result)}
        except RagError as error:
            raise _told(error) from None

    def search(
        self, question: str, limit: int = 10, sources: list[str] | None = None
    ) -> list[dict[str, Any]]:
        """List the passages nearest to a question, best first, without reading them."""
        from rag.render import hit_to_json

        if not 1 <= limit <= MAX_RESULTS:
            raise _told(UsageError(f"limit is 1 to {MAX_RESULTS}"))
        try:
            hits = self.library.search(question, k=limit, sources=sources)
        except RagError as error:
            raise _told(error) from None
        return [hit_to_json(hit) for hit in hits]

    def sources(self) -> list[dict[str, Any]]:
        """List the sources of the library: id, title, kind, digest, length."""
        keys = ("id", "title", "media_type", "sha256", "characters", "pages")
        return [{key: getattr(r, key) for key in keys} for r in self.library.sources()]

    def source_text(
        self, source: str, start: int = 0, length: int = MAX_TEXT
    ) -> dict[str, str | int]:
        """The text of a source as it was read, or a part of it.

        start, length: in characters (Unicode code points); at most 50,000 at once.
        """
        if start < 0 or not 1 <= length <= MAX_TEXT:
            raise _told(UsageError(f"start is 0 or more, length 1 to {MAX_TEXT:,}"))
        try:
            held = self.library.source(source)
        except RagError as error:
            raise _told(error) from None
        text = held.text[start : start + length]
        return {
            "id": held.id,
            "sha256": held.sha256,
            "start": start,
            "end": start + len(text),
            "characters": len(held.text),
            "text": text,
        }

    def verify(self, receipt: dict[str, Any]) -> dict[str, Any]:
        """Check a receipt: is it unaltered, do its quotes stand in the library's sources now?"""
        from rag.receipts.make import check_receipt

        try:
            check_receipt(receipt)
        except RagError as error:
            return {"unaltered": False, "reason": str(error), "quotes": []}
        held = {id: r for r in self.library.sources() for id in (r.id, *r.aliases)}
        rows = []
        for quote in receipt["quotes"]:
            stands = False
            if quote["source"] in held:
                text = self.library.source(quote["source"]).text
                stands = text[quote["start"] : quote["end"]] == quote["text"]
            rows.append({"source": quote["source"], "text": quote["text"], "stands": stands})
        return {"unaltered": True, "reason": "", "quotes": rows}


def _told(error: RagError) -> Exception:
    """A failure as the SDK hands it to the other program."""
    from mcp.server.mcpserver.exceptions import ToolError

    return ToolError(str(error))
