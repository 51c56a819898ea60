"""The commands eval, report, compare, calibrate and gold, from a gold set to exit codes."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rag.commands.cli import main
from rag.embed import HashEmbedder
from rag.errors import LibraryError
from rag.evaluate.records import read_run, write_run
from rag.library import Library
from rag.reader import FallbackReader
from tests.unit.evaluation_runs import made_run

NAMES = ["Ann", "Bo", "Cy", "Di", "Ed", "Flo", "Gus", "Hal", "Ida", "Jo", "Kit", "Lou"]
PLACES = ["Oslo", "Bonn", "Rome", "Kyiv", "Lima", "Cork", "Nice", "Bath", "Graz", "Pisa"]


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a library of plain facts and a gold set of 24 questions on them."""
    home = tmp_path_factory.mktemp("commands")
    (home / "facts").mkdir()
    rows = []
    for n, name in enumerate(NAMES):
        text = f"{name} was born in {PLACES[n % 10]} in 19{n:02}."
        (home / "facts" / f"{name}.txt").write_text(text)
        answer = {"source": f"{name}.txt", "text": PLACES[n % 10]}
        rows.append({"id": f"a{n}", "question": f"Where was {name} born?", "answers": [answer]})
        rows.append({"id": f"n{n}", "question": f"Zebra quartz {n}?", "answers": []})
    (home / "gold.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    embedder = HashEmbedder()
    with Library.build(
        home / "facts", at=home / "lib", embedder=embedder, reader=FallbackReader(embedder)
    ):
        pass
    return home


@pytest.fixture(autouse=True)
def _cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("RAG_EVALUATION_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("COLUMNS", "100")
    yield
    assert os.environ["RAG_EVALUATION_CACHE"]


def evaluate(home: Path, output: Path, *more: str) -> int:
    library = str(home / "lib")
    words = ["eval", str(home / "gold.jsonl"), "-i", library, "-o", str(output), "-q"]
    return main([*words, "--reader", "fallback", *more])


def test_from_a_gold_set_to_a_page(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    output = tmp_path / "run.json"
    assert evaluate(home, output) == 0
    shown = capfd.readouterr()
    assert "gold: 24 questions over 12 sources, 12 passages" in shown.out
    assert "first_quote_hit" in shown.out
    assert "run written to" in shown.err
    run = read_run(output)
    assert run.header.command == "rag eval gold.jsonl --reader fallback --seed 13"
    assert str(tmp_path) not in output.read_text()
    assert main(["report", str(output)]) == 0
    assert (tmp_path / "run.html").read_text().startswith("<!doctype html>")
    assert main(["report", str(output), "--format", "markdown"]) == 0
    assert "| verbatim | 1.000 |" in capfd.readouterr().out
    assert main(["report", str(output), "--format", "trec"]) == 0
    assert capfd.readouterr().out.splitlines()[0].split()[1] == "Q0"
    assert main(["report", str(output), "--format", "text"]) == 0


def test_json_figures(home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert evaluate(home, tmp_path / "run.json", "--format", "json", "--limit", "10") == 0
    found = json.loads(capfd.readouterr().out)
    assert found["questions"] == 10
    assert found["verbatim"] == 1.0
    assert 0 <= found["R@1"] <= 1


def test_mistakes_have_an_exit_code_and_a_clear_line(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    for words, code, message in (
        (["eval", "absent.jsonl", "-i", str(home / "lib")], 1, "absent.jsonl: no such gold set"),
        (["eval", str(home / "gold.jsonl"), "-i", str(tmp_path)], 1, "no library at"),
        (["eval", str(home / "gold.jsonl"), "--limit", "0"], 2, "--limit must be at least 1"),
        (["eval", str(home / "gold.jsonl"), "--threshold", "2"], 2, "--threshold lies in 0 to 1"),
        (["report", str(tmp_path / "no.json")], 1, "no such run"),
        (["report", str(home / "gold.jsonl")], 1, "cannot be read as a run"),
    ):
        assert main(words) == code
        assert message in capfd.readouterr().err


def test_the_guard_fails_a_worse_run(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    good, bad = tmp_path / "good.json", tmp_path / "bad.json"
    write_run(good, made_run(120, skill=0.9))
    write_run(bad, made_run(120, skill=0.5))
    assert main(["compare", str(good), str(bad)]) == 0
    assert "first_quote_hit" in capfd.readouterr().out
    assert main(["compare", str(good), str(bad), "--fail-under", "0.05"]) == 1
    assert "rag compare: first_quote_hit went from" in capfd.readouterr().err
    assert main(["compare", str(bad), str(good), "--fail-under", "0"]) == 0
    assert main(["compare", str(good), str(bad), "--fail-under", "much"]) == 2
    write_run(bad, made_run(120, gold_digest="f" * 64))
    assert main(["compare", str(good), str(bad)]) == 1
    assert "different gold sets" in capfd.readouterr().err


def test_compare_as_json(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    write_run(tmp_path / "a.json", made_run(40))
    words = ["compare", str(tmp_path / "a.json"), str(tmp_path / "a.json"), "--format", "json"]
    assert main(words) == 0
    found = json.loads(capfd.readouterr().out)
    assert found["metrics"]["f1"]["value"] == 0
    assert found["changed"] == []


def test_calibrate_stores_the_threshold(
    home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    quick = property(lambda self: self._reader or FallbackReader(self.embedder))
    monkeypatch.setattr(Library, "reader", quick)
    words = ["calibrate", str(home / "gold.jsonl"), "-i", str(home / "lib"), "-q"]
    words += ["--precision", "0.5"]
    assert main([*words, "--dry-run"]) == 0
    with Library.open(home / "lib") as library:
        assert library.settings.threshold is None
    assert "on held-out folds: precision" in capfd.readouterr().out
    assert main(words) == 0
    with Library.open(home / "lib") as library:
        threshold = library.settings.threshold
        assert threshold is not None
        kept = json.loads(library.store.get_meta("calibration") or "")
        assert kept["threshold"] == threshold
        library.ask("Where was Ann born?")
    assert f"{threshold:.4f}" in capfd.readouterr().out
    monkeypatch.setattr(FallbackReader, "name", "another reader")
    with Library.open(home / "lib") as library:
        with pytest.raises(LibraryError, match=r"chosen with .*another reader: choose it again"):
            library.ask("Where was Ann born?")
        library.ask("Where was Ann born?", threshold=0.5)
    assert main([*words, "--dry-run"]) == 0
    assert main(["calibrate", "--forget", "-i", str(home / "lib")]) == 0
    with Library.open(home / "lib") as library:
        assert library.settings.threshold is None
        library.ask("Where was Ann born?")
    assert main(["calibrate", "-i", str(home / "lib")]) == 2
    assert main([*words, "--precision", "2"]) == 2
    assert main([*words, "--folds", "1"]) == 2


def test_gold_add_check_and_convert(
    home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path, at = tmp_path / "mine.jsonl", ["-i", str(home / "lib")]
    add = ["gold", "add", str(path)]
    assert main([*add, "Where?", "--source", "Ann.txt", "--quote", "Oslo", *at]) == 0
    assert main([*add, "What did it cost?", "--no-answer", "--tag", "cost", *at]) == 0
    assert "now holds 2 questions" in capfd.readouterr().err
    first, second = map(json.loads, path.read_text().splitlines())
    assert first["answers"] == [{"source": "Ann.txt", "start": 16, "end": 20, "text": "Oslo"}]
    assert (second["answers"], second["tags"]) == ([], ["cost"])
    assert main([*add, "Where?", "--source", "Ann.txt", "--quote", "Oslo", *at]) == 1
    assert main([*add, "Who?", "--source", "Ann.txt", "--quote", "oslo", *at]) == 1
    assert "nearest is [16, 20) 'Oslo'" in capfd.readouterr().err
    assert main([*add, "Who?", *at]) == 2
    assert main([*add, "Who?", "--source", "nope.txt", "--quote", "Oslo", *at]) == 2
    assert main(["gold", "check", str(path), *at]) == 0
    assert "2 questions, 1 with an answer" in capfd.readouterr().err
    (tmp_path / "sheet.csv").write_text("question;source;quote\nWhere?;Bo.txt;Bonn\n")
    out = tmp_path / "out.jsonl"
    convert = ["gold", "convert", str(tmp_path / "sheet.csv"), str(out), *at]
    assert main(convert) == 0
    assert json.loads(out.read_text())["answers"][0]["text"] == "Bonn"
    assert main(convert) == 2
