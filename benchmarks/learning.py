"""Learns the weights of `chat/questions/answerability_weights.py`, and prints them.

Each question counts twice: with what the search finds for it, and with that but the document that
answers it; in the whole knowledge base and in small ones. Questions about other things, which it
cannot answer, count as well. The threshold is set so that one in twenty of the questions to the
whole base would be refused; how often that happens is told for weights that were learned on the
other half of them, too.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import SETS, Question, arguments, build, lines
from benchmarks.logistic import Rows, learned
from benchmarks.refusing import drawn
from benchmarks.small_bases import small_bases
from chat.models import Dialog
from chat.questions.answerability import Features, features_of
from chat.questions.evidence import Evidence
from chat.questions.term_weights import Frequencies, weights_of
from knowledge.index.base import SearchScope
from knowledge.index.current_index import get_index
from knowledge.models import KnowledgeBase
from knowledge.search.retrieval import search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.search.totals import total_chunks
from knowledge.text.analysis import query_terms, text_terms

NAMES = {"en": "ENGLISH", "zh": "CHINESE"}
FOUND, SMALL_BASES = 12, 40
FALSELY_REFUSED = 0.049
# How much a question about other things counts, and how many there are at most.
OTHER_COUNTS, MAX_OTHERS = 2.0, 300


@dataclass(frozen=True, slots=True)
class Sample:
    question: str
    # "whole" and "small" have an answer; "taken", "small taken" and "other" have none.
    kind: str
    # None: nothing was found.
    features: Features | None

    @property
    def is_answered(self) -> bool:
        return self.kind in ("whole", "small")


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--limit", type=int, default=450, help="questions of each set")
    options = parser.parse_args()
    for language in SETS:
        corpus = build(options.data, language)
        base = KnowledgeBase.objects.get(pk=corpus.kb_id)
        samples = [
            sample
            for questions in corpus.questions.values()
            for question in drawn(questions, options.limit)
            for sample in asked_twice(base, question, ("whole", "taken"))
        ]
        for small, some in small_bases(base, corpus, min(SMALL_BASES, options.limit)):
            for question in some:
                samples += asked_twice(small, question, ("small", "small taken"))
        for text in drawn([*others(options.data, language)], min(MAX_OTHERS, options.limit)):
            found, frequencies = _found(base, text)
            samples.append(Sample(text, "other", _features(text, found, frequencies)))
        print_weights(NAMES[language], samples)


def others(data: Path, language: str) -> Iterator[str]:
    """Questions about what the knowledge base does not have."""
    path = data / ("en_mtrag.tasks.jsonl" if language == "en" else "cross_zh_en.questions.jsonl")
    for line in lines(path) if path.exists() else ():
        said = [said["text"] for said in line.get("history", ()) if said["role"] == "user"]
        yield [*said, line["question"]][0]


def asked_twice(
    base: KnowledgeBase, question: Question, kinds: tuple[str, str]
) -> tuple[Sample, Sample]:
    """As it is, and without its document."""
    text = question.text
    found, frequencies = _found(base, text)
    right = [chunk for chunk in found if chunk.document_name == question.document]
    lost = {term for chunk in right for term in text_terms(chunk.text)}
    fewer = {term: count - (term in lost) for term, count in frequencies.counts.items()}
    rest = [chunk for chunk in found if chunk.document_name != question.document]
    without = _features(text, rest, Frequencies(frequencies.total - 1, fewer))
    return (
        Sample(text, kinds[0], _features(text, found, frequencies)),
        Sample(text, kinds[1], without),
    )


def _found(base: KnowledgeBase, text: str) -> tuple[list[ScoredChunk], Frequencies]:
    found = search(
        text,
        owner_id=base.owner_id,
        kb_ids=[base.pk],
        limit=FOUND,
        threshold=Dialog().similarity_threshold,
    )
    scope = SearchScope(base.owner_id, [base.pk])
    counts = get_index().counts(query_terms(text), scope)
    return found, Frequencies(total_chunks(scope), counts)


def _features(
    question: str, found: Sequence[ScoredChunk], frequencies: Frequencies
) -> Features | None:
    evidence = [
        Evidence(f"{c.document_name} {c.place}", c.text, c.vector_similarity)
        for c in found[: Dialog().top_n]
    ]
    weights = weights_of(question, frequencies)
    return features_of(question, evidence, weights, frequencies.total)


def print_weights(name: str, samples: Sequence[Sample]) -> None:
    texts = list(dict.fromkeys(sample.question for sample in samples))
    first = set(texts[::2])
    halves = [
        [s for s in samples if (s.question in first) is is_first] for is_first in (True, False)
    ]
    for learnt, tried in (halves, halves[::-1]):
        print(f"# learned on a half, tried on the other: {refused(tried, *fitted(learnt))}")
    constant, weights = fitted(samples)
    print(f"# {len(samples)} samples: {refused(samples, constant, weights)}")
    print(f"{name} = Weights({constant:.2f}, ({', '.join(f'{w:.2f}' for w in weights)}))")


def fitted(samples: Sequence[Sample]) -> tuple[float, Rows]:
    some = [(sample, sample.features) for sample in samples if sample.features]
    rows = np.array([astuple(features) for _, features in some])
    answers = np.array([float(sample.is_answered) for sample, _ in some])
    counts = np.array([OTHER_COUNTS if sample.kind == "other" else 1.0 for sample, _ in some])
    weights = np.round(learned(rows, answers, counts)[1], 2)
    whole = [_score(sample, 0.0, weights) for sample in samples if sample.kind == "whole"]
    return -float(np.quantile(whole, FALSELY_REFUSED)), weights


def refused(samples: Sequence[Sample], constant: float, weights: Rows) -> dict[str, float]:
    """The share of each kind."""
    kinds = dict.fromkeys(sample.kind for sample in samples)
    scores = {
        kind: [_score(s, constant, weights) for s in samples if s.kind == kind] for kind in kinds
    }
    return {kind: round(float(np.mean(np.array(some) < 0)), 3) for kind, some in scores.items()}


def _score(sample: Sample, constant: float, weights: Rows) -> float:
    return (
        constant + float(np.dot(astuple(sample.features), weights)) if sample.features else -100.0
    )


if __name__ == "__main__":
    main()
