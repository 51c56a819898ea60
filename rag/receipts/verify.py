"""Check a receipt against the files as they are now: no model, no library, no network."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from rag.errors import UnreadableSource, UsageError, VerificationError
from rag.extract import is_file
from rag.receipts.compare import (
    find_text,
    from_line_feeds,
    line_feeds,
    newline_map,
    word_diff,
)
from rag.receipts.make import check_receipt
from rag.types import Place, Source, Span, digest

Status = Literal["intact", "moved", "changed", "missing", "extractor"]
Read = Callable[[Path, str], Source]
"""Reads a file as the source of an id; raises UnreadableSource."""

LINE_ENDS = "the same text with other line endings"
LINE_ENDS_WITHIN = "the quote has other line endings, and the source has changed elsewhere"
REENCODED = "the file's bytes differ, its text does not (another encoding)"
ELSEWHERE = "the source has changed elsewhere"
_WORDS = {
    "intact": "intact",
    "moved": "moved: the same words stand at another place",
    "changed": "changed",
    "missing": "missing",
    "extractor": "read by another extractor version, which gives another text",
}


@dataclass(frozen=True, slots=True)
class QuoteCheck:
    """What became of one quote.

    number: 1-based. status: see ``verify_receipt``. place: where the words stand now, None when
    they do not. notes: what else to know. diff: the words taken out ("-word") and put in
    ("+word") with those kept (" word"), for a changed quote.
    """

    number: int
    status: Status
    source: str
    recorded: Span
    place: Place | None
    notes: tuple[str, ...] = ()
    diff: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReceiptReport:
    """The checks of every quote of a receipt, in order.

    exit_status: 0 all intact, 3 some moved and all words still there, 4 any changed, missing or
    read by another extractor. (1 and 2 are the command's own, for failures and wrong usage.)
    """

    question: str
    kind: str
    quotes: tuple[QuoteCheck, ...]

    @property
    def exit_status(self) -> int:
        """0 when all is intact, 3 when something moved, 4 when something is amiss."""
        states = {check.status for check in self.quotes}
        return 4 if states - {"intact", "moved"} else 3 if "moved" in states else 0


def verify_receipt(receipt: Mapping[str, Any], folder: Path, read: Read) -> ReceiptReport:
    """Compare every quote of ``receipt`` with the files under ``folder``.

    intact: the same characters at the same place (line endings of the whole text aside, which is
    noted). moved: the same characters at another place of the source, or in the file under another
    name. changed: much the same words, with the difference. missing: neither. extractor: the file
    is the same to the byte, another extractor version reads another text from it.
    Raises UsageError or VerificationError for what is no receipt or was altered, UnreadableSource
    when a file that is there cannot be read.
    """
    check_receipt(receipt)
    _check_form(receipt)
    shelf = _Shelf(folder, read, receipt["sources"])
    checks = tuple(_check(n, quote, shelf) for n, quote in enumerate(_quotes(receipt), 1))
    return ReceiptReport(receipt["question"], receipt["kind"], checks)


def _quotes(receipt: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The quotes that were shown: an answer's, or the candidates of an unsure abstention."""
    return [*receipt["quotes"], *receipt.get("candidates", ())]


def _check_form(receipt: Mapping[str, Any]) -> None:
    """Look at every field that is used, so that a failure later is no fault of the receipt's."""
    try:
        fine = isinstance(receipt["question"], str) and isinstance(receipt["kind"], str)
        for quote in _quotes(receipt):
            Span(quote["start"], quote["end"])
            recorded = receipt["sources"][quote["source"]]
            fine &= all(isinstance(quote[key], str) for key in ("text", "before", "after"))
            fine &= all(
                isinstance(recorded[k], str) for k in ("sha256", "file_sha256", "extractor")
            )
    except (KeyError, TypeError, ValueError) as error:
        message = f"the receipt has the right digest but not the right form: {error!r}"
        raise UsageError(message) from error
    if not fine:
        raise UsageError("the receipt has the right digest but not the right form")


def report_text(report: ReceiptReport) -> str:
    """A report as lines of text, ending in a line feed."""
    from rag.render.citation import one_line

    lines = [f"Question: {one_line(report.question)}"]
    if not report.quotes:
        lines.append("Nothing was quoted; the receipt itself is unaltered.")
    elif report.kind == "abstention":
        lines.append("No quote was sure enough; these came closest.")
    for check in report.quotes:
        lines.append(f"[{check.number}] {one_line(check.source)}: {_WORDS[check.status]}")
        if check.place is not None and check.status != "intact":
            span, page = check.place.span, check.place.page
            where = f"{one_line(check.place.source.id)}, characters {span.start}–{span.end}"
            lines.append(f"    now: {where}" + (f", p. {page}" if page is not None else ""))
        lines += [f"    note: {one_line(note)}" for note in check.notes]
        lines += [f"    diff: {one_line(' '.join(check.diff))}"] if check.diff else []
    good = sum(check.status == "intact" for check in report.quotes)
    if report.quotes:
        lines.append(f"{good} of {len(report.quotes)} quotes intact.")
    return "\n".join(lines) + "\n"


def report_json(report: ReceiptReport) -> dict[str, Any]:
    """A report as JSON values."""
    return {
        "kind": "verification",
        "question": report.question,
        "exit_status": report.exit_status,
        "quotes": [
            {
                "number": check.number,
                "status": check.status,
                "source": check.source,
                "start": check.recorded.start,
                "end": check.recorded.end,
                "now": None
                if check.place is None
                else {
                    "source": check.place.source.id,
                    "start": check.place.span.start,
                    "end": check.place.span.end,
                    "page": check.place.page,
                    "text": check.place.text,
                },
                "notes": list(check.notes),
                "diff": list(check.diff),
            }
            for check in report.quotes
        ],
    }


class _Shelf:
    """The sources of a receipt as they are now, each read once."""

    def __init__(self, folder: Path, read: Read, recorded: Mapping[str, Any]) -> None:
        self.recorded = recorded
        self._folder = folder
        self._read = read
        self._held: dict[str, Source | None] = {}

    def now(self, id: str) -> Source | None:
        """The source of ``id`` now: under its name, else a file with the same bytes or text."""
        if id not in self._held:
            path = self._path(id)
            self._held[id] = self._read(path, id) if is_file(path) else self._renamed(id)
        return self._held[id]

    def _path(self, id: str) -> Path:
        path = self._folder / id
        if not path.resolve().is_relative_to(self._folder.resolve()):
            raise VerificationError(f"the source {id!r} lies outside {self._folder}")
        return path

    def _renamed(self, id: str) -> Source | None:
        """A file elsewhere in the folder that holds the source: by its bytes, else by its text.

        Only files of the same suffix are read for their text.
        """
        wanted, files = self.recorded[id], sorted(p for p in self._folder.rglob("*") if p.is_file())
        for path in files:
            if digest(path.read_bytes()) == wanted["file_sha256"]:
                return self._read(path, path.relative_to(self._folder).as_posix())
        for path in (p for p in files if p.suffix == Path(id).suffix):
            source = self._readable(path)
            if source is not None and source.sha256 == wanted["sha256"]:
                return source
        return None

    def _readable(self, path: Path) -> Source | None:
        try:
            return self._read(path, path.relative_to(self._folder).as_posix())
        except UnreadableSource:
            return None  # not the file looked for: that one was readable


def _check(number: int, quote: Mapping[str, Any], shelf: _Shelf) -> QuoteCheck:
    id, span = quote["source"], Span(quote["start"], quote["end"])
    source = shelf.now(id)
    if source is None:
        gone = f"there is no file {id!r}, nor one with its content under another name"
        return QuoteCheck(number, "missing", id, span, None, (gone,))
    recorded = shelf.recorded[id]
    status, place, diff = _status(quote, span, source, recorded)
    notes = tuple(_notes(quote, source, recorded, place))
    if source.id != id and status == "intact":
        status = "moved"
    if status != "intact" and _other_extractor(source, recorded):
        status = "extractor"
    return QuoteCheck(number, status, id, span, place, notes, diff)


def _other_extractor(source: Source, recorded: Mapping[str, Any]) -> bool:
    same_file: bool = source.file_sha256 == recorded["file_sha256"]
    return same_file and source.extractor != recorded["extractor"]


def _status(
    quote: Mapping[str, Any], span: Span, source: Source, recorded: Mapping[str, Any]
) -> tuple[Status, Place | None, tuple[str, ...]]:
    if source.sha256 == recorded["sha256"]:
        return "intact", _exact(source, span, quote["text"]), ()
    mapped = newline_map(source.text, recorded["sha256"], span)
    if mapped is not None:
        return "intact", Place(source, mapped), ()
    place = _found(quote, span, source)
    if place is None:
        return "missing", None, ()
    if line_feeds(place.text) != line_feeds(quote["text"]):
        return "changed", place, word_diff(quote["text"], place.text)
    return ("intact" if place.span == span else "moved"), place, ()


def _found(quote: Mapping[str, Any], span: Span, source: Source) -> Place | None:
    """Where the quote, or what has become of it, stands now, whatever the line endings."""
    text = line_feeds(source.text)
    near = len(line_feeds(source.text[: span.start]))
    wanted, before, after = (line_feeds(quote[key]) for key in ("text", "before", "after"))
    found = find_text(text, wanted, before, after, near)
    return None if found is None else Place(source, from_line_feeds(source.text, found))


def _exact(source: Source, span: Span, text: str) -> Place:
    """The place in an unchanged text. A receipt whose text is not the slice was never true."""
    if span.end > len(source.text) or source.text[span.start : span.end] != text:
        raise VerificationError(f"{source.id!r} is unchanged, yet the recorded text is not in it")
    return Place(source, span)


def _notes(
    quote: Mapping[str, Any], source: Source, recorded: Mapping[str, Any], place: Place | None
) -> Iterable[str]:
    if source.id != quote["source"]:
        yield f"the file is now {source.id!r}"
    if source.extractor != recorded["extractor"]:
        yield f"read by {source.extractor!r}, then by {recorded['extractor']!r}"
    span = Span(quote["start"], quote["end"])
    if source.sha256 == recorded["sha256"]:
        if source.file_sha256 != recorded["file_sha256"]:
            yield REENCODED
    elif newline_map(source.text, recorded["sha256"], span) is not None:
        yield LINE_ENDS
    elif place is not None and place.text == quote["text"]:
        yield ELSEWHERE
    elif place is not None and line_feeds(place.text) == line_feeds(quote["text"]):
        yield LINE_ENDS_WITHIN
    times = line_feeds(source.text).count(line_feeds(quote["text"])) if place is not None else 0
    if times > 1:
        yield f"the same text stands {times} times in the source"
