"""The report page and tables: self-contained, exact, and right about the run."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from xml.etree import ElementTree

import ir_measures
import pytest
from ir_measures import R, nDCG
from rich.console import Console

from rag.evaluate.gold import GoldAnswer
from rag.evaluate.measure import summarise
from rag.evaluate.metrics import METRICS
from rag.evaluate.records import QuoteRecord
from rag.evaluate.report.figures import thinned
from rag.evaluate.report.html import page
from rag.evaluate.report.summary import summary, verdict
from rag.evaluate.report.table import markdown, terminal
from rag.evaluate.report.trec import qrels_lines, run_lines
from rag.types import Span
from tests.unit.evaluation_runs import made_run

HOSTILE = "</blockquote><script>alert(1)</script> ${x} {{y}} `z` \u202e & \r\n end"


class Page(HTMLParser):
    """Collects tags, attributes and the text of block quotes, as a browser would read them."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str | None]] = []
        self.quotes: list[str] = []
        self._open = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes.extend(attrs)
        if tag == "blockquote":
            self._open = True
            self.quotes.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote":
            self._open = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.quotes[-1] += data


def test_the_page_asks_for_nothing_and_runs_nothing() -> None:
    html = page(summary(made_run(120), resamples=50))
    parsed = Page(html)
    assert not parsed.tags & {"script", "link", "img", "iframe", "object", "base", "form"}
    assert not [name for name, _ in parsed.attributes if name.startswith("on") or name == "src"]
    # Drawings refer to their own parts; nothing refers to anything outside the page.
    assert all(value and value[0] == "#" for name, value in parsed.attributes if name == "href")
    assert not re.search(r"url\((?!#)", html)
    assert "@import" not in html
    assert "default-src 'none'" in html
    assert "prefers-color-scheme: dark" in html


def test_quotes_on_the_page_are_exact_and_harmless() -> None:
    run = made_run(40)
    place = Span(0, len(HOSTILE))
    quote = QuoteRecord("a<b>.txt", place, HOSTILE, 0.99, highlight=Span(2, 9))
    gold = (GoldAnswer("b.txt", Span(0, 4), "gold"),)
    row = replace(
        run.rows[0], kind="answer", quotes=(quote,), best=quote, gold=gold, score=1.0, relevant={}
    )
    held = summary(replace(run, rows=(row, *run.rows[1:])), resamples=20)
    parsed = Page(page(held))
    assert HOSTILE in parsed.quotes
    assert "script" not in parsed.tags


def test_the_plots_are_well_formed_and_inside_their_frame() -> None:
    html = page(summary(made_run(200), resamples=50))
    drawings = re.findall(r"<svg viewBox.*?</svg>", html, flags=re.DOTALL)
    assert len(drawings) == 3
    for drawing in drawings:
        root = ElementTree.fromstring(drawing)
        left, top, width, height = map(float, root.attrib["viewBox"].split())
        curves = [g for g in root.iter("g") if g.attrib.get("id", "").startswith("line2d")]
        points = [
            (float(x), float(y))
            for curve in curves
            for path in curve.iter("path")
            for x, y in re.findall(r"[ML] (-?[\d.]+) (-?[\d.]+)", path.attrib.get("d", ""))
            if path.attrib.get("id") is None
        ]
        assert points
        assert all(left <= x <= left + width and top <= y <= top + height for x, y in points)
        # Every colour is the page's, so that the drawing follows light and dark.
        assert not re.search(r"(?:stroke|fill): #(?!00000)", drawing)
    assert list(thinned([float(n) for n in range(5000)]))[-1] == 4999.0


def test_the_page_tells_what_matters() -> None:
    run = made_run(90, limit=90, gold_questions=400)
    failed = replace(
        run.rows[1], kind="failure", reason="RuntimeError: gone", quotes=(), best=None, score=None
    )
    run = replace(run, rows=(run.rows[0], failed, *run.rows[2:]))
    html = page(summary(run, resamples=30))
    assert "Partial run: 90 of 400 questions" in html
    assert "Failures: 1" in html
    assert "RuntimeError: gone" in html
    assert "equal their sources to the character" in html
    wrong = tuple(replace(r, verbatim=False) if r.verbatim else r for r in run.rows)
    assert "differ from their sources" in page(summary(replace(run, rows=wrong), resamples=30))


def test_worst_questions_lead_with_failures_then_with_the_surest_mistakes() -> None:
    run = made_run(150)
    failed = replace(run.rows[7], kind="failure", quotes=(), best=None, score=None)
    held = summary(replace(run, rows=(*run.rows[:7], failed, *run.rows[8:])), resamples=20)
    assert len(held.worst) == 10
    assert held.worst[0].id == failed.id
    rest = held.worst[1:]
    assert all(verdict(row) in ("wrong quote", "should abstain") for row in rest)
    assert [r.score for r in rest] == sorted((r.score for r in rest), reverse=True)


def test_every_metric_that_is_computed_is_explained_and_printed() -> None:
    run = made_run(80)
    measured = summarise(run.rows, seed=1, resamples=20)
    assert set(measured) == set(METRICS) - {"unsure_hit"}  # no candidates in the made run
    text = markdown(summary(run, resamples=20))
    for name in measured:
        assert f"| {name} | " in text


def test_the_terminal_table_fits_eighty_columns() -> None:
    console = Console(width=80, record=True, file=open("/dev/null", "w"))  # noqa: PTH123, SIM115
    try:
        console.print(terminal(summary(made_run(60), resamples=20)))
        lines = console.export_text().splitlines()
    finally:
        console.file.close()
    assert max(map(len, lines)) <= 80
    assert any(line.split()[:2] == ["R@1", "0.7"] or "R@1" in line for line in lines)
    assert any("first_quote_hit" in line and "…" not in line for line in lines)


def test_trec_files_score_the_same_elsewhere() -> None:
    run = made_run(200)
    qrels = list(ir_measures.read_trec_qrels("\n".join(qrels_lines(run))))
    ranked = list(ir_measures.read_trec_run("\n".join(run_lines(run))))
    theirs = ir_measures.calc_aggregate([R @ 5, nDCG @ 10], qrels, ranked)
    ours = summarise(run.rows, seed=1, resamples=10)
    assert theirs[R @ 5] == pytest.approx(ours["R@5"].value)
    assert theirs[nDCG @ 10] == pytest.approx(ours["nDCG@10"].value)


def test_trec_names_lost_places() -> None:
    run = made_run(4)
    lost = replace(run.rows[1], relevant={-1: 1})
    lines = list(qrels_lines(replace(run, rows=(lost,))))
    place = lost.gold[0]
    assert lines == [f"q0001 0 lost:{place.source}:{place.span.start}-{place.span.end} 1"]


def test_an_empty_corner_of_a_run_still_makes_a_page() -> None:
    run = made_run(9)
    unanswerable = tuple(r for r in run.rows if not r.gold)
    assert "No question of this set" in page(summary(replace(run, rows=unanswerable), resamples=10))
