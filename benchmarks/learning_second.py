"""Learns the weights of `chat/engines/extractive/second_sentence.py`, and prints them.

Learned is from questions whose answer is not in the first sentence, but in one that may follow it.
How often the answer is in the first two, with weights that were learned on half of the documents,
is tried on the other half, too. The same data give the same weights.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import SETS, Corpus, Question, arguments, build
from benchmarks.extractive import prompt
from benchmarks.logistic import PENALTY, STEPS, Rows, halves
from chat.engines.extractive.second_sentence import CANDIDATES, Features, adds_to, features_of
from chat.engines.extractive.sentence_ranking import rank
from chat.engines.extractive.sentence_selection import best_of
from chat.questions.question_kinds import kind_of

NAMES = {"en": "ENGLISH", "zh": "CHINESE"}


@dataclass(frozen=True, slots=True)
class Sample:
    """The candidates for the second sentence of one answer."""

    document: str
    rows: Rows
    # Which candidates have the answer, and whether the first sentence has it.
    right: NDArray[np.bool_]
    is_answered: bool

    @property
    def teaches(self) -> bool:
        return bool(not self.is_answered and self.right.any() and not self.right.all())


def main() -> None:
    options = arguments(__doc__ or "").parse_args()
    for language in SETS:
        corpus = build(options.data, language)
        samples = [
            sample
            for questions in corpus.questions.values()
            for question in questions
            for sample in candidates(corpus, question)
        ]
        print_weights(language, samples)


def candidates(corpus: Corpus, question: Question) -> Iterator[Sample]:
    """Nothing if there is nothing to choose from."""
    text = question.text
    ranking = rank(text, prompt(corpus, [corpus.kb_id], question).passages, kind_of(text))
    if not ranking.best:
        return
    best = best_of(text, ranking)
    others = [
        each
        for each in ranking.best[:CANDIDATES]
        if each is not best and adds_to(best.unit.text, best, each)
    ]
    if others:
        rows = [astuple(features) for features in features_of(text, ranking, best, others)]
        right = [_holds(each.unit.text, question) for each in others]
        is_answered = _holds(best.unit.text, question)
        yield Sample(question.document, np.array(rows), np.array(right), is_answered)


def _holds(text: str, question: Question) -> bool:
    return any(answer in text for answer in question.answers)


def print_weights(language: str, samples: Sequence[Sample]) -> None:
    tried = [
        answered(other, fitted(half)) for half, other in halves(samples, lambda each: each.document)
    ]
    print(f"# learned on a half, tried on the other: {np.mean(tried):.4f}")
    weights = fitted(samples)
    print(f"# {len(samples)} questions: {answered(samples, weights):.4f}")
    print(f"{NAMES[language]} = ({', '.join(f'{weight:.2f}' for weight in weights)})")


def fitted(samples: Sequence[Sample]) -> Rows:
    """Conditional logistic regression, by Newton's method: how likely one of the right candidates
    is chosen among all of its question."""
    taught = [sample for sample in samples if sample.teaches]
    if not taught:
        return np.zeros(len(fields(Features)))
    spread: Rows = np.vstack([sample.rows for sample in taught]).std(axis=0) + 1e-9
    found = np.zeros(len(spread))
    for _ in range(STEPS):
        slope, curve = -PENALTY * found, PENALTY * np.eye(len(found))
        for sample in taught:
            rows = sample.rows / spread
            likely = np.exp(rows @ found - np.max(rows @ found))
            likely /= likely.sum()
            wanted = np.where(sample.right, likely, 0.0)
            wanted /= wanted.sum()
            usual = likely @ rows
            slope += wanted @ rows - usual
            curve += (rows.T * likely) @ rows - np.outer(usual, usual)
        found = found + np.linalg.solve(curve, slope)
    weights: Rows = found / spread
    return weights


def answered(samples: Sequence[Sample], weights: Rows) -> float:
    """The share whose answer is in the first sentence or in the candidate that is chosen."""
    return float(np.mean([s.is_answered or s.right[np.argmax(s.rows @ weights)] for s in samples]))


if __name__ == "__main__":
    main()
