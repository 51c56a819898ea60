"""The runs of a paragraph in a Word file, as pieces of text."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from rag.extract.builder import Run
from rag.extract.counting import formatted
from rag.extract.docx_math import linear
from rag.extract.docx_package import child, children, number, short, value
from rag.extract.docx_styles import PLAIN, Look, Styles, look_of
from rag.extract.docx_symbols import in_font, symbol
from rag.types import MarkKind

_CHARACTERS = {
    "w:tab": "\t",
    "w:ptab": "\t",
    "w:br": " \n",
    "w:cr": " \n",
    "w:noBreakHyphen": "\u2011",
    "w:softHyphen": "\u00ad",
}
_GONE = frozenset(
    ("w:del", "w:moveFrom", "w:instrText", "w:delText", "w:delInstrText", "w:pPr", "w:rPr",
     "w:sdtPr", "w:sdtEndPr", "w:proofErr", "w:bookmarkStart", "w:bookmarkEnd", "w:rubyPr",
     "w:smartTagPr", "w:customXmlPr")
)  # fmt: skip
_PICTURES = frozenset(("a:blip", "v:imagedata"))
_MOST_ANCHOR, _MOST_OPEN = 200, 20  # characters; comments on one place
_NOTES = {"w:footnoteReference": "footnote", "w:endnoteReference": "endnote"}


@dataclass(slots=True)
class Seen:
    """What a document holds besides its running text, counted and kept in its order.

    boxes: the text boxes of the paragraph that is being read. notes: (kind, id) of the foot- and
    endnotes in the order of their references, with their numbers; formats: how those are written.
    anchors: the words that each comment is on, by its id.
    """

    boxes: list[Any] = field(default_factory=list)
    notes: dict[tuple[str, str], str] = field(default_factory=dict)
    formats: dict[str, str] = field(default_factory=dict)
    anchors: dict[str, str] = field(default_factory=dict)
    deleted: int = 0
    inserted: int = 0
    pictures: int = 0
    charts: int = 0
    objects: int = 0
    unknown: int = 0
    sub_documents: int = 0


@dataclass(frozen=True, slots=True)
class _State:
    """What holds for the runs that are being read."""

    kind: MarkKind | None = None
    note: str = ""
    look: Look = PLAIN
    mark: str = ""  # the number that a note begins with


class Runs:
    """Reads paragraphs; ``seen`` collects what hangs on them."""

    def __init__(self, styles: Styles) -> None:
        self.styles = styles
        self.seen = Seen()
        self._open: set[str] = set()  # the comments whose words are being read

    def pieces(self, paragraph: Any, look: Look = PLAIN, mark: str = "") -> list[Run]:
        """The pieces of a paragraph. look: its style's; mark: a note's number, where it is one."""
        return list(self._walk(paragraph, _State(look=look, mark=mark)))

    def _walk(self, element: Any, state: _State) -> Iterator[Run]:
        for part in element:
            name = short(part.tag)
            read = _READERS.get(name)
            if read is not None:
                yield from read(self, part, state)
            elif name in _CHARACTERS:
                yield self._piece(_CHARACTERS[name], state)
            elif name in _GONE:
                self.seen.deleted += name in ("w:del", "w:moveFrom")
            elif name == "w:txbxContent":
                self.seen.boxes.append(part)
            else:
                self.seen.pictures += name in _PICTURES
                yield from self._walk(part, state)

    def _piece(self, text: str, state: _State) -> Run:
        look = state.look
        kind: MarkKind | None = "struck" if look.struck else "hidden" if look.hidden else state.kind
        note = state.note if kind == state.kind else ""
        for id in self._open:
            if len(self.seen.anchors[id]) < _MOST_ANCHOR:
                self.seen.anchors[id] += text[:_MOST_ANCHOR]
        return Run(text, look.rise or 0, kind, note)

    def _text(self, part: Any, state: _State) -> Iterator[Run]:
        text = (part.text or "").replace("\r", " ").replace("\n", " ")
        if state.look.symbols:
            text = in_font(state.look.symbols, text)
            self.seen.unknown += text.count("\ufffd")
        yield self._piece(text, state)

    def _run(self, part: Any, state: _State) -> Iterator[Run]:
        properties = child(part, "w:rPr")
        if properties is not None:
            style = value(child(properties, "w:rStyle"))
            below = self.styles.of(style).look.over(state.look) if style else state.look
            look = look_of(properties).over(below)
            if look is not state.look:
                state = _State(state.kind, state.note, look, state.mark)
        yield from self._walk(part, state)

    def _inserted(self, part: Any, state: _State) -> Iterator[Run]:
        self.seen.inserted += 1
        date = (value(part, "w:date") or "")[:10]
        note = ", ".join(filter(None, (value(part, "w:author"), date)))
        yield from self._walk(part, replace(state, kind="inserted", note=" ".join(note.split())))

    def _symbol(self, part: Any, state: _State) -> Iterator[Run]:
        shown = symbol(value(part, "w:font") or "", value(part, "w:char") or "")
        self.seen.unknown += shown == "\ufffd"
        yield self._piece(shown, state)

    def _formula(self, part: Any, state: _State) -> Iterator[Run]:
        text = " ".join(linear(part).split())
        if text:
            yield self._piece(text, state)

    def _ruby(self, part: Any, state: _State) -> Iterator[Run]:
        base, reading = child(part, "w:rubyBase"), child(part, "w:rt")
        if base is not None:
            yield from self._walk(base, state)
        small = "".join(p.text for p in self._walk(reading, state)) if reading is not None else ""
        if small.strip():
            yield self._piece(f"({small.strip()})", state)

    def _alternate(self, part: Any, state: _State) -> Iterator[Run]:
        chosen = alternative(part)
        if chosen is not None:
            yield from self._walk(chosen, state)

    def _note(self, part: Any, state: _State) -> Iterator[Run]:
        kind, id = _NOTES[short(part.tag)], value(part, "w:id") or ""
        if (kind, id) not in self.seen.notes:
            own = value(part, "w:customMarkFollows") not in (None, "0", "false")
            count = 1 + sum(1 for k, label in self.seen.notes.items() if k[0] == kind and label)
            usual = "decimal" if kind == "footnote" else "lowerRoman"
            label = "" if own else formatted(count, self.seen.formats.get(kind, usual))
            self.seen.notes[kind, id] = label
        label = self.seen.notes[kind, id]
        if label:
            yield self._piece(label, replace(state, look=Look(rise=1).over(state.look)))

    def _own_mark(self, part: Any, state: _State) -> Iterator[Run]:
        if state.mark:
            yield self._piece(state.mark, replace(state, look=Look(rise=1).over(state.look)))

    def _anchor(self, part: Any, state: _State) -> Iterator[Run]:
        self.anchor(part)
        yield from ()

    def anchor(self, part: Any) -> None:
        """Begin or end the words that a comment is on."""
        id = value(part, "w:id") or ""
        if short(part.tag) == "w:commentRangeEnd":
            self._open.discard(id)
        elif id not in self.seen.anchors and len(self._open) < _MOST_OPEN:
            self.seen.anchors[id] = ""
            self._open.add(id)

    def _field(self, part: Any, state: _State) -> Iterator[Run]:
        """What an old form field shows that has no text of its own: a box or a choice."""
        data = child(part, "w:ffData")
        box, choice = child(data, "w:checkBox"), child(data, "w:ddList")
        if box is not None:
            checked = child(box, "w:checked")
            checked = child(box, "w:default") if checked is None else checked
            on = checked is not None and value(checked) not in ("0", "false")
            yield self._form("☒" if on else "☐", state)
        elif choice is not None:
            entries = [value(e) or "" for e in children(choice, "w:listEntry")]
            at = number(child(choice, "w:result")) or 0
            if 0 <= at < len(entries):
                yield self._form(entries[at], state)

    def _form(self, text: str, state: _State) -> Run:
        return self._piece(text, replace(state, kind="form", note=""))

    def _counted(self, part: Any, state: _State) -> Iterator[Run]:
        name = short(part.tag)
        self.seen.charts += name in ("c:chart", "dgm:relIds")
        self.seen.objects += name == "w:object"
        self.seen.sub_documents += name == "w:subDoc"
        before = self.seen.pictures
        yield from self._walk(part, state)
        if name == "w:object":
            self.seen.pictures = before  # the picture of an object is no picture besides


_READERS: dict[str, Callable[[Runs, Any, _State], Iterator[Run]]] = {
    "w:t": Runs._text,
    "w:r": Runs._run,
    "w:ins": Runs._inserted,
    "w:sym": Runs._symbol,
    "m:oMath": Runs._formula,
    "m:oMathPara": Runs._formula,
    "w:ruby": Runs._ruby,
    "mc:AlternateContent": Runs._alternate,
    "w:footnoteReference": Runs._note,
    "w:endnoteReference": Runs._note,
    "w:footnoteRef": Runs._own_mark,
    "w:endnoteRef": Runs._own_mark,
    "w:commentRangeStart": Runs._anchor,
    "w:commentRangeEnd": Runs._anchor,
    "w:fldChar": Runs._field,
    "c:chart": Runs._counted,
    "dgm:relIds": Runs._counted,
    "w:object": Runs._counted,
    "w:subDoc": Runs._counted,
}


def alternative(element: Any) -> Any:
    """The one of several contents that is read: the first that holds anything, or None."""
    contents = [c for c in element if short(c.tag) in ("mc:Choice", "mc:Fallback")]
    return next((c for c in contents if _holds(c)), contents[0] if contents else None)


def _holds(element: Any) -> bool:
    return any(short(e.tag) in ("w:t", "m:t", "w:sym") for e in element.iter())
