"""Receipts: what they hold, and what they tell after the sources have changed."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import jsonschema
import pytest

from rag.errors import UsageError, VerificationError
from rag.receipts.make import canonical, read_receipt, receipt, receipt_digest, write_receipt
from rag.receipts.verify import LINE_ENDS, REENCODED, report_json, report_text, verify_receipt
from rag.types import (
    Abstention,
    Answer,
    Hit,
    Passage,
    Place,
    Provenance,
    Quote,
    Searched,
    Source,
    Span,
    Unreadable,
    digest,
)

ROOT = Path(__file__).parents[2]
SCHEMA = json.loads((ROOT / "docs" / "receipt.schema.json").read_text("utf-8"))
WHEN = datetime(2025, 2, 6, 12, 0, tzinfo=UTC)
CHANGES = 1000


def read(path: Path, id: str) -> Source:
    """A text file as a source: UTF-8, or UTF-16 under its byte order mark."""
    data = path.read_bytes()
    encoding = "utf-16" if data[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8"
    text = data.decode(encoding)
    return Source(id, text, digest(text), digest(data), "A title", "text/plain", "test 1")


def answer(source: Source, *spans: Span) -> Answer:
    quotes = tuple(Quote(Place(source, span), 1, span, 0.75) for span in spans)
    hit = Hit(Passage(Place(source, Span(0, len(source.text))), 0, 1), 0.5)
    provenance = Provenance("embedder e1", "reader r1", "segmenter s1", "1", 7, (("limit", "3"),))
    return Answer("What was decided?", quotes, (hit,), Searched(1, 1), provenance)


def abstention(source: Source) -> Abstention:
    made = answer(source, Span(0, 3))
    searched = Searched(3, 9, (Unreadable("x.pdf", "encrypted"),), ("a.txt",))
    return Abstention(
        "Who?",
        "silent",
        "None.",
        searched,
        (),
        made.hits,
        ("zebra",),
        made.provenance,
        ("Before?",),
    )


def unsure(source: Source) -> Abstention:
    made = answer(source, span_of("The board met in May."), span_of("The shares fell by 3.5 %."))
    return replace(abstention(source), kind="unsure", candidates=made.quotes)


# --- what a receipt holds -----------------------------------------------------------------------

TEXT = "The board met in May.\nIt did not approve the merger.\n\nThe shares fell by 3.5 %.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "a.txt").write_bytes(TEXT.encode())
    return tmp_path


def span_of(words: str, text: str = TEXT) -> Span:
    return Span(text.index(words), text.index(words) + len(words))


def test_receipts_of_answers_and_abstentions_follow_the_published_schema(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    for result in (answer(source, span_of("The board")), abstention(source), unsure(source)):
        made = receipt(result, created=WHEN)
        jsonschema.validate(made, SCHEMA)
        assert made["created"] == "2025-02-06T12:00:00Z"
        assert "not a signature" in made["statement"]
        for key in made:
            broken = {k: v for k, v in made.items() if k != key}
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(broken, SCHEMA)


def test_a_receipt_holds_places_with_context_and_digests(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = receipt(answer(source, span_of("It did not approve the merger.")), created=WHEN)
    (quote,) = made["quotes"]
    assert TEXT[quote["start"] : quote["end"]] == quote["text"] == "It did not approve the merger."
    assert quote["before"] == "The board met in May.\n"
    assert quote["after"].startswith("\n\nThe shares fell")
    assert made["sources"]["a.txt"]["sha256"] == digest(TEXT)
    assert made["models"]["reader"] == "reader r1"
    assert made["library"] == {"version": "1", "generation": 7}
    assert str(folder) not in json.dumps(made)


def test_the_same_result_gives_the_same_bytes(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = [canonical(receipt(answer(source, Span(0, 9)), created=WHEN)) for _ in range(2)]
    assert made[0] == made[1]


def test_any_altered_character_of_a_receipt_is_refused(folder: Path, tmp_path: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    file = tmp_path / "receipt.json"
    write_receipt(answer(source, span_of("The shares fell by 3.5 %.")), file)
    assert read_receipt(file)["kind"] == "answer"
    data = file.read_text("utf-8")
    draw = random.Random(3)
    refused = 0
    for at in draw.sample(range(len(data)), 60):
        changed = data[:at] + chr(ord(data[at]) ^ 1) + data[at + 1 :]
        file.write_text(changed, "utf-8")
        with pytest.raises((UsageError, VerificationError)):
            read_receipt(file)
        refused += 1
    assert refused == 60


def test_what_is_no_receipt_is_said_to_be_none(tmp_path: Path) -> None:
    for content in ("", "[]", "{}", '{"format": "other"}', "\xff"):
        (tmp_path / "r.json").write_text(content, "latin-1")
        with pytest.raises(UsageError, match=r"r\.json"):
            read_receipt(tmp_path / "r.json")
    with pytest.raises(UsageError, match="cannot be read"):
        read_receipt(tmp_path / "none.json")


# --- after a change -----------------------------------------------------------------------------


@dataclass(frozen=True)
class Change:
    """A changed folder and what must be told of the one quote."""

    files: dict[str, bytes]
    status: str
    span: Span | None = None
    source: str = "a.txt"
    note: str = ""
    diff: tuple[str, ...] = ()


def texts() -> list[str]:
    found = sorted((ROOT / "corpus").rglob("*.txt")) + sorted((ROOT / "corpus").rglob("*.md"))
    return [path.read_bytes().decode("utf-8-sig") for path in found]


def sentences(text: str) -> list[Span]:
    """Sentences of at least eight words that occur once and look like no other."""
    found = [Span(m.start(), m.end()) for m in re.finditer(r"[A-Z][^.!?\n]{40,300}[.!?]", text)]
    return [s for s in found if text.count(text[s.start : s.end]) == 1]


def inserted(text: str, span: Span, draw: random.Random) -> Change:
    at = draw.choice([m.end() for m in re.finditer(r"\n\n|\A", text[: span.start])])
    extra = f"New paragraph {draw.random()} é 👍.\n\n" * draw.randint(1, 3)
    moved = span.shift(len(extra))
    return Change({"a.txt": (text[:at] + extra + text[at:]).encode()}, "moved", moved)


def edited(text: str, span: Span, draw: random.Random) -> Change:
    words = list(re.finditer(r"\w+", text[span.start : span.end]))
    word = draw.choice(words)
    start, end = span.start + word.start(), span.start + word.end()
    new = text[:start] + "zzz" + text[end:]
    run = re.compile(r"\S+")
    old_word = next(m for m in run.finditer(text) if m.start() <= start < m.end())
    taken = text[max(old_word.start(), span.start) : min(old_word.end(), span.end)]
    put = taken[: start - max(old_word.start(), span.start)] + "zzz"
    put += taken[len(put) - 3 + (end - start) :]
    now = Span(span.start, span.end + 3 - (end - start))
    return Change({"a.txt": new.encode()}, "changed", now, diff=(f"-{taken}", f"+{put}"))


def deleted(text: str, span: Span, draw: random.Random) -> Change:
    tail = draw.choice((0, 1)) if text[span.end : span.end + 1].isspace() else 0
    return Change({"a.txt": (text[: span.start] + text[span.end + tail :]).encode()}, "missing")


def renamed(text: str, span: Span, draw: random.Random) -> Change:
    name = draw.choice(("b.txt", "deep/er/ü b.txt"))
    other = {"c.txt": b"Something else entirely."}
    return Change({name: text.encode(), **other}, "moved", span, name, f"the file is now {name!r}")


def reencoded(text: str, span: Span, draw: random.Random) -> Change:
    return Change({"a.txt": text.encode("utf-16")}, "intact", span, note=REENCODED)


def line_ends(text: str, span: Span, draw: random.Random) -> Change:
    ending = draw.choice(("\r\n", "\r"))
    new = text.replace("\n", ending)
    grown = len(ending) - 1
    now = Span(
        span.start + grown * text[: span.start].count("\n"),
        span.end + grown * text[: span.end].count("\n"),
    )
    return Change({"a.txt": new.encode()}, "intact", now, note=LINE_ENDS)


def duplicated(text: str, span: Span, draw: random.Random) -> Change:
    copy = text[span.start : span.end]
    if draw.random() < 0.5:
        return Change({"a.txt": f"{text}\n\n{copy}\n".encode()}, "intact", span, note="2 times")
    new = f"{copy}\n\n{text}"
    return Change({"a.txt": new.encode()}, "moved", span.shift(len(copy) + 2), note="2 times")


KINDS = (inserted, edited, deleted, renamed, reencoded, line_ends, duplicated)


def test_a_thousand_changes_are_told_rightly(tmp_path: Path) -> None:
    draw = random.Random(11)
    documents = [(t, sentences(t)) for t in texts() if "\r" not in t]
    documents = [(text, spans) for text, spans in documents if spans]
    told: Counter[str] = Counter()
    wrong = []
    for number in range(CHANGES):
        make = KINDS[number % len(KINDS)]
        text, spans = draw.choice(documents)
        span = draw.choice(spans)
        problem = _told(tmp_path / str(number), text, span, make(text, span, draw))
        told[make.__name__] += not problem
        wrong += [f"{make.__name__}: {problem}"] if problem else []
    assert wrong == [], wrong[:3]
    assert sum(told.values()) == CHANGES
    assert min(told.values()) >= CHANGES // len(KINDS)


def _told(folder: Path, text: str, span: Span, change: Change) -> str:
    """What is told wrongly of a change, "" when all is right."""
    source = Source(
        "a.txt", text, digest(text), digest(text.encode()), "A title", "text/plain", "test 1"
    )
    made = receipt(answer(source, span), created=WHEN)
    for name, data in change.files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    report = verify_receipt(made, folder, read)
    (check,) = report.quotes
    if check.status != change.status:
        return f"{check.status}, not {change.status}: {text[span.start : span.end]!r} {check}"
    now = None if check.place is None else check.place.span
    if now != change.span or (check.place and check.place.source.id != change.source):
        return f"{check.place}, not {change.span} of {change.source}"
    if change.note and not any(change.note in note for note in check.notes):
        return f"{check.notes} without {change.note!r}"
    if change.diff and tuple(d for d in check.diff if d[0] != " ") != change.diff:
        return f"{check.diff}, not {change.diff}"
    expected = {"intact": 0, "moved": 3, "changed": 4, "missing": 4}[change.status]
    return "" if report.exit_status == expected else f"exit status {report.exit_status}"


def test_an_unchanged_folder_is_intact(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = receipt(answer(source, span_of("The board met in May."), span_of("The shares fell")))
    report = verify_receipt(made, folder, read)
    assert [check.status for check in report.quotes] == ["intact", "intact"]
    assert report.exit_status == 0
    assert "2 of 2 quotes intact." in report_text(report)


def test_an_abstention_verifies_without_quotes(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    report = verify_receipt(receipt(abstention(source)), folder, read)
    assert report.quotes == ()
    assert report.exit_status == 0
    assert "unaltered" in report_text(report)


def test_the_candidates_of_an_unsure_abstention_are_verified(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = receipt(unsure(source))
    report = verify_receipt(made, folder, read)
    assert [check.status for check in report.quotes] == ["intact", "intact"]
    assert "No quote was sure enough; these came closest." in report_text(report)
    (folder / "a.txt").write_text(TEXT.replace("in May", "in June"), "utf-8")
    assert verify_receipt(made, folder, read).exit_status == 4


def test_a_receipt_of_the_first_format_is_verified(folder: Path) -> None:
    made = receipt(answer(read(folder / "a.txt", "a.txt"), span_of("The board met in May.")))
    older = {k: v for k, v in made.items() if k not in ("outcome", "notes", "digest")}
    older["format"] = "chapter-verse-receipt-1"
    report = verify_receipt(older | {"digest": receipt_digest(older)}, folder, read)
    assert report.exit_status == 0


def test_a_missing_file_and_a_word_diff_are_reported(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = receipt(answer(source, span_of("It did not approve the merger.")))
    (folder / "a.txt").write_text(TEXT.replace("did not approve", "did at last approve"), "utf-8")
    report = verify_receipt(made, folder, read)
    assert report.exit_status == 4
    assert "-not" in report.quotes[0].diff
    assert "+at" in report.quotes[0].diff
    assert "diff:" in report_text(report)
    (folder / "a.txt").unlink()
    report = verify_receipt(made, folder, read)
    assert [check.status for check in report.quotes] == ["missing"]
    assert report_json(report)["quotes"][0]["now"] is None


def test_another_extractor_version_is_told_apart_from_a_change(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = receipt(answer(source, span_of("It did not approve the merger.")))

    def newer(path: Path, id: str) -> Source:
        text = read(path, id).text.replace("not approve", "not  approve")
        file = digest(path.read_bytes())
        return replace(source, text=text, sha256=digest(text), file_sha256=file, extractor="test 2")

    report = verify_receipt(made, folder, newer)
    assert [check.status for check in report.quotes] == ["extractor"]
    assert report.exit_status == 4
    assert "'test 2'" in report_text(report)


def test_a_receipt_that_was_never_true_is_refused(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = receipt(answer(source, span_of("It did not approve the merger.")))
    made["quotes"][0]["text"] = "It did approve the merger, well!"
    with pytest.raises(VerificationError, match="altered"):
        verify_receipt(made, folder, read)
    made["digest"] = receipt_digest(made)
    with pytest.raises(VerificationError, match="not in it"):
        verify_receipt(made, folder, read)


def test_a_receipt_of_the_wrong_form_is_said_to_be_one(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    for key in ("quotes", "sources", "question"):
        made = receipt(answer(source, Span(0, 3)))
        del made[key]
        made["digest"] = receipt_digest(made)
        with pytest.raises(UsageError, match="right form"):
            verify_receipt(made, folder, read)


def test_a_receipt_that_cannot_be_written_is_an_error(folder: Path) -> None:
    made = answer(read(folder / "a.txt", "a.txt"), Span(0, 3))
    with pytest.raises(UsageError, match="cannot be written"):
        write_receipt(made, folder / "none" / "r.json")


def test_a_receipt_cannot_reach_outside_its_folder(folder: Path) -> None:
    source = replace(read(folder / "a.txt", "a.txt"), id="../a.txt")
    made = receipt(answer(source, Span(0, 3)))
    (folder / "in").mkdir()
    with pytest.raises(VerificationError, match="outside"):
        verify_receipt(made, folder / "in", read)


def test_line_endings_inside_a_changed_source_are_recognised(folder: Path) -> None:
    source = read(folder / "a.txt", "a.txt")
    made = receipt(answer(source, Span(0, TEXT.index("\n\n"))))
    new = "First.\r\n" + TEXT.replace("\n", "\r\n")
    (folder / "a.txt").write_bytes(new.encode())
    (check,) = verify_receipt(made, folder, read).quotes
    assert check.status == "moved"
    assert check.place is not None
    assert check.place.text == "The board met in May.\r\nIt did not approve the merger."
    assert any("line endings" in note for note in check.notes)
