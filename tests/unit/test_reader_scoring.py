"""Spans, sentence features and whole words: values against brute force and hand-made cases."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.protocols import PassageText
from rag.reader.encoding import (
    BERT,
    MAX_HEADING,
    OVERLAP,
    ROW_LENGTH,
    Row,
    Tokens,
    pad_rows,
    rows_of,
    sentence_of_tokens,
)
from rag.reader.scoring import (
    Combination,
    RowLogits,
    answer_span,
    best_span,
    reading_of,
    sentence_features,
    whole_words,
)
from rag.types import Span

logit = st.floats(-20, 20, width=32)


def brute_span(start, end, longest, sentence=None):
    found = [
        (float(start[i] + end[j]), -(j - i), -i)
        for i in range(len(start))
        for j in range(i, min(len(start), i + longest))
        if sentence is None or sentence[i] == sentence[j]
    ]
    return max(found)[0]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(logit, logit, st.integers(0, 3)), min_size=1, max_size=12), st.integers(1, 6)
)
def test_best_span_equals_brute_force(rows, longest):
    start = np.asarray([r[0] for r in rows], dtype=np.float32)
    end = np.asarray([r[1] for r in rows], dtype=np.float32)
    sentence = np.sort(np.asarray([r[2] for r in rows]))
    for owner in (None, sentence):
        first, last, score = best_span(start, end, longest, owner)
        assert 0 <= first <= last < len(rows)
        assert last - first < longest
        assert owner is None or owner[first] == owner[last]
        assert score == float(start[first] + end[last])
        assert math.isclose(score, brute_span(start, end, longest, owner), abs_tol=1e-5)


def tokens_of(count, width=3):
    starts = np.arange(count) * width
    return Tokens(np.arange(count) + 1000, starts, starts + width - 1)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1500), st.integers(1, 192), st.integers(0, 60))
def test_rows_cover_every_token_and_fit_the_window(count, asked, heading):
    question = tokens_of(asked)
    rows = rows_of(question, tokens_of(count), (), tokens_of(heading).ids)
    assert rows[0].first == 0
    assert rows[-1].last == count
    assert all(row.length <= ROW_LENGTH for row in rows)
    kept = min(heading, MAX_HEADING)
    wanted = list(range(1000 + heading - kept, 1000 + heading))
    assert all(row.heading.tolist() == wanted for row in rows)
    padded = pad_rows(rows)
    for index, row in enumerate(rows):
        whole = padded.tokens[index].tolist()
        inside = row.passage.ids[row.first : row.last].tolist()
        assert whole[row.offset : row.offset + len(inside)] == inside
        assert padded.passage[index].sum() == len(inside)
        assert whole[1 + asked] == whole[row.offset + len(inside)] == BERT.sep
    for left, right in pairwise(rows):
        assert right.first <= left.last - min(OVERLAP, left.last - left.first - 1)
        assert right.first > left.first


def test_a_token_belongs_to_the_sentence_it_starts_in():
    passage = tokens_of(6)  # starts 0 3 6 9 12 15
    found = sentence_of_tokens(passage, [Span(0, 5), Span(9, 14)])
    assert found.tolist() == [0, 0, -1, 1, 1, -1]


def logits_of(row, seed=0):
    rng = np.random.default_rng(seed)
    count = row.last - row.first
    start, end, evidence = rng.normal(size=(3, count)).astype(np.float32)
    return RowLogits(row, start, end, evidence, float(rng.normal()))


def test_sentence_features_are_the_means_shares_and_maxima():
    passage = tokens_of(4)
    sentences = (Span(0, 6), Span(6, 12))
    row = rows_of(tokens_of(2), passage, sentences)[0]
    start = np.log(np.asarray([0.7, 0.1, 0.1, 0.1], dtype=np.float32))
    end = np.log(np.asarray([0.1, 0.5, 0.3, 0.1], dtype=np.float32))
    evidence = np.asarray([1.0, 3.0, -2.0, 0.0], dtype=np.float32)
    features = sentence_features([RowLogits(row, start, end, evidence, 0.25)], 2)
    assert features[:, 0].tolist() == [2.0, -1.0]
    assert np.allclose(np.exp(features[:, 1]), [(0.8 + 0.6) / 2, (0.2 + 0.4) / 2], atol=1e-6)
    assert features[:, 2].tolist() == [0.25, 0.25]
    assert np.allclose(features[:, 3], math.log(0.7) + math.log(0.5))


def test_a_sentence_split_between_rows_takes_the_row_that_holds_more_of_it():
    passage = tokens_of(10)
    sentences = (Span(0, 30),)
    question = tokens_of(2)
    parts = []
    for first, last, evidence in ((0, 3, 5.0), (1, 10, -1.0)):
        owner = sentence_of_tokens(passage, sentences)[first:last]
        row = Row(question.ids, passage, first, last, owner, 1)
        zeros = np.zeros(last - first, dtype=np.float32)
        parts.append(RowLogits(row, zeros, zeros, zeros + evidence, 0.0))
    for order in (parts, parts[::-1]):
        assert sentence_features(order, 1)[0, 0] == -1.0


def test_the_score_is_the_best_sentence_and_probabilities_keep_the_order():
    passage = tokens_of(8)
    sentences = (Span(0, 9), Span(9, 18), Span(18, 24))
    text = PassageText("ab " * 8, sentences)
    row = logits_of(rows_of(tokens_of(2), passage, sentences)[0])
    combination = Combination((1.0, 0.5, 0.3, 0.1), -0.2, slope=0.8, offset=-0.5)
    reading = reading_of(text, [row], combination)
    scores = sentence_features([row], 3) @ [1.0, 0.5, 0.3, 0.1] - 0.2
    assert math.isclose(reading.score, scores.max(), rel_tol=1e-9)
    assert reading.probability == max(reading.sentences)
    assert math.isclose(reading.probability, 1 / (1 + math.exp(-(0.8 * scores.max() - 0.5))))
    assert np.argsort(reading.sentences).tolist() == np.argsort(scores).tolist()


def test_tokens_the_vocabulary_does_not_know_lower_the_score():
    known, unknown = tokens_of(8), tokens_of(8)
    unknown.ids[:6] = 100
    text = PassageText("ab " * 8, (Span(0, 24),))
    readings = []
    for passage in (known, unknown):
        row = rows_of(tokens_of(2), passage, text.sentences)[0]
        readings.append(reading_of(text, [logits_of(row, seed=3)], Combination()))
    assert readings[1].score == pytest.approx(readings[0].score - 12 * 6 / 8)


@pytest.mark.parametrize(
    ("text", "span", "expected"),
    [
        ("in 1990s music", (3, 7), "1990s"),
        ("the café bar", (4, 7), "café"),
        ("e\u0301t\u0301e\u0301 fini", (0, 1), "e\u0301t\u0301e\u0301"),
        ("cost $5.20 now", (6, 7), "5"),
        ("well-known fact", (0, 4), "well"),
        ("東京都庁です", (0, 2), "東京"),
    ],
)
def test_answers_are_widened_to_whole_words(text, span, expected):
    found = whole_words(text, Span(*span))
    assert text[found.start : found.end] == expected


@settings(max_examples=60, deadline=None)
@given(st.text(min_size=1, max_size=30), st.data())
def test_widening_holds_the_span_stays_inside_and_is_idempotent(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    found = whole_words(text, Span(start, end))
    assert found.contains(Span(start, end))
    assert found.end <= len(text)
    assert whole_words(text, found) == found


def test_the_answer_comes_from_the_row_with_the_best_span():
    passage = tokens_of(6, width=3)
    text = PassageText("ab ab ab ab ab ab ", (Span(0, 18),))
    question = tokens_of(1)
    parts = []
    for first, last, peak in ((0, 4, 1.0), (2, 6, 9.0)):
        owner = sentence_of_tokens(passage, text.sentences)[first:last]
        start = np.zeros(last - first, dtype=np.float32)
        start[-1] = peak
        row = Row(question.ids, passage, first, last, owner, 1)
        parts.append(RowLogits(row, start, start.copy(), start.copy(), 0.0))
    assert answer_span(text, parts) == Span(15, 17)
