"""What the reader is worth: ``python -m tests.benchmarks.reader --data DATA``.

Readings are kept in the cache by digest, so that a stopped run goes on where it was. Questions are
the first N of each set by sha256 of the id; N is in the results. A quote is right when it overlaps
a gold span in the gold paragraph; one sentence is quoted.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from rag.embed import load_embedder
from rag.evaluate.metrics.abstention import (
    auroc,
    coverage_at,
    expected_calibration_error,
    reliability,
    risk_coverage,
)
from rag.evaluate.metrics.answers import exact
from rag.evaluate.metrics.answers import f1 as word_f1
from rag.evaluate.reading_cache import RecordingReader
from rag.protocols import Embedder, Reading
from rag.reader.trained import TrainedReader
from rag.settings import Settings
from rag.train.calibrate_reader import halves
from rag.train.collection import Collection, passage_text
from rag.train.squad import Question, QuestionSet, first_by_hash, load_squad
from tests.benchmarks.reader_baselines import COSINE, FALLBACK, FIRST, WORDS, scorers
from tests.benchmarks.reader_selqa import selqa
from tests.benchmarks.reader_sets import calibration_articles, dev_sets

SLOW = 1000  # questions that the fallback reader is asked: it embeds every sentence anew


class Bench:
    """One run: reader, embedder, data, how many questions, and the results file."""

    def __init__(self, args: argparse.Namespace) -> None:
        self.data, self.cache, self.out = args.data, args.cache, args.out
        self.count, self.searched = args.questions, args.searched
        self.plain = TrainedReader(args.reader)
        self.reader = RecordingReader(self.plain, self.cache / "readings.db")
        self.embedder: Embedder = load_embedder()
        self.results = self._held() | {
            "reader": self.plain.name,
            "threshold": self.plain.threshold,
        }

    def _held(self) -> dict[str, Any]:
        """The results on file when they are of the same reader: other tasks are added to them."""
        if not self.out.is_file():
            return {}
        held: dict[str, Any] = json.loads(self.out.read_text(encoding="utf-8"))
        return held if held["reader"] == self.plain.name else {}

    def keep(self, name: str, figures: Any) -> None:
        self.results[name] = figures
        self.out.parent.mkdir(parents=True, exist_ok=True)
        self.out.write_text(json.dumps(self.results, indent=1) + "\n", encoding="utf-8")
        print(name, json.dumps(figures), flush=True)

    def read(self, questions: QuestionSet, question: Question, found: Any) -> Sequence[Reading]:
        passages = [passage_text(questions.paragraphs[i], prior) for i, prior in found]
        return self.reader.read(question.text, passages)


def right_sentence(questions: QuestionSet, question: Question, index: int) -> bool:
    """Whether sentence ``index`` of the question's paragraph overlaps a gold span."""
    span = questions.paragraphs[question.paragraph].sentences[index]
    return any(span.overlaps(answer) for answer in question.answers)


def given(bench: Bench, questions: QuestionSet) -> dict[str, Any]:
    """The gold passage is given: highlight EM / F1, first quote, and the baselines beside it."""
    answerable = [q for q in questions.questions if q.answers]
    asked = first_by_hash(answerable, bench.count)
    em, f1, hits = [], [], []
    for question in asked:
        paragraph = questions.paragraphs[question.paragraph]
        reading = bench.read(questions, question, [(question.paragraph, None)])[0]
        gold = [paragraph.text[a.start : a.end] for a in question.answers]
        span = reading.answer
        words = "" if span is None else paragraph.text[span.start : span.end]
        em.append(exact(words, gold))
        f1.append(word_f1(words, gold))
        hits.append(right_sentence(questions, question, int(np.argmax(reading.sentences))))
    figures: dict[str, Any] = {
        "questions": len(asked),
        "EM": percent(em),
        "F1": percent(f1),
        "first quote": share(hits),
        "random sentence": share([_chance(questions, q) for q in asked]),
    }
    for name, score in scorers(questions, [q.paragraph for q in asked], bench.embedder).items():
        some = asked[:SLOW] if name == FALLBACK else asked
        chosen = [int(np.argmax(score(q.text, q.paragraph))) for q in some]
        pairs = zip(some, chosen, strict=True)
        figures[name] = share([right_sentence(questions, q, i) for q, i in pairs])
    return figures


def _chance(questions: QuestionSet, question: Question) -> float:
    count = len(questions.paragraphs[question.paragraph].sentences)
    return sum(right_sentence(questions, question, i) for i in range(count)) / count


def answerability(bench: Bench, questions: QuestionSet) -> dict[str, Any]:
    """SQuAD 2.0, odd articles: is the answer in this paragraph or not."""
    _, odd = halves(questions)
    asked = first_by_hash(odd.questions, bench.count)
    readings = [bench.read(odd, q, [(q.paragraph, None)])[0] for q in asked]
    answerable = [bool(q.answers) for q in asked]
    area = auroc([reading.probability for reading in readings], answerable)
    found = {"questions": len(asked), "answerable": sum(answerable), "AUROC": rounded(area)}
    cheap = scorers(odd, [q.paragraph for q in asked], bench.embedder)
    for name in (WORDS, COSINE):
        best = [float(cheap[name](q.text, q.paragraph).max()) for q in asked]
        found[f"AUROC by {name}"] = rounded(auroc(best, answerable))
    return found


def searched(bench: Bench, questions: QuestionSet) -> tuple[dict[str, Any], dict[str, Any]]:
    """All paragraphs searched: (retrieval and first quote, abstention on articles not fitted)."""
    settings = Settings()
    every = Collection(questions, questions.articles, bench.embedder, settings, bench.cache)
    asked = first_by_hash(questions.questions, bench.searched)
    fitted = calibration_articles(bench.data)
    cheap = scorers(questions, every.places, bench.embedder)
    names = (FIRST, WORDS, COSINE)
    plain: dict[str, list[bool]] = {name: [] for name in names}
    scores: dict[str, list[float]] = {"cosine of the best passage": [], "BM25 of the best one": []}
    before, after, quotes = [], [], []
    outcomes: list[tuple[float, bool, bool]] = []  # probability, right, answerable
    for question in asked:
        home = questions.paragraphs[question.paragraph].article
        found = every.search(question.text, settings.read_passages)
        probability, right, place = _top(bench, questions, question, found)
        before.append(found[0][0] == question.paragraph)
        after.append(place == question.paragraph)
        quotes.append(right)
        for name in names:
            sentence = int(np.argmax(cheap[name](question.text, found[0][0])))
            hit = found[0][0] == question.paragraph
            plain[name].append(hit and right_sentence(questions, question, sentence))
        if home not in fitted:
            outcomes.append((probability, right, True))
            without = every.search(question.text, settings.read_passages, without=home)
            outcomes.append((*_top(bench, questions, question, without)[:2], False))
            for left_out in (None, home):
                for held, best in zip(
                    scores.values(), every.best(question.text, left_out), strict=True
                ):
                    held.append(best)
    retrieval = {
        "questions": len(asked),
        "paragraphs": len(every.places),
        "R@1 search": share(before),
        "R@1 search + reader": share(after),
        "first quote": share(quotes),
        **{f"first quote, best passage's {name}": share(hits) for name, hits in plain.items()},
    }
    answerable = [a for _, _, a in outcomes]
    rivals = {f"AUROC by {k}": rounded(auroc(v, answerable)) for k, v in scores.items()}
    return retrieval, abstention(outcomes, bench.plain.threshold) | rivals


def _top(
    bench: Bench, questions: QuestionSet, question: Question, found: Any
) -> tuple[float, bool, int]:
    """(probability, whether the best sentence is right, its paragraph) of the best passage."""
    readings = bench.read(questions, question, found)
    best = max(range(len(readings)), key=lambda i: readings[i].score)
    place = found[best][0]
    sentence = int(np.argmax(readings[best].sentences))
    right = place == question.paragraph and right_sentence(questions, question, sentence)
    return readings[best].probability, right, place


def abstention(outcomes: Sequence[tuple[float, bool, bool]], threshold: float) -> dict[str, Any]:
    """Telling questions with an answer from those without, and what selective answering gains."""
    probabilities = np.asarray([p for p, _, _ in outcomes])
    right = np.asarray([r for _, r, _ in outcomes])
    answerable = np.asarray([a for _, _, a in outcomes])
    shown = probabilities >= threshold
    curve = risk_coverage(probabilities, right)
    steps = [int(np.searchsorted(curve.coverage, c / 10 - 1e-9)) for c in range(1, 11)]
    return {
        "questions": len(outcomes),
        "AUROC": rounded(auroc(probabilities, answerable)),
        "coverage at 90 % precision": rounded(coverage_at(probabilities, right, 0.90)),
        "coverage at 95 % precision": rounded(coverage_at(probabilities, right, 0.95)),
        "at the threshold": {
            "threshold": threshold,
            "precision": share(right[shown]) if shown.any() else None,
            "answered when answerable": share(shown[answerable]),
            "abstained when not": share(~shown[~answerable]),
        },
        "expected calibration error": rounded(expected_calibration_error(probabilities, right)),
        "reliability": [
            [round(b.confidence, 3), round(b.accuracy, 3), b.count]
            for b in reliability(probabilities, right)
        ],
        "risk-coverage": [
            [rounded(curve.coverage[at]), rounded(1 - curve.precision[at])] for at in steps
        ],
    }


def speed(bench: Bench, questions: QuestionSet) -> dict[str, Any]:
    """One question over 8 passages of about 150 tokens, nothing cached; milliseconds."""
    import torch

    near = [i for i, p in enumerate(questions.paragraphs) if 600 <= len(p.text) <= 780]
    rng, times = random.Random(0), []
    for number in range(25):
        chosen = [passage_text(questions.paragraphs[i]) for i in rng.sample(near, 8)]
        question = rng.choice(questions.questions).text
        start = time.perf_counter()
        bench.plain.read(question, chosen)
        if number >= 5:
            times.append(1000 * (time.perf_counter() - start))
    return {"p50 ms": round(statistics.median(times), 1), "threads": torch.get_num_threads()}


def rounded(value: Any) -> float | None:
    """To four places; None stays."""
    return None if value is None else round(float(value), 4)


def share(values: Any) -> float:
    """Mean, to four places."""
    return round(float(np.mean(values)), 4)


def percent(values: Sequence[float]) -> float:
    """Mean in per cent, to one place."""
    return round(100 * float(np.mean(values)), 1)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tasks asked for; the results file is rewritten after each."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of question sets")
    parser.add_argument("--reader", type=Path, help="folder of another reader")
    parser.add_argument("--questions", type=int, default=2000, help="per set, gold passage given")
    parser.add_argument("--searched", type=int, default=500, help="questions that are searched")
    parser.add_argument("--cache", type=Path, default=Path(".training/cache"))
    parser.add_argument("--out", type=Path, default=Path("docs/results/reader.json"))
    parser.add_argument("--only", nargs="*", help="names of tasks")
    bench = Bench(args := parser.parse_args(argv))
    sets = dev_sets(bench.data)
    squad = sets["squad-1.1-dev"]
    tasks: dict[str, Callable[[], None]] = {
        f"given {name}": lambda name=name: bench.keep(f"given {name}", given(bench, sets[name]))
        for name in sets
    }
    squad2 = bench.data / "squad" / "dev-v2.0.json.xz"
    tasks["selqa"] = lambda: bench.keep("selqa", selqa(bench))
    tasks["answerable squad-2.0-dev odd"] = lambda: bench.keep(
        "answerable squad-2.0-dev odd", answerability(bench, load_squad(squad2))
    )
    tasks["speed"] = lambda: bench.keep("speed", speed(bench, squad))

    def search() -> None:
        retrieval, abstaining = searched(bench, squad)
        bench.keep("searched squad-1.1-dev", retrieval)
        bench.keep("abstention squad-1.1-dev odd", abstaining)

    tasks["searched"] = search
    for name, task in tasks.items():
        if not args.only or name in args.only:
            task()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
