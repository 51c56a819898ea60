"""The groups and control words of RTF 1.9, as far as they carry words."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace

from rag.extract.builder import Run
from rag.types import MarkKind

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\([^a-zA-Z])"
    r"|([{}])|[\r\n]+|([^\\{}\r\n]+)"
)
_SIGNS = {
    "tab": "\t", "line": "\n", "emdash": "—", "endash": "–", "bullet": "•", "lquote": "‘",
    "rquote": "’", "ldblquote": "“", "rdblquote": "”", "emspace": "\u2003", "enspace": "\u2002",
    "~": "\u00a0", "_": "\u2011", "-": "\u00ad", "\\": "\\", "{": "{", "}": "}",
}  # fmt: skip
_UNREAD = frozenset(
    (
        "fonttbl", "colortbl", "stylesheet", "pict", "header", "headerl", "headerr", "headerf",
        "footer", "footerl", "footerr", "footerf", "themedata", "datastore", "listtable",
        "listoverridetable", "rsidtbl", "generator", "object", "fldinst", "xe", "tc", "revtbl",
        "latentstyles", "filetbl", "info", "bkmkstart", "bkmkend", "nonshppict", "sp",
    )
)  # fmt: skip
_CODEPAGES = {
    128: "cp932", 129: "cp949", 134: "gbk", 136: "big5", 161: "cp1253", 162: "cp1254",
    163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257", 204: "cp1251", 222: "cp874",
    238: "cp1250",
}  # fmt: skip
_HEADING = re.compile(r"(?:heading|überschrift|titre|título|titolo) ?([1-9])", re.IGNORECASE)
_PROPERTY = r"(?:[^{}\\]|\\'[0-9a-fA-F]{2}|\\u-?\d+ ?\??)"
_DEEPEST = 1_000


@dataclass(slots=True)
class _State:
    """What holds until its group ends."""

    unread: bool = False
    into: str = ""  # the destination that its words go to: "" for the document
    skip: int = 1  # characters that stand in for a Unicode one
    codepage: str = ""
    shift: int = 0
    struck: bool = False
    hidden: bool = False


@dataclass(slots=True)
class Paragraph:
    """A paragraph, or a row of a table (``cells``). level: of a heading, 0 for none."""

    words: list[Run] = field(default_factory=list)
    level: int = 0
    item: bool = False
    cells: list[list[Run]] | None = None


class Parser:
    """Reads a file; what it found is in its attributes afterwards."""

    def __init__(self, text: str) -> None:
        self._text = text
        self.paragraphs: list[Paragraph] = []
        self.footnotes: list[list[Run]] = []
        self.info: dict[str, str] = {}
        self.pictures = False
        self._levels: dict[str, int] = {}
        self._fonts: dict[str, str] = {}
        self._codepage = "cp1252"
        self._words: list[Run] = []
        self._outer: list[Run] = []  # the words around a footnote
        self._cells: list[list[Run]] = []
        self._row = False
        self._level = 0
        self._item = False
        self._bytes = bytearray()
        self._skipped = 0  # characters still to be passed over after a Unicode one

    def run(self) -> None:
        """Read it all."""
        self._tables()
        state, stack = _State(), list[_State]()
        position, starred = 0, False
        while match := _TOKEN.match(self._text, position):
            position = match.end()
            word, number, code, sign, brace, words = match.groups()
            if code is None and not (words and self._bytes):
                self._flush(state)
            if brace == "{":
                if len(stack) < _DEEPEST:
                    stack.append(replace(state))
                self._skipped = 0
            elif brace == "}":
                if state.into == "footnote" and (not stack or stack[-1].into != "footnote"):
                    self._end_footnote()
                state = stack.pop() if stack else state
            elif word == "bin":
                position += max(0, int(number or 0))
            elif sign == "*":
                starred = True
                continue
            elif word:
                state = self._word(state, word, number, starred=starred)
            else:
                self._literal(state, code, sign, words)
            starred = False
        self._flush(state)
        self._end_paragraph()

    def _tables(self) -> None:
        """Style names, fonts' character sets and properties, which stand before the text."""
        head = self._text[:400_000]
        page = re.search(r"\\ansicpg(\d+)", head)
        if page:
            self._codepage = f"cp{page[1]}" if page[1] not in ("0", "65001") else "cp1252"
        for font, charset in re.findall(r"\\(f\d+)(?=\\)[^{};]*?\\fcharset(\d+)", head):
            self._fonts.setdefault(font, _CODEPAGES.get(int(charset), ""))
        for style, name in re.findall(r"\{\\(s\d+)[^{};]*? ([^{};\\]+);\}", head):
            heading = _HEADING.search(name)
            self._levels[style] = min(int(heading[1]), 6) if heading else int(name == "Title")
        for key in ("title", "author"):
            named = re.search(rf"\{{\\{key} ({_PROPERTY}*)\}}", head)
            if named:
                self.info[key] = self._property(named[1])
        when = re.search(r"\\(?:revtim|creatim)\\yr(\d{4})\\mo(\d+)\\dy(\d+)", head)
        if when:
            self.info["date"] = f"{when[1]}-{int(when[2]):02d}-{int(when[3]):02d}"

    def _property(self, raw: str) -> str:
        text = re.sub(r"\\u(-?\d+) ?\??", lambda m: chr(int(m[1]) % 0x10000), raw)
        held = re.sub(r"\\'([0-9a-fA-F]{2})", lambda m: self._decoded(bytes.fromhex(m[1])), text)
        return held.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _decoded(self, data: bytes, codepage: str = "") -> str:
        try:
            return data.decode(codepage or self._codepage, "replace")
        except LookupError:
            return data.decode("cp1252", "replace")

    def _literal(
        self, state: _State, code: str | None, sign: str | None, words: str | None
    ) -> None:
        if self._skipped and (code or words):
            if code:
                self._skipped -= 1
                return
            passed = min(self._skipped, len(words or ""))
            self._skipped -= passed
            words = (words or "")[passed:]
        if code:
            self._bytes.append(int(code, 16))
        elif sign is not None:
            if sign in "\r\n":
                self._end_paragraph()
            self._add(state, _SIGNS.get(sign, ""))
        elif words:
            self._bytes += words.encode("latin-1")

    def _flush(self, state: _State) -> None:
        if self._bytes:
            data, self._bytes = bytes(self._bytes), bytearray()
            self._add(state, self._decoded(data, state.codepage))

    def _add(self, state: _State, text: str) -> None:
        if state.unread or not text:
            return
        mark: MarkKind | None = "struck" if state.struck else None
        self._words.append(Run(text, state.shift, "hidden" if state.hidden else mark))

    def _word(self, state: _State, word: str, number: str | None, *, starred: bool) -> _State:
        value = int(number) if number else 1
        if word in _UNREAD or (starred and word not in ("listtext", "pntext", "shppict")):
            self.pictures = self.pictures or word == "pict"
            return replace(state, unread=True)
        if state.unread:
            return state
        if word == "u":
            self._skipped = state.skip
            self._add_unicode(state, value)
        elif word in _SIGNS:
            self._add(state, _SIGNS[word])
        elif word in ("par", "sect", "page", "row", "cell", "nestcell", "nestrow"):
            self._ends(word)
        elif word in ("listtext", "pntext"):
            self._item = True
        elif word == "footnote":
            self._outer, self._words = self._words, []
            return replace(state, into="footnote")
        elif word == "chftn":
            self._add(state, str(len(self.footnotes) + 1))
        else:
            return self._look(state, word, number, value)
        return state

    def _add_unicode(self, state: _State, value: int) -> None:
        code = value % 0x10000
        last = self._words[-1] if self._words else None
        if 0xDC00 <= code < 0xE000 and last and 0xD800 <= ord(last.text[-1]) < 0xDC00:
            high = ord(last.text[-1])
            whole = chr(0x10000 + ((high - 0xD800) << 10) + code - 0xDC00)
            self._words[-1] = replace(last, text=last.text[:-1] + whole)
        else:
            self._add(state, chr(code))

    def _look(self, state: _State, word: str, number: str | None, value: int) -> _State:
        """What a control word says of the words after it."""
        on = number != "0"
        if word == "plain":
            return replace(state, shift=0, struck=False, hidden=False)
        if word == "pard":
            self._level, self._row, self._item = 0, False, False
        elif word == "s":
            self._level = self._levels.get(f"s{value}", 0)
        elif word == "outlinelevel":
            self._level = self._level or (value + 1 if 0 <= value < 6 else 0)
        elif word == "intbl":
            self._row = True
        elif word == "super" or (word == "up" and value):
            return replace(state, shift=int(on))
        elif word == "sub" or (word == "dn" and value):
            return replace(state, shift=-int(on))
        elif word == "nosupersub":
            return replace(state, shift=0)
        elif word in ("strike", "striked", "deleted"):
            return replace(state, struck=on)
        elif word == "v":
            return replace(state, hidden=on)
        elif word == "uc":
            return replace(state, skip=max(0, value))
        elif word == "f":
            return replace(state, codepage=self._fonts.get(f"f{value}", ""))
        return state

    def _ends(self, word: str) -> None:
        if word == "cell":
            self._cells.append(self._words)
            self._words = []
        elif word == "row":
            if self._cells:
                self.paragraphs.append(Paragraph(cells=self._cells))
            self._cells = []
        elif self._row or word.startswith("nest"):
            self._words.append(Run("\n"))  # a paragraph inside a cell
        else:
            self._end_paragraph()

    def _end_paragraph(self) -> None:
        if self._words:
            self.paragraphs.append(Paragraph(self._words, self._level, self._item))
            self._words = []

    def _end_footnote(self) -> None:
        self.footnotes.append(self._words)
        self._words = self._outer
