"""A few faults of every kind; ``tests.benchmarks.faults`` puts in many more."""

from __future__ import annotations

import pytest

from tests.faults import FAULTS, OPERATIONS, Tally, damage, disturb, environment_is_ours, world


@pytest.mark.parametrize("fault", FAULTS)
def test_no_fault_loses_or_doubles_a_source(fault: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", "")
    environment_is_ours()
    tally = Tally()
    with world(7) as one:
        for operation in OPERATIONS:
            disturb(one, operation, fault, tally)
    assert tally.problems == []


def test_a_damaged_library_gives_right_texts_or_says_that_it_is_damaged() -> None:
    tally = Tally()
    with world(7) as one:
        for _ in range(25):
            damage(one, tally)
    assert tally.problems == []
