"""What stands beside the text of a Word file: notes, comments, page headers; what is not read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from rag.extract.docx_package import Package, child, children, descend, short, value
from rag.extract.docx_text import Blocks

_FORMATS = {"footnote": "w:footnotePr", "endnote": "w:endnotePr"}


def note_formats(package: Package) -> dict[str, str]:
    """How the numbers of footnotes and endnotes are written, where the file says so."""
    settings = package.tree(package.first("settings"))
    found = {kind: value(descend(settings, name, "w:numFmt")) for kind, name in _FORMATS.items()}
    return {kind: format for kind, format in found.items() if format}


def write_notes(package: Package, blocks: Blocks) -> Iterator[str]:
    """Write foot- and endnotes after the body, in the order of their references; say so."""
    seen = blocks.runs.seen.notes
    for kind in ("footnote", "endnote"):
        root = package.tree(package.first(f"{kind}s"))
        if root is None:
            continue
        notes = {
            value(note, "w:id") or "": note
            for note in children(root, f"w:{kind}")
            if value(note, "w:type") in (None, "normal")
        }
        order = [id for k, id in seen if k == kind and id in notes]
        count = 0
        for id in dict.fromkeys((*order, *notes)):  # a note may refer to a further one
            before = blocks.builder.length
            blocks.blocks(notes[id], seen.get((kind, id), ""))
            count += blocks.builder.length > before
        if count:
            yield f"{_count(count, kind)} read after the body"


def write_comments(package: Package, blocks: Blocks) -> Iterator[str]:
    """Write comments after the notes, each marked with who wrote it and on which words."""
    root = package.tree(package.first("comments"))
    count = 0
    for comment in children(root, "w:comment") if root is not None else ():
        before = blocks.builder.length
        blocks.blocks(comment)
        span = blocks.builder.written_since(before)
        if span is not None:
            note = _comment_note(comment, blocks.runs.seen.anchors)
            blocks.builder.mark("comment", span, note)
            count += 1
    if count:
        yield f"{_count(count, 'comment')} read after the body, marked as such"


def _comment_note(comment: Any, anchors: dict[str, str]) -> str:
    words = " ".join(anchors.get(value(comment, "w:id") or "", "").split())
    parts = [value(comment, "w:author"), (value(comment, "w:date") or "")[:10]]
    parts.append(f"on “{words if len(words) <= 120 else words[:119] + '…'}”" if words else "")
    return " ".join(", ".join(filter(None, parts)).split())


def write_headers(package: Package, blocks: Blocks) -> Iterator[str]:
    """Write the page headers and footers that are shown, each text once, as boilerplate."""
    written: set[str] = set()
    marks: list[str] = []
    for part in dict.fromkeys(_shown_headers(package, list(blocks.sections))):
        root = package.tree(part)
        if root is None:
            continue
        for element in root:
            before = blocks.builder.length
            text = _header_text(element)
            if text and text not in written:
                written.add(text)
                blocks.block(element)
                blocks.flush()
                span = blocks.builder.written_since(before)
                blocks.builder.boilerplate += [span] if span else []
        marks += [p.get("string") or "" for p in root.iter() if short(p.tag) == "v:textpath"]
    if written:
        yield "page headers and footers are read after the body, marked as boilerplate"
    for mark in dict.fromkeys(filter(None, (" ".join(m.split()) for m in marks))):
        yield f"a watermark on its pages reads “{mark[:120]}”"


def _header_text(element: Any) -> str:
    """The words of a header's block; "" when it holds no letter, as with page numbers."""
    words = "".join(t.text or "" for t in element.iter() if short(t.tag) == "w:t")
    return " ".join(words.split()) if any(c.isalpha() for c in words) else ""


def _shown_headers(package: Package, sections: list[Any]) -> Iterator[str]:
    """The parts of the headers and footers that pages show, in the order of the sections."""
    settings = package.tree(package.first("settings"))
    even = child(settings, "w:evenAndOddHeaders") is not None
    for section in sections:
        first = child(section, "w:titlePg")
        titled = first is not None and value(first) not in ("0", "false", "off")
        for reference in section:
            if short(reference.tag) not in ("w:headerReference", "w:footerReference"):
                continue
            type = value(reference, "w:type") or "default"
            if (type == "first" and not titled) or (type == "even" and not even):
                continue
            relation = package.related.get(value(reference, "r:id") or "")
            if relation is not None and not relation.external:
                yield relation.target


def losses(package: Package, blocks: Blocks) -> Iterator[str]:
    """What the file holds and the text does not, or not as it stands there."""
    seen = blocks.runs.seen
    if seen.deleted or seen.inserted:
        yield "tracked changes: insertions are read and marked, deletions are left out"
    kinds = {mark.kind for mark in blocks.builder.marks}
    if "struck" in kinds:
        yield "struck-out words are read, marked and searched last"
    if "hidden" in kinds:
        yield "hidden words are read, marked and searched last"
    if seen.unknown:
        yield f"{_count(seen.unknown, 'sign')} of symbol fonts without a character read as U+FFFD"
    for number, noun in (
        (seen.pictures, "picture"),
        (seen.charts, "chart or diagram"),
        (seen.objects, "embedded object"),
        (seen.sub_documents, "part in another file"),
    ):
        if number:
            yield f"{_count(number, noun)} not read"
    for id in blocks.chunks:
        relation = package.related.get(id)
        name = relation.target if relation else "missing"
        yield f"a part inserted whole (altChunk, {name}) not read"
    if package.first("glossaryDocument"):
        yield "building blocks kept beside the text (glossary) not read"


def _count(number: int, noun: str) -> str:
    plural = "charts or diagrams" if noun.startswith("chart") else f"{noun}s"
    if noun.startswith("part"):
        plural = "parts in other files"
    return f"{number} {noun if number == 1 else plural}"
