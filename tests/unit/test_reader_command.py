"""``rag read``: a line out for each line in, in order; offsets of the passage; errors by line."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.commands.read import BLOCK, inner_sentences, parse_line, read_lines
from rag.errors import UsageError
from rag.protocols import Reading
from rag.segment import segmenter
from rag.types import Span


class FirstWord:
    """Answers with the first word; as sure as the passage is long (in tenths of a character)."""

    name, threshold, calibrated, confidence = "first-word", 0.5, False, None

    def __init__(self):
        self.calls = []

    def read(self, question, passages, /):
        self.calls.append((question, len(passages)))
        readings = []
        for passage in passages:
            sure = min(1.0, len(passage.text) / 10)
            span = Span(0, len(passage.text.split()[0])) if passage.text.split() else None
            readings.append(Reading(sure, sure, span, tuple(sure for _ in passage.sentences)))
        return readings


def lines_of(entries, always=False, threshold=0.5, reader=None):
    texts = [json.dumps(entry) for entry in entries]
    reader = reader or FirstWord()
    return [
        json.loads(line)
        for line in read_lines(texts, reader, segmenter(), threshold, always=always)
    ]


def entry(question, passage):
    return {"question": question, "passage": passage}


def test_answers_below_the_threshold_are_null_unless_always():
    short, long = entry("Who?", "Ann."), entry("Who?", "Bertram left.")
    shy = lines_of([short, long])
    assert shy[0]["answer"] is None
    assert shy[1]["answer"] == {"start": 0, "end": 7, "text": "Bertram"}
    assert [line["relevance"] for line in shy] == [0.4, 1.0]
    assert lines_of([short], always=True)[0]["answer"]["text"] == "Ann."
    assert lines_of([short], threshold=0.3)[0]["answer"]["text"] == "Ann."
    assert lines_of([entry("Who?", "")], always=True)[0] == {
        "relevance": 0.0,
        "answer": None,
        "sentences": [],
        "threshold": 0.5,
    }


def test_sentences_carry_their_place_in_the_passage():
    text = "  One went. Two came!\n\nThree? "
    (line,) = lines_of([entry("Who?", text)])
    parts = [text[s["start"] : s["end"]] for s in line["sentences"]]
    assert parts == ["One went.", "Two came!", "Three?"]
    assert all(s["probability"] == 1.0 for s in line["sentences"])


def test_order_is_kept_and_neighbours_of_one_question_are_read_together():
    entries = [entry(f"Q{n // 3}?", f"{'x' * (n + 1)} y.") for n in range(BLOCK + 9)]
    reader = FirstWord()
    found = lines_of(entries, always=True, reader=reader)
    assert [line["answer"]["text"] for line in found] == [e["passage"].split()[0] for e in entries]
    assert reader.calls[0] == ("Q0?", 3)
    assert len(reader.calls) < len(entries) / 2


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 7: not JSON"),
        ("[]", 'line 7: needs a string "question"'),
        ('{"question": "Who?"}', 'line 7: needs a string "passage"'),
        ('{"question": 1, "passage": ""}', 'line 7: needs a string "question"'),
        ('{"question": " ", "passage": "x"}', "line 7: the question is empty"),
    ],
)
def test_a_bad_line_is_named(line, message):
    with pytest.raises(UsageError, match=message):
        parse_line(7, line)


@settings(max_examples=40, deadline=None)
@given(st.text(max_size=80))
def test_inner_sentences_hold_all_that_is_not_white_space(text):
    spans = inner_sentences(text, segmenter())
    kept = "".join(text[s.start : s.end] for s in spans)
    assert "".join(kept.split()) == "".join(text.split())
    assert all(text[s.start : s.end].strip() == text[s.start : s.end] for s in spans)
    assert all(a.end <= b.start for a, b in pairwise(spans))
