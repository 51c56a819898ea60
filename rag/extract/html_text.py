"""The visible text of a page, block by block, from the events of a walk over its tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from rag.extract.builder import Builder, Run
from rag.extract.html_elements import UNSEEN, is_furniture, is_hidden, speaker_of
from rag.extract.html_forms import control, is_text_control
from rag.extract.html_lists import OrderedList, ordered
from rag.extract.html_math import linear
from rag.extract.html_style import Sheets
from rag.extract.html_tables import Grid, layouts
from rag.types import Label, MarkKind, Span

_COLLAPSE = re.compile(r"[ \t\n\r\f]+")
_BLOCKS = frozenset(
    (
        "address", "article", "aside", "blockquote", "body", "center", "dd", "details",
        "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer",
        "form", "h1", "h2", "h3", "h4", "h5", "h6", "header", "hgroup", "hr", "legend", "li",
        "main", "menu", "nav", "ol", "optgroup", "p", "pre", "search", "section", "summary",
        "table", "caption", "tr", "td", "th", "ul", "html", "thead", "tbody", "tfoot",
    )
)  # fmt: skip
_LISTS = frozenset(("ul", "ol", "dl", "menu", "dir"))
_ITEMS = frozenset(("li", "dt", "dd"))
_TABLES = frozenset(("thead", "tbody", "tfoot", "tr", "td", "th"))
_CONTENT = frozenset(("article", "main", "section"))
_STRUCK = frozenset(("del", "s", "strike"))
_LONG_ITEM = 300  # characters; a longer list item stands as a paragraph of its own
_HEADING = re.compile(r"h([1-6])")


@dataclass(frozen=True, slots=True)
class _State:
    """What holds inside an element. start: the text's length where its nearest block begins."""

    tag: str = ""
    rise: int = 0
    kind: MarkKind | None = None
    level: int = 0  # of the heading that it stands in
    item: bool = False
    verbatim: bool = False
    furniture: bool = False
    content: bool = False
    quoted: int = 0
    start: int = 0
    grid: Grid | None = None
    numbers: OrderedList | None = None


class PageText:
    """Writes a page into ``builder``. labels: full numbers of items in lists of lists; hidden,
    drawings: how many hidden parts and drawings with words were left out.
    """

    def __init__(self, root: Any) -> None:
        self.builder = Builder()
        self.labels: list[Label] = []
        self.hidden = self.drawings = 0
        self._sheets = Sheets(root)
        self._layouts = layouts(root)
        self._states = [_State()]
        self._runs: list[Run] = []
        self._spaced = True  # whether what was read last ends with white space
        self._number = ""  # of a list item, to stand before its first words
        self._full = ""
        self._row = False  # whether the runs hold a field that was filled in

    def walk(self, root: Any) -> None:
        """Read the whole page."""
        from lxml import etree

        walk = etree.iterwalk(root, events=("start", "end"))
        for event, element in walk:
            if event == "end":
                self._end(element)
            elif not self._start(element):
                walk.skip_subtree()
        self._flush()

    def _start(self, element: Any) -> bool:
        """Open an element; False when what is in it is not read, or is read already."""
        tag, above = element.tag, self._states[-1]
        look = self._sheets.of(element)
        if look.hidden or is_hidden(element):
            self._states.append(above)
            self._left_out(element)
            return False
        furniture = is_furniture(element, in_content=above.content)
        if tag in _BLOCKS or furniture:
            self._flush()
        state = self._state(element, above, furniture)
        if look.struck or tag in _STRUCK:
            state = replace(state, kind="struck")
        if look.rise is not None:
            state = replace(state, rise=look.rise)
        self._states.append(state)
        if tag in ("math", "input", "select", "textarea"):
            self._replaced(element)
            return False
        self._open(element)
        self._text(element.text)
        return True

    def _state(self, element: Any, above: _State, furniture: bool) -> _State:
        tag = element.tag
        if tag not in _BLOCKS and tag not in _INLINE and not furniture:
            return above if above.tag == "" else replace(above, tag="")
        heading = _HEADING.fullmatch(tag)
        return replace(
            above,
            tag=tag,
            rise={"sup": 1, "sub": -1}.get(tag, above.rise),
            level=int(heading[1]) if heading else above.level,
            item=tag in _ITEMS or (above.item and tag not in ("table", "blockquote")),
            verbatim=above.verbatim or tag == "pre",
            furniture=above.furniture or furniture,
            content=above.content or tag in _CONTENT,
            quoted=above.quoted + (tag == "q"),
            start=self.builder.length,
            grid=(None if element in self._layouts else Grid()) if tag == "table" else above.grid,
            numbers=self._ordered(element, above) if tag in _LISTS else above.numbers,
        )

    def _ordered(self, element: Any, above: _State) -> OrderedList | None:
        if element.tag != "ol":
            return None
        return ordered(element, above.numbers.full if above.numbers else "")

    def _open(self, element: Any) -> None:
        """What an element begins with."""
        tag, state = element.tag, self._states[-1]
        if tag == "br":
            self._line_break()
        elif tag == "q":
            self._add("“" if state.quoted % 2 else "‘")
            self._spaced = True
        elif tag == "rt":
            self._add("(")
            self._spaced = True
        elif tag == "label" and self._row:
            self._flush()
        elif tag == "li" and state.numbers is not None:
            shown = state.numbers.next(element)
            self._number += f"{shown}. " if shown else ""
            self._full = state.numbers.full if shown and state.numbers.above else ""
        elif tag in _LISTS and not self._states[-2].item and state.grid is None:
            self.builder.gap()
        elif tag in _TABLES and state.grid is not None:
            state.grid.open(element)

    def _end(self, element: Any) -> None:
        state = self._states.pop()
        above = self._states[-1]
        if state is not above and element.tag == state.tag:
            self._close(element, state, above)
        self._text(element.tail)

    def _close(self, element: Any, state: _State, above: _State) -> None:
        """What an element ends with."""
        tag = element.tag
        if tag == "q":
            self._add("”" if state.quoted % 2 else "’")
        elif tag == "rt":
            self._add(")")
        if tag in _BLOCKS or (state.furniture and not above.furniture):
            self._states.append(state)
            self._flush()
            self._states.pop()
        if tag in _TABLES and state.grid is not None:
            state.grid.close(element)
        elif tag == "table" and state.grid is not None:
            state.grid.write(self.builder)
        elif tag == "li":
            self._number = self._full = ""
        elif tag == "blockquote":
            self._said(element, state)
        if state.furniture and not above.furniture:
            span = self.builder.written_since(state.start)
            self.builder.boilerplate += [span] if span else []

    def _said(self, element: Any, state: _State) -> None:
        """Mark a block quotation that says whose words it holds."""
        span = self.builder.written_since(state.start)
        speaker = speaker_of(element) if span and not state.furniture else ""
        if span and speaker:
            self.builder.mark("said", span, speaker)

    def _replaced(self, element: Any) -> None:
        """A formula or a form field: what it shows stands for it."""
        if element.tag == "math":
            self._add(" ".join(linear(element).split()))
            return
        shown = control(element)
        if shown:
            space = "" if self._spaced else " "
            self._add(space)
            self._runs.append(Run(shown, mark="form"))
            self._spaced = False
            self._add(" ")
            self._spaced = True
            self._row = self._row or is_text_control(element)

    def _left_out(self, element: Any) -> None:
        tag = element.tag
        formula = next(element.iter("math"), None) if tag in ("span", "div") else None
        if formula is not None:  # shown as a picture, with the formula beside it
            self._add(" ".join(linear(formula).split()))
        elif tag == "svg":
            self.drawings += any((t.text or "").strip() for t in element.iter("text", "tspan"))
        elif tag not in UNSEEN:
            self.hidden += bool("".join(element.itertext()).strip())

    def _text(self, text: str | None) -> None:
        if not text:
            return
        if self._states[-1].verbatim:
            self._add(text)
            return
        words = _COLLAPSE.sub(" ", text)
        if self._spaced:
            words = words.lstrip(" ")
        if words:
            self._add(words)
            self._spaced = words[-1] == " "

    def _add(self, text: str) -> None:
        state = self._states[-1]
        if text:
            self._runs.append(Run(text, state.rise, state.kind))
            self._spaced = False

    def _line_break(self) -> None:
        if self._states[-1].verbatim:
            self._add("\n")
            return
        while self._runs and not self._runs[-1].text.strip(" "):
            self._runs.pop()
        if self._runs and self._runs[-1].text.endswith("\n"):
            self._flush()  # two breaks part paragraphs
        elif self._runs:
            last = self._runs[-1]
            self._runs[-1] = replace(last, text=last.text.rstrip(" "))
            self._runs.append(Run("\n"))
        self._spaced = True

    def _flush(self) -> None:
        """End a block: write what was read since the last one ended."""
        runs, self._runs, self._spaced = self._runs, [], True
        row, self._row = self._row, False
        if not any(run.text.strip() for run in runs):
            return
        state = self._states[-1]
        if self._number:
            runs = [Run(self._number), *runs]
        full, self._number, self._full = self._full, "", ""
        if state.grid is not None and state.grid.words is not None:
            words = state.grid.words
            words += [Run(" "), *runs] if words else runs
            return
        span = self._write(runs, state, row)
        if full and span is not None:
            self.labels.append(Label(span, full))

    def _write(self, runs: Sequence[Run], state: _State, row: bool) -> Span | None:
        if state.level:
            return self.builder.heading(state.level, runs)
        short = sum(len(run.text) for run in runs) <= _LONG_ITEM
        item = (state.item or row) and short and not state.verbatim
        return self.builder.paragraph(runs, item=item, verbatim=state.verbatim)


# Elements without a block of their own that change how their words are read.
_INLINE = frozenset(("sup", "sub", "q", "rt", "br", "label", *_STRUCK))
