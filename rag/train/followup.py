"""How the follow-up models were made: three logistic regressions on public dialogues.

CANARD development questions (dialogues whose id's SHA-256 is even) teach what leans and which
terms a person puts in; Doc2Dial user turns (documents whose id's SHA-256 is even) add government
pages to the change of topic. A change of topic is made by putting a self-contained question after
the history of another dialogue. The odd halves are left for reports.

    python -m rag.train.followup CANARD.json.xz DOC2DIAL.jsonl.xz OUT.json
"""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rag.conversation.earlier import EarlierTurn, earlier_texts
from rag.conversation.features import question_features
from rag.conversation.mentions import term_features, terms
from rag.conversation.model import BIAS
from rag.conversation.words import content_stems

Row = tuple[dict[str, float], int]
SEED = 5


def develop(key: str) -> bool:
    """Whether a dialogue or document belongs to the half that may be learnt from."""
    return int(hashlib.sha256(key.encode()).hexdigest(), 16) % 2 == 0


def canard_turns(history: Sequence[str], shape: str = "titles") -> tuple[EarlierTurn, ...]:
    """CANARD's history (article, section, question, answer, ...) as turns.

    shape: "titles" puts article and section in as titles of the first turn; "opening" as earlier
    questions; "questions" keeps the earlier questions alone.
    """
    asked = list(zip(history[2::2], history[3::2], strict=False))
    if shape == "questions":
        return tuple(EarlierTurn(question) for question, _ in asked)
    turns = [EarlierTurn(question, (answer,)) for question, answer in asked]
    if shape == "opening":
        return (EarlierTurn(history[0]), EarlierTurn(history[1]), *turns)
    if not turns:
        turns = [EarlierTurn("")]
    return (replace(turns[0], titles=(history[0],), headings=(history[1],)), *turns[1:])


def lowered(turns: Sequence[EarlierTurn]) -> tuple[EarlierTurn, ...]:
    """The same turns typed without capitals, as many people type."""
    return tuple(
        replace(t, question=t.question.lower(), quotes=tuple(q.lower() for q in t.quotes))
        for t in turns
    )


def user_turns(row: Mapping[str, Any]) -> tuple[EarlierTurn, ...]:
    """The user's earlier turns of a Doc2Dial row, without what was answered."""
    return tuple(EarlierTurn(h["text"]) for h in row["history"] if h["role"] == "user")


def both_cases(question: str, turns: Sequence[EarlierTurn]) -> Iterator[dict[str, float]]:
    """Question features of a pair as written and in lower case without the question mark."""
    plain = (question.lower().rstrip("? "), lowered(turns))
    for asked, before in ((question, turns), plain):
        yield question_features(asked, [t.text for t in earlier_texts(before[-8:])])


def question_rows(
    canard: Sequence[Mapping[str, Any]], dialogues: Sequence[Mapping[str, Any]]
) -> tuple[list[Row], list[Row]]:
    """Examples of leaning and of a changed topic."""
    rng = random.Random(SEED)
    leans: list[Row] = []
    switched: list[Row] = []
    others = [(c["QuAC_dialog_id"], c["History"]) for c in canard if len(c["History"]) > 3]
    for row in canard:
        shape = rng.choice(("titles", "opening", "questions"))
        turns = canard_turns(row["History"], shape)
        if not turns:
            continue
        foreign = canard_turns(_other(rng, others, row["QuAC_dialog_id"]), shape)
        added = bool(_added(row, turns))
        for features in both_cases(row["Question"], turns):
            leans.append((features, int(added)))
            switched.append((features, 0))
        for features in both_cases(row["Rewrite"], turns) if added else ():
            leans.append((features, 0))
            switched.append((features, 0))
        for features in both_cases(row["Rewrite"], foreign):
            leans.append((features, 0))
            switched.append((features, 1))
    pool = [(d["doc_id"], d) for d in dialogues if user_turns(d)]
    for row in dialogues:
        if user_turns(row):
            switched += [(f, 0) for f in both_cases(row["question"], user_turns(row))]
            continue
        for _ in range(4):
            turns = user_turns(_other(rng, pool, row["doc_id"]))
            for features in both_cases(row["question"], turns):
                leans.append((features, 0))
                switched.append((features, 1))
    return leans, switched


def term_rows(canard: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Examples of terms: carried when at least half of their new stems are in the rewrite."""
    rows: list[Row] = []
    for row in canard:
        for shape in ("titles", "opening", "questions"):
            turns = canard_turns(row["History"], shape)
            for case in (turns, lowered(turns)) if turns else ():
                texts = earlier_texts(case[-8:])
                asked = content_stems(row["Question"])
                features = question_features(row["Question"], [t.text for t in texts])
                added = content_stems(row["Rewrite"]) - asked
                for term in terms(row["Question"], texts):
                    new = term.stems - asked
                    label = int(len(new & added) * 2 >= len(new))
                    rows.append((term_features(term, features, asked), label))
    return rows


def fit(rows: Sequence[Row], *, balanced: bool, strength: float) -> dict[str, float]:
    """Logistic regression; weights by feature name, those below 0.02 left out."""
    from sklearn.feature_extraction import DictVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = DictVectorizer()
    x = vectorizer.fit_transform([features for features, _ in rows])
    y: NDArray[np.int64] = np.array([label for _, label in rows])
    model = LogisticRegression(
        C=strength, max_iter=3000, class_weight="balanced" if balanced else None
    ).fit(x, y)
    named = zip(vectorizer.feature_names_, model.coef_[0], strict=True)
    found = {name: round(float(w), 2) for name, w in named if abs(w) >= 0.02}
    return {BIAS: round(float(model.intercept_[0]), 2)} | found


def _other(rng: random.Random, pool: Sequence[tuple[str, Any]], mine: str) -> Any:
    while True:
        key, value = rng.choice(pool)
        if key != mine:
            return value


def _added(row: Mapping[str, Any], turns: Sequence[EarlierTurn]) -> frozenset[str]:
    """Stems that the rewrite adds and that the turns hold."""
    held = frozenset().union(*(content_stems(t.text) for t in earlier_texts(turns)))
    return (content_stems(row["Rewrite"]) - content_stems(row["Question"])) & held


def main(arguments: Sequence[str]) -> int:
    """Read the two sets, fit, write the table; arguments as in the module's docstring."""
    canard_file, dialogue_file, out = map(Path, arguments)
    with lzma.open(canard_file, "rt", encoding="utf-8") as file:
        canard = [row for row in json.load(file) if develop(row["QuAC_dialog_id"])]
    with lzma.open(dialogue_file, "rt", encoding="utf-8") as file:
        dialogues = [row for row in map(json.loads, file) if develop(row["doc_id"])]
    leans, switched = question_rows(canard, dialogues)
    carried = term_rows(canard)
    table = {
        "made": "python -m rag.train.followup; CANARD dev (CC BY-SA 4.0) and Doc2Dial (CC BY 3.0),"
        " the halves whose SHA-256 is even",
        "rows": {"leans": len(leans), "switched": len(switched), "carried": len(carried)},
        "thresholds": {"leans": 0.5, "switched": 0.6, "carried": 0.35},
        "models": {
            "leans": fit(leans, balanced=True, strength=0.3),
            "switched": fit(switched, balanced=True, strength=0.3),
            "carried": fit(carried, balanced=False, strength=0.1),
        },
    }
    out.write_text(json.dumps(table, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
