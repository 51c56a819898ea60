"""Tables of docs/results.md, generated from committed results and from nothing else.

``python -m tests.benchmarks tables`` rewrites what stands between ``<!-- table:NAME -->`` and
``<!-- /table -->``; a test holds that page and results agree.
"""

from __future__ import annotations

import argparse
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.benchmarks.results import Result, latest, read

PAGE = Path(__file__).parents[2] / "docs" / "results.md"
README = PAGE.parents[1] / "README.md"
READER = PAGE.parent / "results" / "reader.json"
_MARK = re.compile(r"(<!-- table:([\w-]+) -->\n)(.*?)(<!-- /table -->)", re.DOTALL)

SETS = {
    "corpus": "the shipped gold set",
    "squad-1.1-dev": "SQuAD 1.1 dev",
    "squad-dev": "SQuAD 1.1 dev",
    "squad-2.0-dev": "SQuAD 2.0 dev",
    "squadshifts-new-wiki": "SQuADShifts new wiki",
    "xquad-en": "XQuAD en",
    "xquad": "XQuAD en",
    "qed": "QED",
    "nfcorpus": "NFCorpus test",
    "squad-train-1000": "1,000 paragraphs",
    "squad-train-5000": "5,000 paragraphs",
    "squad-train-18896": "18,896 paragraphs",
}
METHODS = (
    *("this library", "fused", "fusion", "ours", "reader", "dense alone", "dense", "BM25 alone"),
    *("words", "first sentence", "random passage", "oracle passage"),
)


@dataclass(frozen=True, slots=True)
class Table:
    """Which results are rows (those with every metric of ``having`` and none of ``lacking``), and
    which metrics are columns (a column no row has is left out).
    """

    columns: tuple[str, ...]
    having: tuple[str, ...]
    lacking: tuple[str, ...] = ()
    sets: tuple[str, ...] = ()

    def takes(self, result: Result) -> bool:
        """Whether the result belongs in this table."""
        return (
            all(name in result.metrics for name in self.having)
            and not any(name in result.metrics for name in self.lacking)
            and (result.set in self.sets if self.sets else not result.set.startswith("squad-train"))
        )


TABLES = {
    "retrieval": Table(
        ("R@1", "R@5", "R@10", "R@20", "RR@10", "nDCG@10"), ("R@1",), ("first_quote_hit",)
    ),
    "answers": Table(
        (
            *("first_quote_hit", "best_quote_hit", "answer_precision", "quote_words"),
            *("quote_sentences", "quote_f1_words"),
            *("f1", "R@1", "R@10", "abstention_precision", "abstention_recall", "auroc"),
            *("coverage@90", "ece", "verbatim", "ms_p50"),
        ),
        ("first_quote_hit",),
    ),
    "decay": Table(
        ("R@1", "R@5", "R@10", "R@20", "RR@10"),
        ("R@1",),
        sets=("squad-train-1000", "squad-train-5000", "squad-train-18896"),
    ),
}
TASKS = {
    "searched squad-1.1-dev": "SQuAD 1.1 dev, all paragraphs searched, 12 read",
    "abstention squad-1.1-dev odd": "the same, each question once more with its article removed "
    "(articles that nothing was fitted on)",
    "answerable squad-2.0-dev odd": "SQuAD 2.0 dev, odd half: is the answer in this paragraph",
    "selqa": "SelQA test: answer sentences of a section, ranked",
    "speed": "one question, 8 passages of about 150 tokens, 2 cores",
}
NAMES = (*TABLES, "reader", "reader-tasks", "summary")
_PLAIN = {"quote_words": "{:.0f}", "quote_sentences": "{:.1f}", "ms_p50": "{:,.0f}"}


def rows_of(table: Table, results: Sequence[Result]) -> list[Result]:
    """The table's rows: sets in the order of ``SETS``, methods in the order of ``METHODS``."""
    order = list(SETS)

    def key(result: Result) -> tuple[int, int, str]:
        place = order.index(result.set) if result.set in SETS else len(order)
        rank = METHODS.index(result.method) if result.method in METHODS else len(METHODS)
        return place, rank, result.method

    return sorted((r for r in latest(tuple(results)) if table.takes(r)), key=key)


def rendered(name: str, results: Sequence[Result]) -> str:
    """The table as Markdown. ValueError for an unknown name or a table without results."""
    if name == "reader":
        return _reader_table()
    if name == "reader-tasks":
        return _tasks_table()
    if name == "summary":
        return _summary_table(results)
    if name not in TABLES:
        raise ValueError(f"no table {name!r}; there are {', '.join(NAMES)}")
    rows = rows_of(TABLES[name], results)
    if not rows:
        raise ValueError(f"no committed results for the table {name!r}")
    columns = [c for c in TABLES[name].columns if any(c in row.metrics for row in rows)]
    lines = [
        "| set | questions | method | " + " | ".join(columns) + " |",
        "|---|---:|---|" + "---:|" * len(columns),
    ]
    last = ""
    for row in rows:
        head = f"{SETS.get(row.set, row.set)} | {row.questions:,}" if row.set != last else " | "
        last = row.set
        cells = " | ".join(_cell(row, column) for column in columns)
        lines.append(f"| {head} | {row.method} | {cells} |")
    return "\n".join(lines) + "\n"


def _cell(row: Result, column: str) -> str:
    if column not in row.metrics:
        return "–"
    value = row.metrics[column]
    if column in _PLAIN:
        return _PLAIN[column].format(value)
    return "1" if value == 1 else f"{value:.3f}".removeprefix("0")


def _reader_table() -> str:
    """The reader alone, the gold paragraph given; baselines choose a sentence of it."""
    if not READER.exists():
        raise ValueError("no committed results for the table 'reader'")
    data = json.loads(READER.read_text(encoding="utf-8"))
    given = {k.removeprefix("given "): v for k, v in data.items() if k.startswith("given ")}
    columns = list(dict.fromkeys(name for row in given.values() for name in row))
    lines = ["| set | " + " | ".join(columns) + " |", "|---|" + "---:|" * len(columns)]
    for name, row in given.items():
        cells = " | ".join(_number(row[c]) if c in row else "–" for c in columns)
        lines.append(f"| {SETS.get(name, name)} | {cells} |")
    return "\n".join(lines) + "\n"


def _summary_table(results: Sequence[Result]) -> str:
    """Six figures beside what compares with them: the same set, measure and split."""
    read = {(r.set, r.method): r.metrics for r in latest(tuple(results))}
    reader = json.loads(READER.read_text(encoding="utf-8"))
    removed = reader["abstention squad-1.1-dev odd"]
    given = reader["given squad-1.1-dev"]
    squad, xquad = "squad-1.1-dev", read["xquad", "fused"]["R@1"]
    ours, words = read["squad-dev", "fused"]["R@1"], read["squad-dev", "words"]["R@1"]
    quotes = read[squad, "this library"]
    first = read[squad, "first sentence"]["first_quote_hit"]
    rows = [
        (
            "right passage first, 2,067 paragraphs of SQuAD 1.1 dev (R@1)",
            ours,
            f"BM25 {_short(words)}",
        ),
        ("right passage first, XQuAD en (R@1)", xquad, "BM25 .931, best small model .938 (MTEB)"),
        (
            "right sentence, the paragraph given, SQuAD 1.1 dev",
            given["first quote"],
            f"BM25 {_short(given['BM25 sentence'])}, "
            f"MiniLM cosine {_short(given['MiniLM-cosine sentence'])}",
        ),
        (
            "answers whose first quote is right, SQuAD 1.1 dev searched",
            quotes["answer_precision"],
            f"first sentence of the best passage {_short(first)}",
        ),
        (
            "told apart: the article is there, or was taken out (AUROC)",
            removed["AUROC"],
            f"cosine of the best passage {_short(removed['AUROC by cosine of the best passage'])}",
        ),
        ("answers that equal their sources to the character", quotes["verbatim"], "must be 1"),
    ]
    lines = ["| what | here | beside |", "|---|---:|---|"]
    return "\n".join([*lines, *(f"| {a} | {_short(b)} | {c} |" for a, b, c in rows)]) + "\n"


def _short(value: float) -> str:
    return "1" if value == 1 else f"{value:.3f}".removeprefix("0")


def _tasks_table() -> str:
    """What the reader does with several passages, and without an answer."""
    data = json.loads(READER.read_text(encoding="utf-8"))
    lines = ["| task | questions | measure | value |", "|---|---:|---|---:|"]
    for key, told in TASKS.items():
        figures = dict(data.get(key, {}))
        if isinstance(at := figures.pop("at the threshold", None), dict):
            threshold = at.pop("threshold")
            figures |= {f"{name}, at the threshold {threshold}": v for name, v in at.items()}
        count = figures.pop("questions", None)
        head = f"{told} | {'–' if count is None else _number(count)}"
        for measure, value in figures.items():
            if isinstance(value, int | float):
                lines.append(f"| {head} | {measure} | {_number(value)} |")
                head = " | "
    return "\n".join(lines) + "\n"


def _number(value: float) -> str:
    if isinstance(value, int) and value > 1:
        return f"{value:,}"
    return f"{value:.1f}" if value > 1 else f"{value:.3f}".removeprefix("0")


def filled(text: str, results: Sequence[Result]) -> str:
    """``text`` with every marked table generated anew. ValueError for an unknown table."""
    return _MARK.sub(lambda m: m[1] + "\n" + rendered(m[2], results) + "\n" + m[4], text)


SECTIONS = {
    "answers": (
        "## Answers, end to end",
        "Every question is asked of a library of the whole set. `first_quote_hit`: the first quote "
        "overlaps the gold, over all questions that have an answer (an abstention counts as a "
        "miss); `best_quote_hit`: the same, had there been no threshold; `quote_words`: how long a "
        "quote is. Baselines quote something for every question. "
        "Made with `python -m tests.benchmarks answers SET`.",
    ),
    "retrieval": (
        "## Passages found",
        "Whole sets, nothing dropped. Made with `python -m tests.benchmarks retrieval SET`.",
    ),
    "reader": (
        "## The reader alone",
        "The gold paragraph is given. EM and F1 (in per cent) are those of SQuAD on the marked "
        "words; the other columns are shares of questions whose chosen sentence overlaps the gold, "
        "for the reader and for cheap ways to choose one (the fallback reader over the first "
        "1,000). Made with "
        "`python -m tests.benchmarks.reader`.",
    ),
    "reader-tasks": (
        "## The reader over several passages, and where there is no answer",
        "Each beside cheap ways to do the same. Made with `python -m tests.benchmarks.reader`.",
    ),
    "decay": (
        "## Recall against the size of the collection",
        "The same questions in collections of growing size, paragraphs of SQuAD train. Made with "
        "`python -m tests.benchmarks decay`.",
    ),
}
_OF_READER = ("reader", "reader-tasks")
_END = "<!-- /results -->"


def available(results: Sequence[Result]) -> tuple[str, ...]:
    """Names of the tables that have results."""
    held = [name for name, table in TABLES.items() if rows_of(table, results)]
    return tuple(
        name for name in SECTIONS if name in held or (name in _OF_READER and READER.exists())
    )


def completed(text: str, results: Sequence[Result]) -> str:
    """``text`` with a section added at the end of its results for every table that has none."""
    for name in available(results):
        if name not in names_in(text) and _END in text:
            title, note = SECTIONS[name]
            section = f"{title}\n\n{note}\n\n<!-- table:{name} -->\n<!-- /table -->\n\n"
            text = text.replace(_END, section + _END, 1)
    return text


def names_in(text: str) -> tuple[str, ...]:
    """Names of the tables marked in ``text``."""
    return tuple(match[2] for match in _MARK.finditer(text))


def main(argv: Sequence[str] | None = None) -> int:
    """Rewrite the tables of docs/results.md, or print one by name."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks tables", description=__doc__)
    parser.add_argument("name", nargs="?", choices=NAMES, help="print this one only")
    args = parser.parse_args(argv)
    results = read()
    if args.name:
        print(rendered(args.name, results), end="")
        return 0
    for page in (PAGE, README):
        before = page.read_text(encoding="utf-8")
        after = filled(completed(before, results), results)
        if after != before:
            page.write_text(after, encoding="utf-8")
        made = "rewritten" if after != before else "unchanged"
        print(f"{page.name}: {len(names_in(after))} tables, {made}")
    return 0
