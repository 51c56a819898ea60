"""The page: its components and which event calls which handler. Nothing is decided here."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rag.chat.serving.api import add_endpoints
from rag.chat.serving.events import Events, Parts
from rag.chat.state.desk import Desk
from rag.chat.state.shelves import Shelf, shelves_of
from rag.chat.state.uploads import Uploads
from rag.chat.views import lists
from rag.extract import suffixes

if TYPE_CHECKING:
    import gradio as gr

    from rag.library import Library

TITLE = "Chapter & Verse"
READERS = 2  # questions read at once; more only share the same cores
# The script of the page may come after the first components: each waits for it.
WHEN = "const go = () => window.chapterVerse ? %s : setTimeout(go, 20); go();"
BIND = WHEN % "window.chapterVerse.bind(element, (data) => trigger('act', data), watch)"
RECEIVE = WHEN % "watch('value', () => window.chapterVerse.receive(props.value))"
ANNOUNCE = WHEN % "watch('value', () => window.chapterVerse.say(element.textContent))"


def build_app(
    library: Library | Sequence[Shelf],
    *,
    roots: Sequence[Path] = (),
    examples: Sequence[str] = (),
    uploads: Uploads | None = None,
) -> gr.Blocks:
    """The chat over a library, or over several shelves with a switcher.

    roots: the folders the library's files were read from, for page images and originals. examples:
    questions offered before the first. uploads: where visitors' own files go; a private temporary
    folder if None. The app's ``desk`` attribute is closed by ``serve``; close its uploads yourself
    when you launch the app by other means.
    """
    shelves = (
        shelves_of(library)
        if isinstance(library, Sequence)
        else shelves_of([Shelf(_name(library), library, tuple(roots))])
    )
    first = next(iter(shelves.values())).library
    desk = Desk(shelves, uploads or Uploads(first), tuple(examples))
    return Page(desk).blocks


def _name(library: Library) -> str:
    return library.path.name.replace("-", " ").replace("_", " ").capitalize() or "Library"


class Page:
    """The components by name, and the wiring."""

    def __init__(self, desk: Desk) -> None:
        import gradio as gr

        self.desk = desk
        self.events = Events(desk)
        self.parts: dict[str, Any] = {}
        secret = hashlib.sha256("\0".join(desk.shelves).encode()).hexdigest()
        with gr.Blocks(
            title=TITLE, analytics_enabled=False, fill_width=True, delete_cache=(600, 600)
        ) as self.blocks:
            self.parts["session"] = gr.State(None)
            self.parts["memory"] = gr.BrowserState(None, storage_key="chapter-verse", secret=secret)
            self.parts["header"] = self._html(lists.header(), "cv-top")
            self.parts["download"] = gr.HTML(
                None, html_template="<span></span>", js_on_load=RECEIVE, elem_id="cv-download"
            )
            with gr.Row(elem_id="cv-main"):
                with gr.Column(elem_id="cv-left", scale=6, min_width=320):
                    self._conversation()
                with gr.Column(elem_id="cv-right", scale=5, min_width=320):
                    self._panel()
            self._wire()
            add_endpoints(desk)
        self.blocks.desk = desk

    def _html(self, value: str, elem_id: str) -> gr.HTML:
        import gradio as gr

        return gr.HTML(value, js_on_load=BIND, elem_id=elem_id, apply_default_css=False)

    def _conversation(self) -> None:
        import gradio as gr

        self.parts["thread"] = self._html("", "cv-thread")
        self.parts["status"] = gr.HTML(
            "", js_on_load=ANNOUNCE, elem_id="cv-status", apply_default_css=False
        )
        with gr.Row(elem_id="cv-composer"):
            self.parts["question"] = gr.Textbox(
                label="Your question",
                placeholder="Ask your documents",
                lines=1,
                max_lines=5,
                max_length=2000,
                elem_id="cv-question",
                container=False,
                scale=8,
            )
            self.parts["send"] = gr.Button("Ask", variant="primary", elem_id="cv-send", scale=1)

    def _panel(self) -> None:
        import gradio as gr

        with gr.Tabs(selected="documents", elem_id="cv-tabs") as self.parts["tab"]:
            with gr.Tab("Source", id="source"):
                self.parts["viewer"] = self._html("", "cv-viewer")
            with gr.Tab("Documents", id="documents"):
                self.parts["libraries"] = gr.Dropdown(
                    choices=list(self.desk.shelves),
                    value=next(iter(self.desk.shelves)),
                    label="Library",
                    elem_id="cv-library",
                    filterable=False,
                )
                self.parts["files"] = gr.File(
                    label="Add your own documents (only you can ask them)",
                    file_count="multiple",
                    file_types=list(suffixes()),
                    elem_id="cv-files",
                    height=120,
                )
                self.parts["uploaded"] = gr.HTML("", elem_id="cv-uploaded", apply_default_css=False)
                self.parts["words"] = gr.Textbox(
                    label="Search passages without asking",
                    placeholder="Words to look for",
                    elem_id="cv-words-search",
                )
                self.parts["hits"] = self._html("", "cv-hits")
                self.parts["documents"] = self._html("", "cv-documents")
            with gr.Tab("Kept", id="kept") as self.parts["kept"]:
                self.parts["tray"] = self._html("", "cv-tray")

    # -- wiring -----------------------------------------------------------------------------------

    def _wire(self) -> None:
        parts, events = self.parts, self.events
        outputs = list(parts.values())
        quiet = {"outputs": outputs, "show_progress": "hidden", "api_visibility": "private"}
        reading = {"concurrency_limit": READERS, "concurrency_id": "read"}
        # Indexing has a line of its own: a visitor's folder of files holds up nobody's question.
        indexing = {"concurrency_limit": 1, "concurrency_id": "index"}
        light = {"concurrency_limit": 16, "concurrency_id": "light"}
        act = self._act()
        self.blocks.load(self._load(), [parts["memory"]], **quiet, **light)
        for trigger in (parts["question"].submit, parts["send"].click):
            trigger(
                self._many(events.ask), [parts["question"], parts["session"]], **quiet, **reading
            )
        for name in ("thread", "viewer", "documents", "hits", "tray", "header"):
            parts[name].act(act, [parts["session"]], **quiet, **light)
        inputs = [parts["libraries"], parts["session"]]
        parts["libraries"].input(self._one(events.choose), inputs, **quiet, **light)
        inputs = [parts["files"], parts["session"]]
        parts["files"].upload(self._many(events.upload), inputs, **quiet, **indexing)
        inputs = [parts["words"], parts["session"]]
        parts["words"].submit(self._one(events.search), inputs, **quiet, **light)

    def _load(self) -> Callable[..., Any]:
        def load(stored: Any, request: Any) -> dict[Any, Any]:
            return self._named(self.events.load(stored, request))

        return _typed(load)

    def _one(self, handler: Callable[..., Parts]) -> Callable[..., Any]:
        """A handler of one value as Gradio calls it: results by component instead of by name."""

        def call(value: Any, state: Any, request: Any) -> dict[Any, Any]:
            return self._named(handler(value, state, request))

        return _typed(call)

    def _many(self, handler: Callable[..., Iterator[Parts]]) -> Callable[..., Any]:
        def call(value: Any, state: Any, request: Any) -> Iterator[dict[Any, Any]]:
            for parts in handler(value, state, request):
                yield self._named(parts)

        return _typed(call)

    def _act(self) -> Callable[..., Any]:
        def act(event: Any, state: Any, request: Any) -> Iterator[dict[Any, Any]]:
            for parts in self.events.act(event, state, request):
                yield self._named(parts)

        return _typed(act)

    def _named(self, parts: Parts) -> dict[Any, Any]:
        import gradio as gr

        named = {}
        for name, value in parts.items():
            if name == "libraries":
                value = gr.Dropdown(**value)
            elif name == "kept":
                value = gr.Tab(label=value)
            elif name == "tab":
                value = gr.Tabs(selected=value)
            named[self.parts[name]] = value
        return named


def _typed(handler: Callable[..., Any]) -> Callable[..., Any]:
    """Tell Gradio which arguments it fills in itself: it reads that from annotations."""
    import gradio as gr

    special = {"event": gr.EventData, "request": gr.Request}
    names = handler.__code__.co_varnames[: handler.__code__.co_argcount]
    handler.__annotations__ = {name: special[name] for name in names if name in special}
    return handler
