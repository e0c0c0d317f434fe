"""Learns the weights of `chat/questions/answerability_weights.py`, and prints them.

Each question counts twice: with what the search finds for it, and with that but the document that
answers it; in the whole knowledge base and in small ones. Questions about other things, which it
cannot answer, count as well, and in small ones questions that ask of the subject of one document
what another one tells of its own. The threshold is set so that a little less than one in twenty of
the questions to the whole base would be refused. How often that happens is told for weights that
were learned on half of the documents, and tried on the other half, too: several times, halved at
random. The same data give the same weights.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import NO_TITLE, SETS, Question, arguments, build, lines, titles_of
from benchmarks.logistic import Rows, halves, learned
from benchmarks.refusing import drawn
from benchmarks.small_bases import small_bases
from chat.answers.turn_search import evidence_of
from chat.models import Dialog
from chat.questions.answerability import Features, features_of
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
# What is learned is a little worse on other questions than on these.
FALSELY_REFUSED = {"en": 0.036, "zh": 0.046}
# How many questions about other things there are at most.
MAX_OTHERS = 300
# With so many other titles a question is asked.
RENAMED = 2
# How much a sample of these kinds counts; of all others, 1. Some of the renamed have an answer.
COUNTS = {"other": 2.0, "renamed": 0.2}


@dataclass(frozen=True, slots=True)
class Sample:
    # The document that answers; of a question about other things, the question.
    document: str
    # "whole" and "small" have an answer; "taken", "small taken", "other" and "renamed" have none.
    kind: str
    # None: nothing was found.
    features: Features | None

    @property
    def is_answered(self) -> bool:
        return self.kind in ("whole", "small")


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--limit", type=int, default=700, help="questions of each set")
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
            samples += [_asked(small, text, "renamed", name) for text, name in renamed(small, some)]
        for text in drawn([*others(options.data, language)], min(MAX_OTHERS, options.limit)):
            samples.append(_asked(base, text, "other", text))
        print_weights(language, samples)


def others(data: Path, language: str) -> Iterator[str]:
    """Questions about what the knowledge base does not have."""
    path = data / ("en_mtrag.tasks.jsonl" if language == "en" else "cross_zh_en.questions.jsonl")
    for line in lines(path) if path.exists() else ():
        said = [said["text"] for said in line.get("history", ()) if said["role"] == "user"]
        yield [*said, line["question"]][0]


def renamed(base: KnowledgeBase, questions: Sequence[Question]) -> Iterator[tuple[str, str]]:
    """Those that name the title of their document, with the titles of the next ones instead, and
    the document that they were about."""
    titles = titles_of(base)
    for number, question in enumerate(questions):
        text, title = question.text, titles[question.document]
        start = text.lower().find(title.lower())
        for other in [*questions, *questions][number + 1 : number + 1 + RENAMED]:
            another = titles[other.document]
            if start >= 0 and another not in (title, NO_TITLE):
                yield f"{text[:start]}{another}{text[start + len(title) :]}", question.document


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
    total = frequencies.total
    # Both of the same size, or the size would tell which is which.
    without = _features(text, rest, Frequencies(total - 1, fewer), total)
    return (
        Sample(question.document, kinds[0], _features(text, found, frequencies, total)),
        Sample(question.document, kinds[1], without),
    )


def _asked(base: KnowledgeBase, text: str, kind: str, document: str) -> Sample:
    found, frequencies = _found(base, text)
    return Sample(document, kind, _features(text, found, frequencies, frequencies.total))


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
    question: str, found: Sequence[ScoredChunk], frequencies: Frequencies, total: int
) -> Features | None:
    evidence = [evidence_of(chunk) for chunk in found[: Dialog().top_n]]
    return features_of(question, evidence, weights_of(question, frequencies), total)


def print_weights(language: str, samples: Sequence[Sample]) -> None:
    falsely = FALSELY_REFUSED[language]
    tried = [
        refused(other, *fitted(half, falsely))
        for half, other in halves(samples, lambda sample: sample.document)
    ]
    means = {kind: round(float(np.mean([each[kind] for each in tried])), 3) for kind in tried[0]}
    print(f"# learned on a half, tried on the other: {means}")
    constant, weights = fitted(samples, falsely)
    print(f"# {len(samples)} samples: {refused(samples, constant, weights)}")
    print(
        f"{NAMES[language]} = Weights({constant:.2f}, ({', '.join(f'{w:.2f}' for w in weights)}))"
    )


def fitted(samples: Sequence[Sample], falsely: float) -> tuple[float, Rows]:
    some = [(sample, sample.features) for sample in samples if sample.features]
    rows = np.array([astuple(features) for _, features in some])
    answers = np.array([float(sample.is_answered) for sample, _ in some])
    counts = np.array([COUNTS.get(sample.kind, 1.0) for sample, _ in some])
    weights = np.round(learned(rows, answers, counts)[1], 2)
    whole = [_score(sample, 0.0, weights) for sample in samples if sample.kind == "whole"]
    return -float(np.quantile(whole, falsely)), weights


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
