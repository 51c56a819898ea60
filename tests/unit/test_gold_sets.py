"""Gold sets: what is read, and that every mistake is named with its line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.errors import GoldError
from rag.evaluate.formats import brings_documents, read_gold
from rag.evaluate.gold import GoldAnswer, GoldRow, add_row, read_rows, to_json, write_gold
from rag.types import Span

BODY = (
    "The ship struck ice at 11.40 p.m. The ship “sank” at 2.20 a.m.\r\nNo one — no one — replied.\n"
)
SOURCES = {"wreck.txt": BODY, "sea/café.md": "Ça va. 🚢 sailed."}


def lookup(id: str) -> str | None:
    return SOURCES.get(id)


def write(path: Path, *rows: object) -> Path:
    lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def row(id: str = "q1", **changes: object) -> dict[str, object]:
    return {"id": id, "question": "When?", "answers": []} | changes


def error(path: Path) -> str:
    with pytest.raises(GoldError) as caught:
        read_rows(path, lookup)
    return str(caught.value)


def test_a_text_that_occurs_once_is_resolved(tmp_path: Path) -> None:
    path = write(
        tmp_path / "g.jsonl",
        row(
            answers=[{"source": "wreck.txt", "text": "11.40 p.m."}], tags=["time"], history=["Why?"]
        ),
        "",
        row("q2"),
    )
    first, second = read_gold(path, lookup).rows
    assert first.answers == (GoldAnswer("wreck.txt", Span(23, 33), "11.40 p.m."),)
    assert (first.tags, first.history, first.answerable) == (("time",), ("Why?",), True)
    assert not second.answerable


def test_every_problem_is_named_with_its_line(tmp_path: Path) -> None:
    answer = {"source": "wreck.txt", "start": 0, "end": 3, "text": "The"}
    path = write(
        tmp_path / "bad.jsonl",
        row("q1", answers=[answer | {"end": 4}]),
        row("q2", answers=[{"source": "wreck.txt", "text": "The ship"}]),
        row("q3", answers=[{"source": "wreck.txt", "text": "the captain"}]),
        row("q3"),
        '{"id": "q5", ',
        row("q6", anwsers=[]),
        row("q7", answers=[answer | {"start": 90, "end": 900}]),
        {"id": "q8", "question": " ", "answers": []},
        {"id": "q9", "question": "No answers key"},
        "[1]",
    )
    message = error(path)
    for part in (
        "bad.jsonl:1: 'wreck.txt' reads 'The ' at [0, 4), not 'The'",
        "bad.jsonl:2: this text occurs 2 times in 'wreck.txt' (first at 0 and 34)",
        "bad.jsonl:3: this text is not in 'wreck.txt': 'the captain'",
        "bad.jsonl:4: the id 'q3' is taken by line 3",
        "bad.jsonl:5: not JSON",
        "bad.jsonl:6: unknown keys anwsers",
        "bad.jsonl:7: [90, 900) is no span of 'wreck.txt'",
        "bad.jsonl:8: 'question' must be a text that is not empty",
        "bad.jsonl:9: 'answers' is missing",
        "bad.jsonl:10: a row must be a JSON object",
    ):
        assert part in message


def test_the_gold_set_of_other_documents_is_told_apart(tmp_path: Path) -> None:
    rows = [
        row(f"q{n}", answers=[{"source": f"other-{n}.md", "start": 0, "end": 2, "text": "ab"}])
        for n in range(30)
    ]
    path = write(tmp_path / "g.jsonl", *rows)
    message = error(path)
    assert "30 sources are not in the library: 'other-0.md' (line 1)" in message
    assert "and 10 more" in message
    assert "other documents" in message
    kept = read_rows(path, lookup, allow_missing=True)
    assert len(kept) == 30
    assert kept[3].answers == (GoldAnswer("other-3.md", Span(0, 2), "ab"),)


def test_a_near_miss_is_shown(tmp_path: Path) -> None:
    near = row("q1", answers=[{"source": "wreck.txt", "text": 'The ship "sank" at'}])
    message = error(write(tmp_path / "g.jsonl", near))
    assert "nearest is [34, 52) 'The ship “sank” at'" in message
    near = row("q1", answers=[{"source": "wreck.txt", "text": "a.m. No one"}])
    message = error(write(tmp_path / "g.jsonl", near))
    assert "[58, 70) 'a.m.\\r\\nNo one'" in message
    near = row("q1", answers=[{"source": "wreck.txt", "text": "The ship stuck ice at 11.30 p.m."}])
    assert "nearest is [" in error(write(tmp_path / "g.jsonl", near))


def test_files_that_are_no_gold_set(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match="no such gold set"):
        read_gold(tmp_path / "absent.jsonl", lookup)
    with pytest.raises(GoldError, match="holds no questions"):
        read_gold(write(tmp_path / "empty.jsonl"), lookup)
    (tmp_path / "latin.jsonl").write_bytes('{"id": "é"}'.encode("latin-1"))
    with pytest.raises(GoldError, match="not UTF-8"):
        read_gold(tmp_path / "latin.jsonl", lookup)
    with pytest.raises(GoldError, match=r"a gold set is a \.jsonl"):
        read_gold(write(tmp_path / "gold.xlsx"), lookup)
    with pytest.raises(GoldError, match="needs the library"):
        read_gold(write(tmp_path / "g.jsonl", row()))
    with pytest.raises(GoldError, match=r"a folder needs corpus\.jsonl"):
        read_gold(tmp_path, lookup)


@settings(max_examples=40)
@given(st.data())
def test_rows_come_back_as_they_were_written(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    body = data.draw(st.text(min_size=2, max_size=40))
    start = data.draw(st.integers(0, len(body) - 2))
    span = Span(start, data.draw(st.integers(start + 1, len(body))))
    text = body[span.start : span.end]
    question = data.draw(st.text(min_size=1, max_size=20).filter(str.strip))
    made = GoldRow("q1", question, (GoldAnswer("s", span, text),), ("earlier",), ("tag",))
    path = tmp_path_factory.mktemp("gold") / "g.jsonl"
    write_gold(path, [made])
    assert read_rows(path, {"s": body}.get) == (made,)


def test_add_appends_and_refuses_a_taken_id(tmp_path: Path) -> None:
    path = tmp_path / "g.jsonl"
    one = GoldRow("q1", "When?", (GoldAnswer("wreck.txt", Span(23, 33), "11.40 p.m."),))
    assert add_row(path, one, lookup) == 1
    path.write_bytes(path.read_bytes().rstrip(b"\n"))  # as an editor may leave it
    assert add_row(path, GoldRow("q2", "Why?"), lookup) == 2
    assert [r.id for r in read_rows(path, lookup)] == ["q1", "q2"]
    before = path.read_bytes()
    with pytest.raises(GoldError, match="'q1' is taken"):
        add_row(path, one, lookup)
    assert path.read_bytes() == before


def test_the_digest_covers_every_row_and_the_limit_ignores_file_order(tmp_path: Path) -> None:
    rows = [row(f"q{n}") for n in range(9)]
    one = read_gold(write(tmp_path / "a.jsonl", *rows), lookup)
    other = read_gold(write(tmp_path / "b.jsonl", *rows[:-1], row("q8", question="Who?")), lookup)
    turned = read_gold(write(tmp_path / "c.jsonl", *reversed(rows)), lookup)
    assert one.digest != other.digest
    assert {r.id for r in one.first(4)} == {r.id for r in turned.first(4)}
    assert one.first(99) == one.rows
    assert to_json(one.rows[0]) == {"id": "q0", "question": "When?", "answers": []}


# -- spreadsheets ----------------------------------------------------------------------------------


def sheet(path: Path, raw: str | bytes) -> tuple[GoldRow, ...]:
    path.write_bytes(raw if isinstance(raw, bytes) else raw.encode("utf-8-sig"))
    return read_gold(path, lookup).rows


def test_a_spreadsheet_with_semicolons_a_byte_order_mark_and_line_breaks(tmp_path: Path) -> None:
    rows = sheet(
        tmp_path / "g.csv",
        "Question;Source;Quote;Tags\r\n"
        'When did it sink?;wreck.txt;"2.20 a.m.\nNo one";time, end\r\n'
        "When did it sink?;sea/café.md;🚢 sailed;\r\n"
        ";;;\r\n"
        "Who paid?;;;\r\n",
    )
    assert [r.question for r in rows] == ["When did it sink?", "Who paid?"]
    first = rows[0]
    assert [BODY[a.span.start : a.span.end] for a in first.answers[:1]] == ["2.20 a.m.\r\nNo one"]
    assert first.answers[1] == GoldAnswer("sea/café.md", Span(7, 15), "🚢 sailed")
    assert first.tags == ("time", "end")
    assert rows[1].answers == ()


def test_commas_tabs_and_utf_16(tmp_path: Path) -> None:
    want = (GoldAnswer("wreck.txt", Span(23, 33), "11.40 p.m."),)
    text = "question,source,quote\nWhen?,wreck.txt,11.40 p.m.\n"
    assert sheet(tmp_path / "a.csv", text)[0].answers == want
    tabs = text.replace(",", "\t")
    assert sheet(tmp_path / "b.tsv", tabs.encode("utf-16"))[0].answers == want


def test_mistakes_in_a_spreadsheet(tmp_path: Path) -> None:
    with pytest.raises(GoldError) as caught:
        sheet(
            tmp_path / "g.csv",
            "question,source,quote\n"
            '"What\nhappened?",wreck.txt,The ship\n'
            "When?,wreck.txt,\n"
            ",wreck.txt,ice\n"
            'Why?,wreck.txt,"The ship ""sank"""\n'
            "Who?,nowhere.txt,ice\n",
        )
    message = str(caught.value)
    for part in (
        "g.csv:2: this text occurs 2 times",
        "g.csv:4: the quote is empty",
        "g.csv:5: the question is empty",
        "g.csv:6: this text is not in 'wreck.txt'",
        "'The ship “sank”'",
        "'nowhere.txt' (line 7)",
    ):
        assert part in message
    with pytest.raises(GoldError, match="missing: quote"):
        sheet(tmp_path / "h.csv", "question,source\nWhen?,wreck.txt\n")
    with pytest.raises(GoldError, match=r"i\.csv:2: 4 cells under 3 columns"):
        sheet(tmp_path / "i.csv", "question,source,quote\nWhen?,wreck.txt,ice at 11.40, then\n")
    with pytest.raises(GoldError, match="CSV UTF-8"):
        sheet(tmp_path / "j.csv", "question,source,quote\né,,\n".encode("latin-1"))


# -- sets that bring their own texts ---------------------------------------------------------------


def squad(tmp_path: Path, qas: list[dict[str, object]]) -> Path:
    contexts = ["First 🚢 paragraph.", "The treaty was signed in Rome."]
    paragraphs = [{"context": contexts[0], "qas": []}, {"context": contexts[1], "qas": qas}]
    data = {"version": "2.0", "data": [{"title": "Rome/Treaty", "paragraphs": paragraphs}]}
    path = tmp_path / "dev.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    return path


def test_squad_offsets_move_with_their_paragraph(tmp_path: Path) -> None:
    answers = [{"text": "Rome", "answer_start": 25}] * 2
    path = squad(
        tmp_path,
        [
            {"id": "a", "question": "Where? ", "answers": answers, "is_impossible": False},
            {"id": "b", "question": "Who?", "answers": [], "is_impossible": True},
        ],
    )
    assert brings_documents(path)
    gold = read_gold(path)
    (document,) = gold.documents
    assert document.id == "Rome%2FTreaty.txt"
    (answer,) = gold.rows[0].answers
    assert document.text[answer.span.start : answer.span.end] == "Rome"
    assert document.text == "First 🚢 paragraph.\n\nThe treaty was signed in Rome."
    assert gold.rows[1].answers == ()


@pytest.mark.parametrize(
    ("qas", "message"),
    [
        (
            [{"id": "a", "question": "?", "answers": [{"text": "Rome", "answer_start": 3}]}],
            "not at 3",
        ),
        ([{"id": "a", "question": "?", "answers": []}], "has no answer"),
        ([{"id": "a", "question": "?"}], "not in SQuAD's form"),
        ([], "holds no questions"),
    ],
)
def test_squad_files_with_mistakes(
    tmp_path: Path, qas: list[dict[str, object]], message: str
) -> None:
    with pytest.raises(GoldError, match=message):
        read_gold(squad(tmp_path, qas))


def beir(tmp_path: Path, qrels: str) -> Path:
    write(
        tmp_path / "corpus.jsonl",
        {"_id": "D1", "title": "Fish", "text": "Oil."},
        {"_id": ".D 2", "title": "", "text": "Bread."},
    )
    write(tmp_path / "queries.jsonl", {"_id": "Q1", "text": "fish oil"}, {"_id": "Q2", "text": "x"})
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(qrels)
    return tmp_path


def test_beir_keeps_grades_and_judges_whole_documents(tmp_path: Path) -> None:
    folder = beir(tmp_path, "query-id\tcorpus-id\tscore\nQ1\tD1\t2\nQ1\t.D 2\t1\nQ2\tD1\t0\n")
    gold = read_gold(folder)
    assert gold.unit == "source"
    assert [d.text for d in gold.documents] == ["Fish\n\nOil.", "Bread."]
    assert [(a.source, a.grade, len(a.span)) for a in gold.rows[0].answers] == [
        ("D1.txt", 2, 10),
        ("%2ED 2.txt", 1, 6),
    ]
    assert len(gold.rows) == 1  # Q2 is judged to have nothing relevant


def test_beir_folders_with_mistakes(tmp_path: Path) -> None:
    with pytest.raises(GoldError, match=r"test\.tsv:2: needs query, document and grade"):
        read_gold(beir(tmp_path, "Q1\tD1\t1\nQ1 D1 1\n"))
    (tmp_path / "qrels" / "test.tsv").write_text("Q1\tD9\t1\n")
    with pytest.raises(GoldError, match=r"'D9' is judged but not in corpus\.jsonl"):
        read_gold(tmp_path)


def test_a_bundle_keeps_earlier_turns(tmp_path: Path) -> None:
    write(tmp_path / "docs.jsonl", {"doc_id": "d/1", "text": "Renew it within 10 days."})
    turns = [{"role": "user", "text": "It expired."}, {"role": "agent", "text": "Renew it."}]
    answer = {"text": "within 10 days", "start": 9}
    question = {"qid": "q", "question": "When?", "doc_id": "d/1", "answers": [answer]}
    write(tmp_path / "questions.jsonl", question | {"history": turns})
    (only,) = read_gold(tmp_path).rows
    assert only.history == ("It expired.",)
    assert only.answers == (GoldAnswer("d%2F1.txt", Span(9, 23), "within 10 days"),)
    wrong = question | {"qid": "r", "answers": [answer | {"start": 3}]}
    write(tmp_path / "questions.jsonl", question, wrong)
    with pytest.raises(GoldError, match=r"questions\.jsonl:2: the answer"):
        read_gold(tmp_path)
