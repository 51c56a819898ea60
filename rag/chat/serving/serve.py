"""Serving the chat: loopback by default, others only with accounts; nothing leaves the machine."""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from collections.abc import Awaitable, Callable, Sequence
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.chat.serving.app import build_app
from rag.errors import RagError, UsageError

if TYPE_CHECKING:
    import gradio as gr

    from rag.chat.serving.inbox import Inbox
    from rag.chat.state.desk import Desk
    from rag.chat.state.shelves import Shelf
    from rag.library import Library

LOOPBACK = ("127.0.0.1", "localhost", "::1")
MAX_WAITING = 200  # questions in the queue; more are told to try again
SCRIPTS = ("page.js", "habits.js")
SANS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "Arial", "sans-serif"]
MONO = ["ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace"]


def serve(
    library: Library | Sequence[Shelf],
    *,
    host: str = "127.0.0.1",
    port: int = 7860,
    roots: Sequence[Path] = (),
    examples: Sequence[str] = (),
    auth_file: Path | None = None,
    data: Path | None = None,
    open_browser: bool = False,
    block: bool = True,
    ready: Callable[[str], None] | None = None,
) -> gr.Blocks:
    """Serve the chat on ``http://host:port`` until interrupted.

    data: the folder in which conversations, kept quotes and documents stay, one person's or, with
    accounts, each user's; None for nothing stays. ready: told the address once the server
    answers. block: False returns at once, with the server running; ``shut`` ends it. Raises
    UsageError for a host that others can reach when there is no ``auth_file``, and when the port
    is taken.
    """
    auth = sign_in(host, auth_file)
    os.environ["GRADIO_ANALYTICS_ENABLED"] = "False"
    cache = Path(tempfile.mkdtemp(prefix="chapter-verse-cache-"))
    os.environ["GRADIO_TEMP_DIR"] = str(cache)
    app = build_app(library, roots=roots, examples=examples, data=data, accounts=auth is not None)
    app.cache = cache
    try:
        app.queue(max_size=MAX_WAITING).launch(
            server_name=host,
            server_port=port,
            auth=auth,
            inbrowser=open_browser,
            prevent_thread_lock=True,
            **page_options(LOOPBACK if host in LOOPBACK else None, app.inbox),
        )
    except OSError as error:
        raise UsageError(f"port {port} on {host} cannot be used: {error}") from None
    if ready is not None:
        ready(f"http://{host}:{port}")
    threading.Thread(target=_warm, args=(app.desk,), name="chat-warm", daemon=True).start()
    if block:
        try:
            app.block_thread()
        finally:
            shut(app)
    return app


def sign_in(host: str, auth_file: Path | None) -> Callable[[str, str], Awaitable[bool]] | None:
    """How visitors sign in; None for nobody has to. UsageError when the host asks for accounts."""
    if auth_file is not None:
        from rag.chat.serving.auth import Accounts

        return Accounts.read(auth_file).sign_in
    if host not in LOOPBACK:
        raise UsageError(
            f"{host} can be reached from other machines: name a file of accounts with --auth-file "
            "(`rag ui --add-user NAME --auth-file FILE` makes one)"
        )
    return None


def _warm(desk: Desk) -> None:
    """Load the models while the first visitor reads the page, not while they wait."""
    for shelf in desk.shelves.values():
        try:
            shelf.library.search("warm up", k=1)
            _ = shelf.library.reader
        except RagError:
            return  # the first question will say what is wrong


def shut(app: gr.Blocks) -> None:
    """End a server and remove what visitors uploaded."""
    app.close(verbose=False)
    app.desk.close()
    app.inbox.close()
    shutil.rmtree(app.cache, ignore_errors=True)


def page_options(hosts: tuple[str, ...] | None, inbox: Inbox) -> dict[str, Any]:
    """What ``launch`` needs for the page to look and behave as meant; hosts as in ``Guard``."""
    from starlette.middleware import Middleware

    from rag.chat.serving.guard import Guard

    static = resources.files("rag.chat.views") / "static"
    script = "".join((static / name).read_text(encoding="utf-8") for name in SCRIPTS)
    frame = (static / "frame.css").read_text(encoding="utf-8")
    return {
        "theme": theme(),
        "css": (static / "chat.css").read_text(encoding="utf-8"),
        # Gradio confines what it gets as css to the inside of its container; the frame needs more.
        "head": f"<style>{frame}</style><script>{script}</script>",
        "footer_links": [],
        "run_history": False,
        "show_error": False,
        "quiet": True,
        "share": False,
        "ssr_mode": False,
        "pwa": False,
        "enable_monitoring": False,
        "app_kwargs": {
            "middleware": [Middleware(Guard, hosts=hosts, extra=inbox)],
            "docs_url": None,
            "redoc_url": None,
        },
    }


def theme() -> gr.themes.Base:
    """A plain theme with system fonts; the colours are in chat.css."""
    import gradio as gr

    return gr.themes.Base(font=SANS, font_mono=MONO)
