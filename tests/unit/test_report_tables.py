"""Tables are what the results on file say, and docs/results.md shows them as they are."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from rag.evaluate.gold import GoldRow, GoldSet
from tests.benchmarks.answers import calibrated_articles, results_of, without
from tests.benchmarks.results import Result, latest, read, slug, write
from tests.benchmarks.tables import (
    NAMES,
    PAGE,
    README,
    available,
    completed,
    filled,
    names_in,
    rendered,
)
from tests.unit.evaluation_runs import made_run

BASE = Result(
    set="squad-dev",
    method="fused",
    commit="abc1234",
    versions={"numpy": "2.4"},
    machine={"cores": "2"},
    command="python -m tests.benchmarks retrieval squad-dev",
    seed=0,
    metrics={"R@1": 0.7961, "R@10": 0.9762},
    questions=10_570,
    started="2026-11-21T10:00:00+00:00",
)


def test_the_page_agrees_with_the_results_on_file() -> None:
    for page in (PAGE, README):
        text = page.read_text(encoding="utf-8")
        assert filled(text, read()) == text, "run: python -m tests.benchmarks tables"
        assert set(names_in(text)) <= set(NAMES)


def test_every_kind_of_result_on_file_is_shown_on_the_page() -> None:
    shown = set(names_in(PAGE.read_text(encoding="utf-8")))
    assert set(available(read())) == shown


def test_results_come_back_as_filed(tmp_path: Path) -> None:
    result = replace(BASE, intervals={"R@1": (0.78, 0.81)}, extra={"documents": 2067})
    path = write(result, tmp_path)
    assert path.name == "squad-dev-fused-abc1234.json"
    assert read(tmp_path) == (result,)
    assert slug("BM25 alone") == "bm25-alone"
    path.write_text(json.dumps({"set": "x", "metrics": {}}))
    with pytest.raises(ValueError, match=r"squad-dev-fused-abc1234\.json lacks method"):
        read(tmp_path)


def test_the_latest_result_counts() -> None:
    later = replace(BASE, commit="def", started="2026-11-22T10:00:00+00:00")
    other = replace(BASE, method="dense")
    assert latest((later, BASE, other)) == (later, other)


def test_a_table_by_hand() -> None:
    rows = (
        replace(BASE, method="words", metrics={"R@1": 0.771, "R@10": 1.0}),
        replace(BASE, set="xquad", questions=1190, metrics={"R@1": 0.95, "nDCG@10": 0.97}),
        BASE,
        replace(BASE, set="qed", metrics={"R@1": 0.5, "first_quote_hit": 0.4}),
        replace(BASE, set="squad-train-1000"),
    )
    assert rendered("retrieval", rows) == (
        "| set | questions | method | R@1 | R@10 | nDCG@10 |\n"
        "|---|---:|---|---:|---:|---:|\n"
        "| SQuAD 1.1 dev | 10,570 | fused | .796 | .976 | – |\n"
        "|  |  | words | .771 | 1 | – |\n"
        "| XQuAD en | 1,190 | fused | .950 | – | .970 |\n"
    )
    text = "before\n<!-- table:retrieval -->\nold\n<!-- /table -->\nafter\n"
    once = filled(text, rows)
    assert "| fused | .796 |" in once
    assert filled(once, rows) == once
    assert filled(once, rows[:1]) != once  # a figure that changed is seen
    assert names_in(once) == ("retrieval",)


def test_a_section_is_added_for_a_table_the_page_lacks() -> None:
    text = "## Results\n\n<!-- results -->\n<!-- /results -->\n"
    once = filled(completed(text, (BASE,)), (BASE,))
    assert "## Passages found" in once
    assert "| fused | .796 |" in once
    assert filled(completed(once, (BASE,)), (BASE,)) == once


def test_tables_that_cannot_be_made() -> None:
    with pytest.raises(ValueError, match="no table 'nonsense'"):
        rendered("nonsense", (BASE,))
    with pytest.raises(ValueError, match="no committed results for the table 'answers'"):
        rendered("answers", (BASE,))


def test_a_run_files_ours_and_every_baseline() -> None:
    found = {r.method: r for r in results_of("qed", made_run(40, commit="abc1234+"))}
    assert set(found) == {"this library", "random passage", "BM25 alone", "dense alone"}
    assert found["this library"].metrics["verbatim"] == 1.0
    assert found["BM25 alone"].metrics["R@5"] == 1.0
    assert "auroc" in found["BM25 alone"].metrics
    assert found["this library"].file == "qed-this-library-abc1234.json"


def test_articles_that_calibrate_are_not_reported_on(tmp_path: Path) -> None:
    titles = ["D", "A", "C", "B"]
    path = tmp_path / "dev.json"
    path.write_text(json.dumps({"data": [{"title": t, "paragraphs": []} for t in titles]}))
    articles = calibrated_articles(path)
    assert articles == {"A.txt", "C.txt"}
    gold = GoldSet("s", tuple(GoldRow(t, "?", tags=(t,)) for t in titles))
    assert [row.id for row in without(gold, articles).rows] == ["D", "B"]
