"""One training run of the shipped reader, put together: data, held-out articles, trainer."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.progress import Report, silent
from rag.train.base_model import base_folder, base_network, load_tokenizer
from rag.train.checkpoint import Progress
from rag.train.mixture import LOADERS, Mixture, described, held_out_part, sources_of
from rag.train.negatives import mine
from rag.train.pairs import Group, Pair, negative_pair, positive_pair, without_answer
from rag.train.reader_training import Plan, Run
from rag.train.reader_validation import Validation
from rag.train.squad import QuestionSet, first_by_hash, hold_out
from rag.train.trainer import Trainer, resume
from rag.train.unanswerable import SwapPools, make_unanswerable

HELD_OUT_ARTICLES = 20
VALIDATION_QUESTIONS = 400


def held_out(questions: QuestionSet, seed: int) -> QuestionSet:
    """The articles of SQuAD 1.1 train that no shipped reader was trained on."""
    return questions.select(hold_out(questions.articles, HELD_OUT_ARTICLES, seed))


def validation_groups(held: QuestionSet, count: int, seed: int) -> tuple[list[Group], list[str]]:
    """Positives of held-out articles, each with one negative: a question that somebody wrote to be
    unanswerable where the paragraph has one, else of a kind drawn in turn.
    """
    rng, pools, ranked = random.Random(seed), SwapPools(held), mine(held)
    place = {q.id: i for i, q in enumerate(held.questions)}
    written: dict[int, str] = {q.paragraph: q.text for q in held.questions if not q.answers}
    groups, kinds = [], []
    chosen = first_by_hash([q for q in held.questions if q.certain and q.answers], count)
    for number, question in enumerate(chosen):
        paragraph = held.paragraphs[question.paragraph]
        positive = positive_pair(question.text, question, paragraph)
        kind = ("hard", "removed", "altered")[number % 3]
        negative: Pair | None = None
        if question.paragraph in written:
            kind, text = "written", written[question.paragraph]
            negative = negative_pair(text, paragraph.text, paragraph.sentences)
        elif kind == "hard":
            others = [held.paragraphs[int(i)] for i in ranked[place[question.id]] if i >= 0]
            if others:
                negative = negative_pair(question.text, others[0].text, others[0].sentences)
        elif kind == "removed":
            negative = without_answer(positive)
        else:
            altered = make_unanswerable(
                question.text, paragraph.article, paragraph.text, pools, rng
            )
            if altered is not None:
                negative = negative_pair(altered, paragraph.text, paragraph.sentences)
        groups.append(Group((positive,) if negative is None else (positive, negative)))
        kinds.append(kind)
    return groups, kinds


def validation_of(mixture: Mixture, data: Path, tokenizer: Any) -> Validation:
    """Questions that the parts of a mixture hold out, as many of each as its share says."""
    groups: list[Group] = []
    kinds: list[str] = []
    parts = [part for part in mixture.parts if part.loader in LOADERS and part.held_out]
    total = sum(part.share for part in parts)
    for part in parts:
        held = held_out_part(mixture, part.name, data)
        count = round(VALIDATION_QUESTIONS * part.share / total)
        more, theirs = validation_groups(held, count, mixture.recipe.seed)
        groups, kinds = groups + more, kinds + theirs
    return Validation(tokenizer, groups, kinds)


def run_training(
    mixture: Mixture,
    data: Path,
    plan: Plan,
    *,
    checkpoint: Path | None = None,
    reader: Path | None = None,
    report: Report = silent,
    stopping: Callable[[], bool] = lambda: False,
) -> Progress:
    """Train on a mixture, its files below ``data``: from a checkpoint if one is given, else from
    the weights of a reader's folder, else from the base model.
    """
    from rag.reader.manifest import load_reader_parts

    tokenizer = load_tokenizer(base_folder() / "tokenizer.json")
    sources = sources_of(mixture, data)
    validation = validation_of(mixture, data, tokenizer)
    settings: dict[str, Any] = {"mixture": described(mixture)}
    if reader is None:
        network = base_network(mixture.recipe.seed)
    else:
        manifest, network, _ = load_reader_parts(reader)
        settings["started_from"] = manifest.name
    trainer = Trainer(network, mixture.recipe)
    if checkpoint is not None:
        settings |= resume(trainer, checkpoint)
    run = Run(trainer, plan, validation.measure, settings, report, stopping)
    return run.go(sources, tokenizer)
