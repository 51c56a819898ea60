"""Lists as HTML: the sources of a library, what could not be read, passages found, kept quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from rag.chat.fragments import button, citation, count, escape, tag, words
from rag.chat.session import Kept
from rag.extract import of_media_type
from rag.types import Hit, Unreadable

if TYPE_CHECKING:
    from rag.protocols import SourceRecord

EXPORTS = (("Markdown", "md"), ("HTML", "html"), ("JSON", "json"), ("RIS", "ris"))


def sources(
    records: Sequence[SourceRecord],
    unreadable: Sequence[Unreadable],
    chosen: frozenset[str] | None,
    *,
    removable: bool,
) -> str:
    """The sources, each with a box that limits questions to it. chosen: None for all of them."""
    rows = "".join(_source(record, chosen, removable=removable) for record in records)
    asked = "All are asked." if chosen is None else f"Only {count(len(chosen), 'source')} asked."
    all_of = button("Ask all again", "pick-all", kind="cv-link") if chosen is not None else ""
    head = tag(
        "p",
        f"{count(len(records), 'source')}. {asked} Tick to ask only some. " + all_of,
        class_="cv-dim",
        role="status",
    )
    return head + tag("ul", rows, class_="cv-sources") + _unreadable(unreadable)


def _source(record: SourceRecord, chosen: frozenset[str] | None, *, removable: bool) -> str:
    box_id = f"pick-{record.sha256[:12]}"
    ticked = " checked" if chosen is not None and record.id in chosen else ""
    box = (
        f'<input type="checkbox" id="{box_id}" data-act="pick" '
        f'data-source="{escape(record.id)}"{ticked}>'
    )
    known = of_media_type(record.media_type)
    kind = known.name if known else record.media_type
    facts = [kind]
    if record.pages:
        facts.append(count(record.pages, "page"))
    facts.append(count(record.passages, "passage"))
    lines = [tag("span", escape(" · ".join([record.id, *facts])), class_="cv-dim")]
    if record.aliases:
        lines.append(
            tag("span", escape("Same file: " + ", ".join(record.aliases)), class_="cv-dim")
        )
    lines.extend(tag("span", escape(note), class_="cv-note") for note in record.notes)
    label = tag("label", tag("bdi", escape(record.title)), **{"for": box_id})
    tools = button(
        "Read", "read", name=f"Read {record.title}", kind="cv-small", data_source=record.id
    )
    if removable:
        tools += button(
            "Remove",
            "remove",
            name=f"Remove {record.title}",
            kind="cv-small",
            data_source=record.id,
        )
    return tag(
        "li",
        box + tag("div", label + "".join(lines), class_="cv-source") + tag("span", tools),
    )


def _unreadable(files: Sequence[Unreadable]) -> str:
    if not files:
        return ""
    rows = "".join(
        tag("li", tag("strong", tag("bdi", escape(u.id))) + ": " + escape(u.reason)) for u in files
    )
    return tag("h3", f"{count(len(files), 'file')} could not be read") + tag(
        "ul", rows, class_="cv-unreadable"
    )


def hits(question: str, found: Sequence[Hit]) -> str:
    """Passages found without asking."""
    if not found:
        return tag("p", f"No passage for “{escape(question)}”.", class_="cv-dim", role="status")
    rows = "".join(tag("li", _hit(i, hit)) for i, hit in enumerate(found))
    return tag(
        "p", f"{count(len(found), 'passage')}, nearest first.", class_="cv-dim", role="status"
    ) + tag("ol", rows, class_="cv-hits")


def _hit(index: int, hit: Hit) -> str:
    where = citation(hit.passage.place, hit.passage.paragraph)
    return button(where, "hit", kind="cv-link", data_hit=index) + tag(
        "blockquote", words(hit.passage.place), class_="cv-words-block cv-quiet"
    )


def tray(kept: Sequence[Kept]) -> str:
    """Kept quotes under their questions, and how to take them away."""
    if not kept:
        return tag("p", "Quotes you keep are gathered here.", class_="cv-placeholder")
    rows = "".join(tag("li", _kept(i, item)) for i, item in enumerate(kept))
    exports = "".join(
        button(name, "export", name=f"Export kept quotes as {name}", data_form=form)
        for name, form in EXPORTS
    )
    bar = tag(
        "div",
        tag("span", f"{count(len(kept), 'quote')} kept. Export:") + exports,
        class_="cv-tools",
        role="group",
        aria_label="Export kept quotes",
    )
    return bar + tag("ol", rows, class_="cv-kept")


def _kept(index: int, item: Kept) -> str:
    quote = item.quote
    return (
        tag("p", tag("bdi", escape(item.answer.question)), class_="cv-kept-question")
        + tag("blockquote", words(quote.place, quote.highlight), class_="cv-words-block")
        + tag(
            "p",
            tag("cite", tag("bdi", escape(citation(quote.place, quote.paragraph)))),
            class_="cv-cite",
        )
        + tag(
            "div",
            button("Show in source", "kept", name=f"Show kept quote {index + 1}", data_kept=index)
            + button("Let go", "unkeep", name=f"Let go of kept quote {index + 1}", data_kept=index),
            class_="cv-actions",
        )
    )


def upload_report(rows: Sequence[tuple[str, bool, str]]) -> str:
    """Per uploaded file: its name, whether it can be asked now, and what happened."""
    if not rows:
        return ""
    items = "".join(
        tag(
            "li",
            tag("strong", tag("bdi", escape(name))) + ": " + escape(what),
            class_="cv-good" if good else "cv-bad",
        )
        for name, good, what in rows
    )
    return tag("ul", items, class_="cv-uploaded", role="status")
