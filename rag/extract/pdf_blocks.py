"""The blocks of a PDF page in reading order: crumbs merged into their block, or set apart.

Pieces of a formula (no words) join the text over them, and the sentence goes on behind them. Short
labels that follow each other (a figure's, an axis') are one block; between the two halves of a
sentence they stand behind it. Lines of a table of contents are one block, and so is a listing in
type of one width.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.extract.pdf_lines import Line
from rag.extract.pdf_looks import STOPS, goes_on, is_entry, is_number, is_piece, stops, word_count
from rag.extract.pdf_paragraphs import LARGER, Block, body_size, paragraphs
from rag.extract.pdf_tables import Grid, is_contents

_LABEL_WORDS = 4
_FEWEST_LABELS = 3
_FORMULA_REACH = 5.0  # sizes of type between a text and its formula


def blocks(lines: Sequence[Line], tables: Sequence[Grid]) -> list[Block]:
    """The running text of a page as blocks."""
    found = paragraphs(lines, tables)
    for block in found:
        block.kind = _kind(block)
    body = body_size(lines)
    listings = 2 * sum(line.letters for line in lines if line.fixed) < sum(
        line.letters for line in lines
    )
    if listings:
        found = _with_listings(found)
    return _in_order(_labelled(_with_formulas(found), body))


def _kind(block: Block) -> str:
    if block.grid:
        return "contents" if is_contents(block.grid) else "table"
    if all(is_entry(line) for line in block.lines):
        return "contents"
    if len(block.lines) == 1 and is_number(block.lines[0]):
        return "number"
    if all(is_piece(line) or is_number(line) for line in block.lines):
        return "formula"
    return "text"


def _with_listings(found: Sequence[Block]) -> list[Block]:
    """The blocks, those in type of one width that follow each other as one."""
    kept: list[Block] = []
    for block in found:
        last = kept[-1] if kept else None
        if last and last.kind in ("text", "formula") and _is_listing(last) and _is_listing(block):
            last.lines.extend(block.lines)
            last.kind = "text"
        else:
            kept.append(block)
    return kept


def _is_listing(block: Block) -> bool:
    return block.grid is None and all(line.fixed for line in block.lines)


def _with_formulas(found: Sequence[Block]) -> list[Block]:
    """The blocks, formulas with the text they stand under, and the text that goes on behind."""
    kept: list[Block] = []
    joined = False  # the last block ends with a formula
    for block in found:
        last = kept[-1] if kept else None
        if block.kind == "formula":
            joined = last is not None and last.kind == "text" and _under(last, block)
            if last is not None and joined:
                last.lines.extend(block.lines)
                continue
            block.kind = "labels"
        elif joined and last is not None and block.kind == "text" and _goes_behind(last, block):
            last.lines.extend(block.lines)
            joined = False
            continue
        else:
            joined = False
        kept.append(block)
    return kept


def _under(text: Block, formula: Block) -> bool:
    last, first = text.lines[-1], formula.lines[0]
    reach = _FORMULA_REACH * max(last.size, first.size)
    return abs(last.y - first.y) < reach and text.size < LARGER * max(formula.size, text.size)


def _goes_behind(before: Block, block: Block) -> bool:
    return not stops(before.lines[-1]) and goes_on(block.lines[0]) and _alike(before, block)


def _is_label(block: Block, body: float) -> bool:
    """Whether a block may be a figure's label: few words, no sentence, no larger type."""
    if block.kind in ("number", "labels"):
        return True
    last = block.lines[-1].text
    sentence = last[-1:] in STOPS and not last.endswith("..")
    if block.kind != "text" or block.size >= LARGER * body or sentence:
        return False
    return all(word_count(line) < _LABEL_WORDS for line in block.lines)


def _labelled(found: Sequence[Block], body: float) -> list[Block]:
    """Short labels that follow each other as one block."""
    kept: list[Block] = []
    run: list[Block] = []
    for block in found:
        if _is_label(block, body):
            run.append(block)
            continue
        kept.extend(_merged(run))
        run = []
        kept.append(block)
    return [*kept, *_merged(run)]


def _merged(run: list[Block]) -> list[Block]:
    if len(run) < _FEWEST_LABELS:
        return run
    lines = [line for block in run for line in block.lines]
    few = sum(map(word_count, lines)) < 2 * len(lines)
    return [Block(lines, "labels" if few else "text")]


def _in_order(found: Sequence[Block]) -> list[Block]:
    """The blocks, those that stand between the two halves of a sentence behind it."""
    kept: list[Block] = []
    held: list[Block] = []  # set apart since the last block of text
    for block in found:
        if block.kind not in ("text", "table"):
            held.append(block)
            continue
        before = kept[-1] if kept else None
        both = before is not None and before.kind == block.kind == "text"
        if held and before is not None and both and _goes_behind(before, block):
            before.lines.extend(block.lines)
            continue
        kept.extend(held)
        held = []
        kept.append(block)
    return [*kept, *held]


def _alike(a: Block, b: Block) -> bool:
    return max(a.size, b.size) < LARGER * min(a.size, b.size)
