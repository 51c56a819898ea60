"""Raised and lowered runs: what they become in the text."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.extract.raised import NARROW, subscript, superscript


@pytest.mark.parametrize(
    ("before", "run", "expected"),
    [
        ("10", "6", "10⁶"),
        ("1911", "12", "1911¹²"),
        ("10", "-3", "10⁻³"),
        ("1911", "12,13", "1911¹²,¹³"),
        ("x", "n+1", "xⁿ⁺¹"),
        ("the 1", "st", "the 1st"),
        ("the 21", "ST", "the 21ST"),
        ("au XIX", "e", "au XIXe"),
        ("3", "o", "3º"),
        ("Acme", "TM", "Acme™"),
        ("Oslo", "a", "Osloᵃ"),
        ("Oslo", "*", "Oslo*"),
        ("2", "Q", f"2{NARROW}Q"),
        ("word", "note", f"word{NARROW}note"),
        ("word ", "note", "word note"),
        ("5", "²", "5²"),
    ],
)
def test_superscript(before: str, run: str, expected: str) -> None:
    assert before + superscript(run, before) == expected


@pytest.mark.parametrize(
    ("before", "run", "after", "expected"),
    [
        ("H", "2", "O", "H₂O"),
        ("x", "ij", "", "xᵢⱼ"),
        ("V", "B", "1", f"V{NARROW}B{NARROW}1"),
    ],
)
def test_subscript(before: str, run: str, after: str, expected: str) -> None:
    assert before + subscript(run, before, after) + after == expected


@given(st.from_regex(r"\d{1,4}", fullmatch=True), st.text(min_size=1, max_size=6))
def test_a_run_never_lengthens_a_number(number: str, run: str) -> None:
    for written in (superscript(run, number), subscript(run, number)):
        found = re.match(r"\d+", number + written)
        assert found is not None
        assert found.group() == number
