"""Learns the weights of `chat/questions/answerability_weights.py`, and prints them.

Each question counts twice: with what the search finds for it, and with that but the document that
answers it. The threshold is set so that one in twenty of the first would be refused.
"""

import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import SETS, Corpus, Question, arguments, build
from benchmarks.refusing import drawn
from chat.questions.answerability import Features, features_of
from chat.questions.evidence import Evidence
from chat.questions.term_weights import Frequencies, weights_of
from knowledge.index.base import SearchScope
from knowledge.index.current_index import get_index
from knowledge.search.retrieval import search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.search.totals import total_chunks
from knowledge.text.analysis import query_terms, text_terms

NAMES = {"en": "ENGLISH", "zh": "CHINESE"}
FOUND, SHOWN = 12, 6
# Mild, since the features are few.
PENALTY, STEPS = 3.0, 30
FALSELY_REFUSED = 0.046

Rows = NDArray[np.float64]


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--limit", type=int, default=600, help="questions of each set")
    options = parser.parse_args()
    for language in SETS:
        corpus = build(options.data, language)
        pairs = [
            pair
            for questions in corpus.questions.values()
            for question in drawn(questions, options.limit)
            if (pair := features_twice(corpus, question))
        ]
        whole, taken = (np.array([pair[number] for pair in pairs]) for number in (0, 1))
        constant, weights = learned(whole, taken)
        refused = float(np.mean(taken @ weights + constant < 0))
        shown = ", ".join(f"{weight:.2f}" for weight in weights)
        print(f"# {len(pairs)} questions; refused without their document: {refused:.3f}")
        print(f"{NAMES[language]} = Weights({constant:.2f}, ({shown}))")


def features_twice(corpus: Corpus, question: Question) -> tuple[Sequence[float], Sequence[float]]:
    """As it is, and without its document."""
    scope = SearchScope(corpus.owner_id, [corpus.kb_id])
    found = search(question.text, owner_id=corpus.owner_id, kb_ids=[corpus.kb_id], limit=FOUND)
    counts = get_index().counts(query_terms(question.text), scope)
    total = total_chunks(scope)
    right = [chunk for chunk in found if chunk.document_name == question.document]
    lost = {term for chunk in right for term in text_terms(chunk.text)}
    fewer = {term: count - (term in lost) for term, count in counts.items()}
    others = [chunk for chunk in found if chunk.document_name != question.document]
    return (
        _features(question.text, found, Frequencies(total, counts)),
        _features(question.text, others, Frequencies(total - 1, fewer)),
    )


def _features(
    question: str, found: Sequence[ScoredChunk], frequencies: Frequencies
) -> Sequence[float]:
    evidence = [Evidence(f"{c.document_name} {c.place}", c.text) for c in found[:SHOWN]]
    features = features_of(question, evidence, weights_of(question, frequencies))
    return astuple(features) if features else (0.0,) * len(Features.__dataclass_fields__)


def learned(whole: Rows, taken: Rows) -> tuple[float, Rows]:
    """The constant and the weights of a logistic regression, by Newton's method."""
    rows = np.concatenate([whole, taken])
    answers = np.concatenate([np.ones(len(whole)), np.zeros(len(taken))])
    mean, spread = rows.mean(axis=0), rows.std(axis=0) + 1e-9
    scaled = np.c_[(rows - mean) / spread, np.ones(len(rows))]
    penalty = np.diag([*(PENALTY for _ in mean), 0.0])
    found = np.zeros(scaled.shape[1])
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-scaled @ found))
        slope = scaled.T @ (answers - likely) - penalty @ found
        curve = (scaled.T * (likely * (1 - likely) + 1e-6)) @ scaled + penalty
        found = found + np.linalg.solve(curve, slope)
    weights = np.round(found[:-1] / spread, 2)
    return -float(np.quantile(whole @ weights, FALSELY_REFUSED)), weights


if __name__ == "__main__":
    main()
