"""The trained reader as a whole, with an untrained head: offsets, errors, digests, batching."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rag.errors import ModelError, UsageError
from rag.protocols import PassageText
from rag.reader.encoding import above
from rag.reader.manifest import MANIFEST, SHIPPED, TOKENIZER, WEIGHTS, read_manifest
from rag.reader.scoring import Combination
from rag.reader.trained import TrainedReader
from rag.types import Span


@pytest.fixture(scope="module")
def folder(untrained_reader):
    return untrained_reader


@pytest.fixture(scope="module")
def reader(folder):
    return TrainedReader(folder, bf16=False)


def passage(*sentences):
    spans, start = [], 0
    for sentence in sentences:
        spans.append(Span(start, start + len(sentence)))
        start += len(sentence) + 1
    return PassageText(" ".join(sentences), tuple(spans))


def test_the_manifest_is_what_the_reader_says_of_itself(reader, folder):
    assert reader.name.startswith("untrained@")
    assert (reader.threshold, reader.calibrated) == (0.4, False)
    stored = read_manifest(folder)
    assert reader.name == stored.name
    assert replace(stored, combination=Combination(bias=0.6)).name != stored.name
    assert replace(stored, weights="0" * 64).name != stored.name


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.text(min_size=1, max_size=40).filter(str.strip),
    st.lists(st.text(min_size=1, max_size=60).filter(lambda t: t.strip() == t and t), max_size=4),
)
def test_whatever_the_text_offsets_lie_inside_and_numbers_are_numbers(reader, question, sentences):
    text = passage(*sentences)
    try:
        (reading,) = reader.read(question, [text])
    except UsageError:
        return  # a question of nothing that the tokenizer keeps (control characters)
    assert math.isfinite(reading.score)
    assert 0 <= reading.probability <= 1
    assert len(reading.sentences) == len(sentences)
    if reading.answer is not None:
        assert reading.answer.end <= len(text.text)


def test_order_and_company_do_not_change_a_reading(reader):
    passages = [
        passage("One sentence here."),
        passage("Two.", "Second one, " * 30),
        passage("Three"),
    ]
    together = reader.read("What is here?", passages)
    backwards = reader.read("What is here?", passages[::-1])[::-1]
    for index, text in enumerate(passages):
        (alone,) = reader.read("What is here?", [text])
        for other in (together[index], backwards[index]):
            assert other.score == pytest.approx(alone.score, abs=1e-3)
            assert other.answer == alone.answer
            assert other.sentences == pytest.approx(alone.sentences, abs=1e-3)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.lists(st.sampled_from(["The mill burnt.", "It was rebuilt.", "Née Ölaf."]), min_size=1))
def test_a_heading_is_read_and_never_quoted(reader, sentences):
    plain = passage(*sentences)
    titled = replace(plain, heading="Harbour Mill > History of the building")
    (one,), (other,) = reader.read("What burnt?", [plain]), reader.read("What burnt?", [titled])
    assert one.score != other.score
    assert len(other.sentences) == len(titled.sentences)
    assert other.answer is not None
    assert any(s.start <= other.answer.start < other.answer.end <= s.end for s in titled.sentences)
    held = replace(plain, heading=sentences[0])  # what stands in the passage is not read twice
    assert reader.read("What burnt?", [held])[0].score == one.score


def test_headings_above_a_text_and_not_in_it():
    assert above("", "Any text.") == ""
    assert above("Mills > Fire", "# Fire\n\nIt burnt.") == "Mills."
    assert above("Mills > Fire", "It burnt.") == "Mills. Fire."


def test_nothing_of_a_long_passage_goes_unread(reader):
    filler = [f"Filler sentence number {i} says nothing of note." for i in range(80)]
    plain = passage(*filler)
    changed = passage(*filler[:-1], "Quartz zebras juggle xylophones.")
    before, after = reader.logits("What juggles?", [plain, changed])
    assert len(after) > 3
    assert after[-1].row.passage.ends[after[-1].row.last - 1] == len(changed.text)
    assert after[0].evidence == pytest.approx(before[0].evidence, abs=1e-4)
    assert after[-1].evidence[-8:] != pytest.approx(before[-1].evidence[-8:], abs=1e-2)


def test_one_sentence_of_5000_words_is_read(reader):
    text = passage("word " * 4999 + "end.")
    (reading,) = reader.read("Where is the end?", [text])
    assert reading.answer is not None
    assert reading.answer.end <= len(text.text)
    assert len(reading.sentences) == 1


@pytest.mark.parametrize("text", ["", "   ", "\x00\x01"])
def test_an_empty_passage_gets_no_answer_and_no_chance(reader, text):
    (reading,) = reader.read("What is it?", [PassageText(text, ())])
    assert reading.answer is None
    assert reading.probability < 1e-6


def test_a_script_the_vocabulary_does_not_know_has_little_chance(reader):
    known, unknown = reader.read(
        "What is it?", [passage("It is a well."), passage("ꦲꦏ꧀ꦱꦫ ꦗꦮ ꦲꦏ꧀ꦱꦫ ꦗꦮ")]
    )
    assert unknown.score < known.score - 5
    assert unknown.probability < reader.threshold


def test_no_passages_no_readings(reader):
    assert reader.read("What is it?", []) == ()


@pytest.mark.parametrize(("question", "message"), [(" ", "empty"), ("why " * 300, "300 tokens")])
def test_a_question_that_cannot_be_read_is_an_error(reader, question, message):
    with pytest.raises(UsageError, match=message):
        reader.read(question, [passage("It is a well.")])


@pytest.fixture
def copy(folder, tmp_path):
    for file in folder.iterdir():
        (tmp_path / file.name).hardlink_to(file)
    return tmp_path


@pytest.mark.parametrize("name", [WEIGHTS, TOKENIZER])
def test_an_altered_file_is_refused_by_name(copy, name):
    data = bytearray((copy / name).read_bytes())
    data[len(data) // 2] ^= 1
    (copy / name).unlink()
    (copy / name).write_bytes(data)
    with pytest.raises(ModelError, match=name):
        TrainedReader(copy)


@pytest.mark.parametrize("name", [WEIGHTS, TOKENIZER, MANIFEST])
def test_a_missing_file_is_named(copy, name):
    (copy / name).unlink()
    with pytest.raises(ModelError, match=name):
        TrainedReader(copy)


@pytest.mark.parametrize("text", ["{", "[]", '{"format": 2}', '{"format": 1, "combination": {}}'])
def test_a_broken_manifest_is_named(copy, text):
    (copy / MANIFEST).unlink()
    (copy / MANIFEST).write_text(text)
    with pytest.raises(ModelError, match=MANIFEST):
        TrainedReader(copy)


def test_the_shipped_reader_is_whole_small_and_reads():
    shipped = TrainedReader()
    assert shipped.calibrated
    assert (SHIPPED / WEIGHTS).stat().st_size < 50_000_000
    text = passage(
        "The mill opened in 1790.",
        "Its wheel was made of oak.",
        "Tomas Brandt owned it until 1831, when it burned down.",
    )
    asked = [("Who owned the mill?", 2, "Tomas Brandt"), ("When did the mill open?", 0, "1790")]
    for question, index, answer in asked:
        (reading,) = shipped.read(question, [text])
        assert reading.sentences.index(max(reading.sentences)) == index
        assert reading.probability >= shipped.threshold
        assert text.text[reading.answer.start : reading.answer.end] == answer
    (off,) = shipped.read("What is the capital of Peru?", [text])
    assert off.probability < shipped.threshold
