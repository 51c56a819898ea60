"""Paragraphs of a PDF page: lines put together, crumbs merged into their block or set apart.

The rules. A gap clearly larger than the page's pitch, another size of type, or an indented line
after a sentence's end opens a paragraph; a jump up is the next column, into which a sentence may
run. Pieces of a formula (no words) stay with the text they stand in, and the sentence goes on
behind them. Short labels that follow each other (a figure's, an axis') are one block; between the
two halves of a sentence they stand behind it. Lines of a table of contents are one block.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from rag.extract.pdf_lines import Line

_ENDS = frozenset(".!?:;…”\"'’»)]")
_JOINERS = frozenset(("a", "an", "and", "by", "for", "in", "of", "or", "the", "to", "with"))
_STOPS = frozenset(".!?:…")
# Line pitch in units of the size of type where a page has too few lines to tell its own.
_PITCH = 1.5
_CLEARLY_MORE = 1.3
_EDGE = 1.6  # in pitches: the first and the last line of a page stand alone past it
_SIZE_CHANGE = 1.2
_LARGER = 1.12
_LONGEST_PIECE = 60
_LABEL_WORDS = 4
_FEWEST_LABELS = 3
_WORD = re.compile(r"[^\W\d_]{3,}")
_FUNCTIONS = re.compile(
    r"\b(?:sup|inf|max|min|lim|log|exp|sin|cos|tan|det|dim|ker|mod|gcd|arg|Var|def)\b"
)
_EQUATION_NUMBER = re.compile(r"\s*\(?\d+(?:\.\d+)*[a-z]?\)?\s*$")
_DOTS = re.compile(r"(?:[.…·_]\s?){4,}\s*[\divxlcIVXLC–—-]{1,9}\s*$")
_FIGURE = re.compile(r"^\W*[\divxlcIVXLC]{1,6}\W*$")


@dataclass(slots=True)
class Block:
    """Lines that are one paragraph.

    kind: "text", or what is no running text: "labels", "number", "contents", "stamp" or
    "line numbers".
    """

    lines: list[Line]
    kind: str = "text"

    @property
    def size(self) -> float:
        """Size of its smallest line, in points."""
        return min(line.size for line in self.lines)

    def text(self) -> str:
        """Its lines, one below the other."""
        return "\n".join(line.text for line in self.lines)


def body_size(lines: Iterable[Line]) -> float:
    """The size of type of most letters of a page; 0 for no lines."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += line.letters
    return max(sorted(sizes), key=sizes.__getitem__, default=0.0)


def paragraphs(lines: Sequence[Line]) -> list[Block]:
    """The blocks of a page in reading order."""
    if not lines:
        return []
    pitch = _pitch(lines)
    alone = _edges(lines, pitch)
    blocks: list[Block] = []
    for at, line in enumerate(lines):
        follows = lines[at + 1] if at + 1 < len(lines) else None
        if blocks and not _opens(blocks[-1], line, follows, pitch, alone):
            blocks[-1].lines.append(line)
        else:
            blocks.append(Block([line]))
    for block in blocks:
        block.kind = _kind(block)
    return _rejoined(_labelled(blocks, body_size(lines)))


def _pitch(lines: Sequence[Line]) -> float:
    """The distance of the page's lines, in units of their size."""
    ratios = sorted(
        (a.y - b.y) / a.size
        for a, b in pairwise(lines)
        if a.size > 0 and 0.6 < (a.y - b.y) / a.size < 6
    )
    return min(max(ratios[len(ratios) // 5], 0.8), 2.6) if len(ratios) >= 4 else _PITCH


def _edges(lines: Sequence[Line], pitch: float) -> set[int]:
    """Identities of the page's highest and lowest line, where they stand clearly apart."""
    order = sorted(lines, key=lambda line: line.y)
    alone: set[int] = set()
    for ranks in (order, order[::-1]):
        edge = ranks[0]
        level = [line for line in ranks if abs(line.y - edge.y) < 0.5 * edge.size]
        rest = ranks[len(level)] if len(level) < len(ranks) else None
        if rest and abs(rest.y - edge.y) > _EDGE * pitch * max(edge.size, rest.size):
            alone.update(map(id, level))
    return alone


def is_piece(line: Line) -> bool:
    """Whether a line is a piece of a formula: short, with no word but a function's name."""
    text = line.text
    if len(text) > _LONGEST_PIECE or _FIGURE.match(text):
        return False
    return not _WORD.search(_FUNCTIONS.sub("", text))


def ends(line: Line) -> bool:
    """Whether the line's last ink ends a sentence."""
    return line.text[-1:] in _ENDS


def goes_on(line: Line) -> bool:
    """Whether the line's first ink is a lower-case letter."""
    return line.text[:1].islower()


def _runs_on(line: Line) -> bool:
    """Whether the line's last ink says that its sentence goes on."""
    return line.text[-1:] in ",;–—-(" or line.text.rpartition(" ")[2] in _JOINERS


def _stops(block: Block) -> bool:
    """Whether a block's last sentence is over, an equation's number aside."""
    line = block.lines[-1]
    text = line.text
    if is_piece(line):
        text = _EQUATION_NUMBER.sub("", text)
        return text[-1:] in _STOPS
    return ends(line)


def _opens(block: Block, line: Line, follows: Line | None, pitch: float, alone: set[int]) -> bool:
    before = block.lines[-1]
    if before.hyphen:
        return False
    if id(before) in alone or id(line) in alone:
        return not (id(before) in alone and id(line) in alone)
    if _is_entry(before) or _is_entry(line):
        return not (_is_entry(before) and _is_entry(line) and before.y > line.y)
    if is_piece(line) and _near(block, line, pitch):
        return False
    anchor = next((a for a in reversed(block.lines) if not is_piece(a)), before)
    if anchor is not before and _near(block, line, pitch) and not _stops(block):
        return not (goes_on(line) or line.y > anchor.y - 0.5 * anchor.size)
    return _opens_after(anchor, min(block.lines, key=_height_of), line, follows, pitch)


def _height_of(line: Line) -> float:
    return line.y


def _opens_after(
    anchor: Line, lowest: Line, line: Line, follows: Line | None, pitch: float
) -> bool:
    size = min(anchor.size, line.size)
    if size <= 0:
        return False
    drop = min(anchor.y, lowest.y if lowest.y > line.y else anchor.y) - line.y
    if drop < -size:  # up: the next column, in which a sentence may go on
        return ends(anchor) or max(anchor.size, line.size) > _LARGER * size
    if abs(drop) < 0.3 * size:
        return False
    if max(anchor.size, line.size) > _SIZE_CHANGE * size:
        return True
    if anchor.bold != line.bold and not goes_on(line) and not _runs_on(anchor):
        return True
    if drop > pitch * _CLEARLY_MORE * anchor.size:  # uneven leading must not cut a sentence
        return ends(anchor) or not goes_on(line) or line.x0 > anchor.x1
    indent = line.x0 - anchor.x0
    returns = follows is None or follows.x0 < line.x0 - 0.5 * size
    return 0.6 * size < indent < 8 * size and returns and ends(anchor)


def _near(block: Block, line: Line, pitch: float) -> bool:
    """Whether a line stands by the last lines of a block, over, under or in them."""
    reach = 1.7 * max(pitch, 1.2) * max(line.size, block.lines[-1].size)
    last = block.lines[-6:]
    low, high = min(a.y for a in last), max(a.y for a in last)
    left, right = min(a.x0 for a in block.lines), max(a.x1 for a in block.lines)
    margin = 4 * line.size
    return low - reach < line.y < high + 0.8 * reach and left - margin < line.x0 < right + margin


def _is_entry(line: Line) -> bool:
    """Whether a line is one of a table of contents: dots that lead to a page."""
    return bool(_DOTS.search(line.text))


def _kind(block: Block) -> str:
    text = block.text()
    if all(_is_entry(line) for line in block.lines):
        return "contents"
    if not any(c.isalpha() for c in text) or _FIGURE.match(text):
        return "number" if any(c.isdigit() for c in text) else "labels"
    return "text"


def _words(text: str) -> int:
    return sum(len(word) > 1 for word in re.findall(r"[^\W\d_]+", text))


def _is_label(block: Block, body: float) -> bool:
    """Whether a block may be a figure's label: few words, no sentence, no larger type."""
    if block.kind in ("number", "labels"):
        return True
    lines = [line.text for line in block.lines]
    stops = lines[-1][-1:] in _STOPS and not lines[-1].endswith("..")
    if block.kind != "text" or block.size >= _LARGER * body or stops:
        return False
    return all(_words(text) < _LABEL_WORDS for text in lines)


def _labelled(blocks: list[Block], body: float) -> list[Block]:
    """Short labels that follow each other as one block."""
    found: list[Block] = []
    run: list[Block] = []
    for block in [*blocks, None]:
        if block is not None and _is_label(block, body):
            run.append(block)
            continue
        found.extend(_merged(run))
        run = []
        if block is not None:
            found.append(block)
    return found


def _merged(run: list[Block]) -> list[Block]:
    if len(run) < _FEWEST_LABELS:
        return run
    lines = [line for block in run for line in block.lines]
    words = sum(_words(line.text) for line in lines)
    return [Block(lines, "labels" if words < 2 * len(lines) else "text")]


def _rejoined(blocks: list[Block]) -> list[Block]:
    """Put what stands between the two halves of a sentence behind it."""
    found: list[Block] = []
    held: list[Block] = []  # set apart since the last block of text
    for block in blocks:
        if block.kind != "text":
            held.append(block)
            continue
        before = found[-1] if found else None
        if (
            held
            and before is not None
            and before.kind == "text"
            and not _stops(before)
            and goes_on(block.lines[0])
            and _alike(before, block)
        ):
            before.lines.extend(block.lines)
            continue
        found.extend(held)
        held = []
        found.append(block)
    return [*found, *held]


def _alike(a: Block, b: Block) -> bool:
    return max(a.size, b.size) < _LARGER * min(a.size, b.size)
