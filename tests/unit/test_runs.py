"""Runs over a real small library with a hashed embedder: records, resuming, failures, caches."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from rag.embed import HashEmbedder
from rag.errors import GoldError, RagError
from rag.evaluate.catalogue import Catalogue
from rag.evaluate.formats import read_gold
from rag.evaluate.gold import GoldAnswer, GoldRow, GoldSet, lookup_of
from rag.evaluate.measure import measure, per_question, sample_of, statistics, summarise
from rag.evaluate.metrics.quotes import best_hits
from rag.evaluate.reading_cache import RecordingReader
from rag.evaluate.records import QuestionRecord, Run, read_run, write_run
from rag.evaluate.run import Interrupted, evaluate
from rag.evaluate.throwaway import throwaway_library
from rag.library import Library
from rag.progress import Progress
from rag.protocols import PassageText, Reading
from rag.types import Span
from tests.unit.evaluation_runs import made_run

TEXTS = {
    "ship.txt": "The Carpathia reached the boats at dawn.\n\nHer master was Arthur Rostron.\n\n"
    "Rockets were fired through the night by the stewards.\n",
    "court.txt": "The court was founded by a treaty in Rome.\n\nIt sits in The Hague.\n",
}


class KeywordReader:
    """Answers with the sentence that shares most words with the question. ``fail``: a word that
    breaks it. Counts its calls.
    """

    name = "keywords"
    threshold = 0.5
    calibrated = True
    confidence = None

    def __init__(self, fail: str = "") -> None:
        self.fail, self.calls = fail, 0

    def read(self, question: str, passages: Sequence[PassageText], /) -> Sequence[Reading]:
        self.calls += 1
        if self.fail and self.fail in question:
            raise RuntimeError("out of order")
        wanted = {w.strip("?.").lower() for w in question.split()}
        readings = []
        for passage in passages:
            scores = tuple(
                len(wanted & {w.strip(".").lower() for w in passage.text[s.start : s.end].split()})
                / len(wanted)
                for s in passage.sentences
            )
            best = max(scores, default=0.0)
            readings.append(Reading(best, best, None, scores))
        return readings


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    folder = tmp_path / "sources"
    folder.mkdir()
    for name, text in TEXTS.items():
        (folder / name).write_text(text)
    with Library.build(
        folder, at=tmp_path / "library", embedder=HashEmbedder(), reader=KeywordReader()
    ) as built:
        yield built


def gold_row(id: str, question: str, source: str = "", text: str = "", **more: object) -> GoldRow:
    if not source:
        return GoldRow(id, question, **more)  # type: ignore[arg-type]
    start = TEXTS[source].index(text)
    answer = GoldAnswer(source, Span(start, start + len(text)), text)
    return GoldRow(id, question, (answer,), **more)  # type: ignore[arg-type]


ROWS = (
    gold_row("q1", "Who was the master Arthur", "ship.txt", "Arthur Rostron", tags=("people",)),
    gold_row("q2", "The court was founded by a treaty", "court.txt", "Rome"),
    gold_row("q3", "Which colour had the funnels of yesterday"),
    gold_row("q4", "Rockets fired through the night", "ship.txt", "stewards"),
)
GOLD = GoldSet("small", ROWS)


def test_a_run_by_hand(library: Library) -> None:
    run = evaluate(GOLD, library)
    by_id = {row.id: row for row in run.rows}
    assert [row.id for row in run.rows] == ["q1", "q2", "q3", "q4"]
    assert by_id["q3"].kind == "abstention"
    assert by_id["q3"].outcome == "unsure"
    assert by_id["q3"].verbatim
    first = by_id["q2"]
    assert first.kind == "answer"
    assert first.quotes[0].text == "The court was founded by a treaty in Rome."
    assert first.quotes[0].sentences == 1
    assert first.verbatim is True
    assert first.score == pytest.approx(1.0)
    values = per_question(first)
    assert values["first_quote_hit"] == values["best_quote_hit"] == 1.0
    assert values["quote_words"] == 9.0
    assert values["quote_precision_words"] == pytest.approx(1 / 9)
    assert values["over_quoting"] == pytest.approx(42 / 4)
    assert values["Success@5"] == values["R@5"] == 1.0
    held = summarise(run.rows, seed=1, resamples=50)
    assert held["first_quote_hit"].count == 3
    assert held["abstention_recall"].value == 1.0
    assert held["verbatim"].value == 1.0
    assert run.header.sources == 2
    assert run.header.partial is False


def test_baselines_stand_beside_every_question(library: Library) -> None:
    row = evaluate(GOLD, library).rows[1]
    assert set(row.baselines) == {
        *("random passage", "first sentence", "BM25 alone", "dense alone", "oracle passage")
    }
    assert row.baselines["oracle passage"]["first_quote_hit"] == 1.0
    assert row.baselines["oracle passage"]["R@1"] == 1.0
    assert row.baselines["BM25 alone"]["R@1"] == 1.0
    again = evaluate(GOLD, library).rows[1]
    assert again.baselines == row.baselines
    other = [evaluate(GOLD, library, seed=s).rows[1].baselines["random passage"] for s in range(6)]
    assert len({values["score"] for values in other}) == 6


def test_a_failure_scores_0_and_is_no_abstention(library: Library) -> None:
    broken = Library(
        library.store,
        library.path,
        embedder=library.embedder,
        reader=KeywordReader(fail="funnels"),
    )
    run = evaluate(GOLD, broken)
    failed = run.rows[2]
    assert (failed.kind, failed.reason) == ("failure", "RuntimeError: out of order")
    values = per_question(failed)
    assert values["NoAns_exact"] == 0.0
    assert values["quote_f1_words"] == 0.0
    assert not best_hits(failed)
    found = statistics(sample_of(run.rows))
    assert found["abstention_recall"] == 0.0
    fine = evaluate(GOLD, library)
    assert measure(run.rows).values["f1"].size == measure(fine.rows).values["f1"].size == 4


def test_when_everything_fails_the_run_stops(library: Library) -> None:
    broken = Library(
        library.store, library.path, embedder=library.embedder, reader=KeywordReader(fail=" ")
    )
    with pytest.raises(RagError, match="the first 4 questions all failed: RuntimeError"):
        evaluate(GOLD, broken)


def test_an_interrupted_run_goes_on_where_it_stopped(library: Library, tmp_path: Path) -> None:
    output = tmp_path / "run.json"

    def stop(event: Progress) -> None:
        if event.stage == "asking" and event.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(
        Interrupted, match=r"interrupted after 2 of 4; 2 are kept in run\.json\.part"
    ):
        evaluate(GOLD, library, output, progress=stop)
    assert not output.exists()
    with pytest.raises(GoldError, match="it was interrupted: run the same"):
        read_run(output)
    with pytest.raises(GoldError, match="unfinished"):
        read_run(tmp_path / "run.json.part")
    part = tmp_path / "run.json.part"
    part.write_bytes(part.read_bytes() + b'{"id": "q3", "que')  # torn by a kill
    seen: list[int] = []
    resumed = evaluate(GOLD, library, output, progress=lambda event: seen.append(event.done))
    assert seen == [3, 4]
    assert not part.exists()
    whole = evaluate(GOLD, library)
    assert untimed(resumed) == untimed(whole)
    assert untimed(read_run(output)) == untimed(whole)


def untimed(run: Run) -> list[QuestionRecord]:
    return [replace(row, ms=None) for row in run.rows]


def test_another_run_is_not_resumed(library: Library, tmp_path: Path) -> None:
    output = tmp_path / "run.json"

    def stop(event: Progress) -> None:
        raise KeyboardInterrupt

    with pytest.raises(Interrupted):
        evaluate(GOLD, library, output, progress=stop)
    with pytest.raises(GoldError, match="an interrupted run with another threshold"):
        evaluate(GOLD, library, output, threshold=0.9)
    with pytest.raises(GoldError, match="another gold_digest, gold_questions"):
        evaluate(GoldSet("small", ROWS[:3]), library, output)
    assert evaluate(GOLD, library, output, threshold=0.9, restart=True).header.threshold == 0.9


def test_a_limit_makes_a_partial_run(library: Library) -> None:
    run = evaluate(GOLD, library, limit=2)
    assert run.header.partial
    assert run.header.limit == 2
    assert len(run.rows) == 2
    assert {row.id for row in run.rows} == {row.id for row in GOLD.first(2)}
    assert not evaluate(GOLD, library, limit=4).header.partial


def test_a_lost_source_lowers_recall(library: Library) -> None:
    lost = GoldAnswer("gone.txt", Span(3, 9), "absent")
    row = replace(ROWS[1], answers=(*ROWS[1].answers, lost))
    (record,) = evaluate(GoldSet("small", (row,)), library).rows
    assert per_question(record)["R@20"] == 0.5
    assert per_question(record)["quote_recall_words"] == 0.5
    only = replace(ROWS[1], answers=(lost,))
    (record,) = evaluate(GoldSet("small", (only,)), library).rows
    assert per_question(record)["R@20"] == 0.0
    assert per_question(record)["first_quote_hit"] == 0.0


def test_readings_are_cached_by_what_was_read(library: Library, tmp_path: Path) -> None:
    cache = tmp_path / "readings.db"
    reader = library.reader
    assert isinstance(reader, KeywordReader)
    cold = evaluate(GOLD, library, cache=cache)
    assert all(row.ms is not None for row in cold.rows)
    calls = reader.calls
    warm = evaluate(GOLD, library, cache=cache)
    assert reader.calls == calls
    assert untimed(warm) == untimed(cold)
    assert all(row.ms is None for row in warm.rows)


def test_a_recording_reader_changes_nothing_and_knows_the_best() -> None:
    inner = KeywordReader()
    watched = RecordingReader(inner)
    passages = [PassageText("The Hague.", (Span(0, 10),)), PassageText("Rome.", (Span(0, 5),))]
    assert watched.read("the hague", passages) == tuple(inner.read("the hague", passages))
    assert watched.score == 1.0
    again = watched.read("the hague", passages)
    assert inner.calls == 2
    assert again == tuple(inner.read("the hague", passages))
    watched.forget()
    assert watched.score is None


def test_the_catalogue_finds_the_passages_of_a_span(library: Library) -> None:
    catalogue = Catalogue(library, "passage")
    for id in catalogue.sources:
        text = library.source(id).text
        for start in range(0, len(text) - 1, 7):
            span = Span(start, min(len(text), start + 20))
            want = [
                n
                for n, (source, a, b) in enumerate(catalogue.passages)
                if catalogue.sources[source] == id and Span(a, b).overlaps(span)
            ]
            assert list(catalogue.overlapping(id, span)) == want
    for hit in library.search("treaty", k=4):
        source, span = catalogue.place(catalogue.number(hit))
        assert (source, span) == (hit.passage.source.id, hit.passage.span)


def test_a_set_with_its_own_texts_builds_its_library_once(tmp_path: Path) -> None:
    context = "The Hague is a city.\r\nThe court sits there. 🏛 It opened in 2002."
    qa = {
        "id": "a",
        "question": "When did it open?",
        "answers": [{"text": "2002", "answer_start": context.index("2002")}],
    }
    articles = [{"title": "Hague", "paragraphs": [{"context": context, "qas": [qa]}]}]
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"data": articles}))
    gold = read_gold(path)
    with_home = {"at": tmp_path / "home", "embedder": HashEmbedder()}
    built, seconds = throwaway_library(gold, **with_home)  # type: ignore[arg-type]
    assert seconds is not None
    assert lookup_of(built)("Hague.txt") == context
    built.close()
    again, seconds = throwaway_library(gold, **with_home)  # type: ignore[arg-type]
    assert seconds is None
    again.close()
    (tmp_path / "home" / "documents" / "mine.txt").write_text("keep me")
    with pytest.raises(RagError, match="holds other files"):
        throwaway_library(gold, **with_home)  # type: ignore[arg-type]


def test_runs_come_back_as_they_were_written(tmp_path: Path) -> None:
    run = made_run(60, command="rag eval inquiry.jsonl", machine=(("cores", "2"),))
    write_run(tmp_path / "run.json", run)
    assert read_run(tmp_path / "run.json") == run


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "cannot be read as a run"),
        ("[]", "cannot be read as a run"),
        ('{"format": "other"}', "not a run; `rag eval"),
        ('{"format": "rag-run", "version": 99}', "format 99, this reads 1"),
        ('{"format": "rag-run", "version": 1, "header": {}}', "cannot be read as a run"),
    ],
)
def test_files_that_are_no_run(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "run.json"
    path.write_text(content)
    with pytest.raises(GoldError, match=message):
        read_run(path)
