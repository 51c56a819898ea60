"""The shipped corpus and its gold set: offsets, counts, provenance, generated files."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import docx
import lxml.html
import pypdfium2
import pytest

from rag.evaluate.gold import read_rows
from rag.extract.files import find_files
from rag.extract.read import read_file
from rag.segment.passages import tile
from rag.segment.segmenter import segmenter
from rag.segment.sentences import sentences
from rag.types import Span

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "corpus"
GOLD = ROOT / "tests" / "gold" / "corpus.jsonl"
SUFFIXES = (".md", ".txt", ".html", ".docx", ".pdf")
SOURCES = sorted(
    path.relative_to(CORPUS).as_posix()
    for path in CORPUS.rglob("*")
    if path.suffix in SUFFIXES and path.name != "README.md"
)
FIGURE = re.compile(r"\d+(?:[.,]\d+)*½?")


def docx_text(path: Path) -> str:
    body = docx.Document(str(path)).element.body
    name = docx.oxml.ns.qn
    paragraphs = body.iter(name("w:p"))
    return "\n".join("".join(t.text or "" for t in p.iter(name("w:t"))) for p in paragraphs)


def pdf_text(path: Path) -> str:
    document = pypdfium2.PdfDocument(path)
    try:
        return "\f".join(page.get_textpage().get_text_range() for page in document)
    finally:
        document.close()


@cache
def text_of(source: str) -> str:
    """The text of a source, read without the code under test."""
    path = CORPUS / source
    if path.suffix == ".docx":
        return docx_text(path)
    if path.suffix == ".pdf":
        return pdf_text(path)
    if path.suffix == ".html":
        return "\n".join(lxml.html.fromstring(path.read_bytes()).find("body").itertext())
    return path.read_bytes().decode("utf-8")


@cache
def rows() -> tuple[dict[str, Any], ...]:
    lines = GOLD.read_text(encoding="utf-8").splitlines()
    return tuple(json.loads(line) for line in lines)


def misplaced(row: dict[str, Any]) -> list[str]:
    """What is wrong with the answers of a row; empty when all is well."""
    wrong = []
    for answer in row["answers"]:
        text = text_of(answer["source"])
        if "start" in answer:
            if text[answer["start"] : answer["end"]] != answer["text"]:
                wrong.append(f"{row['id']}: span does not hold {answer['text']!r}")
        elif text.count(answer["text"]) != 1:
            wrong.append(f"{row['id']}: {answer['text']!r} does not occur exactly once")
    return wrong


def test_every_answer_lies_where_the_row_says() -> None:
    assert [problem for row in rows() for problem in misplaced(row)] == []


def test_text_formats_carry_offsets() -> None:
    for row in rows():
        for answer in row["answers"]:
            assert ("start" in answer) == answer["source"].endswith((".md", ".txt")), row["id"]


def test_a_shifted_span_and_a_changed_word_are_noticed() -> None:
    """The check above can fail."""
    moved = next(row for row in rows() if row["answers"] and "start" in row["answers"][0])
    answer = moved["answers"][0]
    shifted = answer | {"start": answer["start"] + 1, "end": answer["end"] + 1}
    assert misplaced(moved | {"answers": [shifted]})
    bare = next(row for row in rows() if row["answers"] and "start" not in row["answers"][0])
    assert misplaced(bare | {"answers": [bare["answers"][0] | {"text": "no such words"}]})
    assert misplaced(bare | {"answers": [bare["answers"][0] | {"text": "the"}]})


def test_no_answer_crosses_a_line_or_a_sentence() -> None:
    for row in rows():
        for answer in row["answers"]:
            assert not re.search(r"[\n\f]|[a-z][.?!] [A-Z]", answer["text"]), row["id"]
            assert answer["text"] == answer["text"].strip(), row["id"]


def test_ids_and_questions_are_unique() -> None:
    assert max(Counter(row["id"] for row in rows()).values()) == 1
    asked = Counter((tuple(row["history"]), row["question"].casefold()) for row in rows())
    assert [key for key, times in asked.items() if times > 1] == []


def test_counts() -> None:
    tags = Counter(tag for row in rows() for tag in row["tags"])
    plain = Counter(tag for row in rows() if not row["history"] for tag in row["tags"])
    assert len(rows()) >= 110
    assert plain["single"] >= 45
    assert plain["multi"] >= 12
    assert sum(bool(row["history"]) for row in rows()) == tags["followup"] >= 30
    assert plain["unanswerable"] >= 25
    assert tags["disagree"] >= 5
    assert tags["trap"] >= 10
    assert tags["switch"] >= 5
    assert min(tags[suffix[1:]] for suffix in SUFFIXES) >= 10


def test_tags_agree_with_the_row() -> None:
    for row in rows():
        tags = set(row["tags"])
        assert ("unanswerable" in tags) == (not row["answers"]), row["id"]
        assert ("followup" in tags) == bool(row["history"]), row["id"]
        assert ("single" in tags) == (len(row["answers"]) == 1), row["id"]
        assert ("multi" in tags) == (len(row["answers"]) > 1), row["id"]
        sources = {answer["source"] for answer in row["answers"]}
        assert ("sources" in tags) == (len(sources) > 1), row["id"]
        assert {source.rsplit(".", 1)[1] for source in sources} <= tags, row["id"]


def test_halves_follow_the_id() -> None:
    halves = Counter()
    for row in rows():
        odd = int(hashlib.sha256(row["id"].encode()).hexdigest(), 16) % 2
        half = ("develop", "report")[odd]
        assert {"develop", "report"} & set(row["tags"]) == {half}, row["id"]
        halves[half] += 1
    assert min(halves.values()) >= 0.4 * len(rows())


def test_indexing_the_corpus_reads_the_sources_and_nothing_else() -> None:
    found = find_files(CORPUS)
    assert [file.id for file in found.files] == SOURCES
    assert found.unreadable == ()


def quotable(source: str) -> tuple[str, list[Span]]:
    """The text of a source as it is indexed, and the sentences that may be quoted from it."""
    read = read_file(CORPUS / source, id=source)
    passages = tile(read, count=lambda text: len(text.split()), limit=250, target=120)
    found = [sentence for passage in passages for sentence in sentences(passage, segmenter())]
    return read.text, [s.inner for s in found if s.inner is not None and not s.heading]


def test_every_answer_lies_inside_one_sentence_that_may_be_quoted() -> None:
    indexed = {source: quotable(source) for source in SOURCES}
    texts = {source: text for source, (text, _) in indexed.items()}
    loaded = read_rows(GOLD, texts.get)
    assert len(loaded) == len(rows())
    for row in loaded:
        for answer in row.answers:
            around = [s for s in indexed[answer.source][1] if s.contains(answer.span)]
            assert len(around) == 1, (row.id, answer.text)


def test_every_source_is_asked_about() -> None:
    asked = {answer["source"] for row in rows() for answer in row["answers"]}
    assert asked == set(SOURCES)


def test_questions_are_not_copied_from_the_sources() -> None:
    """No question shares eight words in a row with the source that answers it."""
    for row in rows():
        words = re.findall(r"\w+", row["question"].casefold())
        runs = [" ".join(words[i : i + 8]) for i in range(len(words) - 7)]
        for answer in row["answers"]:
            plain = " ".join(re.findall(r"\w+", text_of(answer["source"]).casefold()))
            assert not [run for run in runs if run in plain], row["id"]


def test_one_sentence_stands_word_for_word_in_two_sources() -> None:
    shared = [row for row in rows() if "same-words" in row["tags"]]
    assert shared
    for row in shared:
        texts = Counter(answer["text"] for answer in row["answers"])
        assert texts.most_common(1)[0][1] == 2, row["id"]


@pytest.mark.parametrize("source", SOURCES)
def test_length_of_a_source(source: str) -> None:
    assert 290 <= len(text_of(source).split()) <= 900


def provenance() -> tuple[dict[str, dict[str, str]], dict[str, str]]:
    """Per source: figure cell -> key cell; and per key: its address."""
    tables: dict[str, dict[str, str]] = {}
    pages: dict[str, str] = {}
    heading = ""
    for line in (CORPUS / "README.md").read_text(encoding="utf-8").splitlines():
        if line.startswith("## "):
            heading = line[3:]
        cells = [cell.strip() for cell in line.strip("|").split(" | ")]
        if not line.startswith("| ") or cells[0] in {"Figure", "Key", "---"}:
            continue
        if heading == "The pages":
            pages[cells[0]] = cells[-1]
        else:
            tables.setdefault(heading, {})[cells[0]] = cells[1]
    return tables, pages


def content(source: str) -> str:
    """A source without its front matter, its line of authorship and its section numbers."""
    text = text_of(source)
    if source.endswith(".md"):
        text = text.split("---\n", 2)[2]
    text = re.sub(r"(?m)^\d\. ", "", text)
    return "\n".join(line for line in text.split("\n") if "sample corpus" not in line)


@pytest.mark.parametrize("source", SOURCES)
def test_every_figure_has_a_row_in_the_provenance_table(source: str) -> None:
    tables, _ = provenance()
    named = {figure for cell in tables[source] for figure in FIGURE.findall(cell)}
    assert set(FIGURE.findall(content(source))) - named == set()


def test_every_provenance_row_names_a_page_with_an_address() -> None:
    tables, pages = provenance()
    assert set(tables) == set(SOURCES)
    used = set()
    for cells in tables.values():
        for keys in cells.values():
            found = re.findall(r"\b[A-Z]\d+\b", re.sub(r"\(.*\)", "", keys))
            assert found, keys
            used.update(found)
    assert used <= set(pages)
    for key in used - {"N1", "N2"}:
        assert re.fullmatch(r"https?://\S+", pages[key]), key


@pytest.fixture(scope="module")
def maker() -> ModuleType:
    sys.path.insert(0, str(CORPUS))
    try:
        import make
    finally:
        sys.path.remove(str(CORPUS))
    return make


def test_generated_sources_are_what_the_script_makes(maker: ModuleType, tmp_path: Path) -> None:
    made = maker.build()
    assert set(made) == {s for s in SOURCES if s.endswith((".docx", ".pdf"))}
    for source, data in made.items():
        path = tmp_path / Path(source).name
        path.write_bytes(data)
        reader = docx_text if path.suffix == ".docx" else pdf_text
        assert reader(path) == text_of(source)
    assert made == maker.build()


def test_generated_sources_carry_their_date() -> None:
    for source in SOURCES:
        if source.endswith(".pdf"):
            assert b"/CreationDate (D:20261121" in (CORPUS / source).read_bytes()
        if source.endswith(".docx"):
            assert docx.Document(str(CORPUS / source)).core_properties.created.year == 2026


def test_some_pdf_has_two_pages() -> None:
    assert max(text_of(s).count("\f") for s in SOURCES if s.endswith(".pdf")) >= 1
