"""Comparing two runs: differences, guards, refusals."""

from __future__ import annotations

from dataclasses import replace

import pytest

from rag.errors import GoldError, UsageError
from rag.evaluate.compare import broken, compare, less_is_better, parse_floor
from rag.evaluate.records import Run
from tests.unit.evaluation_runs import made_run


def worse(run: Run, ids: set[str]) -> Run:
    """The same run, but some questions are abstained on."""
    rows = tuple(
        replace(r, kind="abstention", quotes=(), verbatim=None) if r.id in ids else r
        for r in run.rows
    )
    return replace(run, rows=rows)


def right(run: Run) -> list[str]:
    from rag.evaluate.report.summary import verdict

    return [r.id for r in run.rows if r.gold and verdict(r) == "right"]


def test_a_run_equals_itself() -> None:
    run = made_run(90)
    found = compare(run, run, seed=1)
    assert found.changed == ()
    assert all(line.difference.value == 0 for line in found.lines)
    assert found.line("first_quote_hit").difference.p == 1.0
    assert broken(found, [parse_floor("0"), parse_floor("auroc=0")]) == ()


def test_losses_are_counted_and_named() -> None:
    run = made_run(150)
    lost = set(right(run)[:12])
    turned = replace(run, rows=tuple(reversed(worse(run, lost).rows)))
    found = compare(run, turned, seed=1)
    line = found.line("first_quote_hit")
    answerable = sum(bool(r.gold) for r in run.rows)
    assert line.difference.value == pytest.approx(-12 / answerable)
    assert (line.difference.wins, line.difference.losses) == (0, 12)
    assert line.difference.p < 0.01
    assert line.difference.high < 0
    assert {c.id for c in found.changed} == lost
    assert all(c.gain == -1 for c in found.changed)
    back = compare(turned, run, seed=1)
    assert back.line("first_quote_hit").difference.value == pytest.approx(12 / answerable)


def test_the_guard_breaks_only_past_what_is_allowed() -> None:
    run = made_run(150)
    found = compare(run, worse(run, set(right(run)[:10])), seed=1)
    loss = -found.line("first_quote_hit").difference.value
    assert broken(found, [parse_floor(f"{loss + 0.001:.4f}")]) == ()
    (message,) = broken(found, [parse_floor(f"first_quote_hit={loss - 0.001:.4f}")])
    assert message.startswith("first_quote_hit went from")
    assert broken(found, [parse_floor("abstention_recall=0")]) == ()
    with pytest.raises(UsageError, match="no metric 'nonsense'"):
        broken(found, [parse_floor("nonsense=0.1")])


def test_for_lengths_and_times_less_is_better() -> None:
    run = made_run(60)
    slow = replace(run, rows=tuple(replace(r, ms=(r.ms or 0) * 2) for r in run.rows))
    found = compare(run, slow, seed=1)
    assert len(broken(found, [parse_floor("ms_p50=1")])) == 1
    assert broken(compare(slow, run, seed=1), [parse_floor("ms_p50=1")]) == ()
    assert less_is_better("over_quoting")
    assert not less_is_better("first_quote_hit")


@pytest.mark.parametrize("text", ["", "x", "f1=", "f1=-0.1", "f1=nan", "=inf"])
def test_guards_that_make_no_sense(text: str) -> None:
    with pytest.raises(UsageError, match="--fail-under"):
        parse_floor(text)


def test_runs_over_different_questions_are_refused() -> None:
    run = made_run(30)
    other = replace(run, header=replace(run.header, gold_digest="c" * 64))
    with pytest.raises(GoldError, match="different gold sets"):
        compare(run, other, seed=1)
    part = replace(run, rows=run.rows[:20])
    with pytest.raises(GoldError, match="30 and 20, 20 in common"):
        compare(run, part, seed=1)
