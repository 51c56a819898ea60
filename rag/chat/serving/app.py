"""The page as a Gradio app: one component, whose two functions are all that a browser calls."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.chat.serving.api import add_endpoints
from rag.chat.serving.calls import Calls, user_of
from rag.chat.serving.guard import visitor_of
from rag.chat.serving.inbox import Inbox
from rag.chat.state.desk import Desk
from rag.chat.state.shelves import Shelf, shelves_of
from rag.chat.state.workspaces import Workspaces
from rag.chat.views.frame import frame
from rag.chat.views.thread import welcome

if TYPE_CHECKING:
    import gradio as gr

    from rag.library import Library

TITLE = "Chapter & Verse"
# The script of the page may come after the component: it is waited for.
BIND = (
    "const go = () => window.chapterVerse"
    " ? window.chapterVerse.begin(element, server) : setTimeout(go, 20); go();"
)


def build_app(
    library: Library | Sequence[Shelf],
    *,
    roots: Sequence[Path] = (),
    examples: Sequence[str] = (),
    data: Path | None = None,
    accounts: bool = False,
) -> gr.Blocks:
    """The chat over a library, or over several shelves with a switcher.

    roots: the folders the library's files were read from, for page images and originals. examples:
    questions offered before the first. data, accounts: see ``Workspaces``. The app's ``desk`` and
    ``inbox`` are closed by ``serve``; close them yourself when you launch the app by other means.
    """
    shelves = (
        shelves_of(library)
        if isinstance(library, Sequence)
        else shelves_of([Shelf(_name(library), library, tuple(roots))])
    )
    first = next(iter(shelves.values())).library
    desk = Desk(shelves, Workspaces(first, data, accounts=accounts), tuple(examples))
    return _page(desk)


def _name(library: Library) -> str:
    return library.path.name.replace("-", " ").replace("_", " ").capitalize() or "Library"


def _page(desk: Desk) -> gr.Blocks:
    import gradio as gr

    inbox = Inbox(desk.workspaces)
    act, news = _functions(Calls(desk), inbox)
    name, shelf = next(iter(desk.shelves.items()))
    records = shelf.records()
    doors = welcome(name, desk.examples, len(records), shelf.passage_count())
    with gr.Blocks(title=TITLE, analytics_enabled=False, fill_width=True) as blocks:
        gr.HTML(
            frame(doors),
            js_on_load=BIND,
            elem_id="cv-page",
            apply_default_css=False,
            server_functions=[act, news],
        )
        add_endpoints(desk)
    blocks.desk, blocks.inbox = desk, inbox
    return blocks


def _functions(calls: Calls, inbox: Inbox) -> tuple[Any, Any]:
    """``act`` and ``news`` as Gradio calls them; it reads from annotations what it fills in."""
    import gradio as gr

    def act(data: Any, request: Any) -> dict[str, Any]:
        given = data if isinstance(data, dict) else {}
        who = visitor_of(request.scope), user_of(request)
        if given.get("act") == "tickets":
            return calls.asked(given, *who, lambda s: inbox.tickets(s, given.get("files")))
        if given.get("act") == "documents":
            return calls.given(given, *who, lambda s: inbox.take(s, given.get("tickets")))
        return calls.act(given, *who)

    async def news(data: Any, request: Any) -> dict[str, Any]:
        given = data if isinstance(data, dict) else {}
        return await calls.news(given, visitor_of(request.scope), user_of(request))

    for function in (act, news):
        function.__annotations__ = {"request": gr.Request}
    return act, news
