"""Learns the weights of `chat/questions/follow_up_weights.py`, and prints them.

Follow-ups are those of conversations (`<language>_talks.jsonl`). Complete questions are the others
of them, and those of the question sets, each after another one, about another document or the same
one; in the whole base, and in small ones. How often weights that were learned on half of the
conversations and documents take a question of the other half for the wrong kind is told, too. The
same data give the same weights.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import astuple, dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # to be run as a file, too

from benchmarks.evaluation import SETS, Question, arguments, build, lines, titles_of
from benchmarks.logistic import Rows, halves, learned
from benchmarks.refusing import drawn
from benchmarks.small_bases import small_base, small_bases
from chat.answers.turn_search import evidence_of
from chat.questions.evidence import Evidence
from chat.questions.follow_up import THRESHOLD, Context, Features, features_of
from chat.questions.term_weights import Frequencies
from knowledge.index.base import SearchScope
from knowledge.index.current_index import get_index
from knowledge.models import Chunk, Document, KnowledgeBase
from knowledge.search.retrieval import search
from knowledge.search.totals import total_chunks
from knowledge.text.analysis import query_terms

SMALL_BASES = 24
# Documents that are added to those of a conversation.
OTHERS = 8
MAX_BEFORE = 3


@dataclass(frozen=True, slots=True)
class Turn:
    group: str
    question: str
    # The document that was cited last, and what was said since.
    document: str
    said: Sequence[str]
    is_follow_up: bool


@dataclass(frozen=True, slots=True)
class Sample:
    # Samples of the same conversation or document belong together.
    group: str
    features: Features
    is_follow_up: bool


def main() -> None:
    parser = arguments(__doc__ or "")
    parser.add_argument("--limit", type=int, default=300, help="questions of each set")
    options = parser.parse_args()
    found: list[Sample] = []
    for language in SETS:
        corpus = build(options.data, language)
        base = KnowledgeBase.objects.get(pk=corpus.kb_id)
        titles = titles_of(base)
        for turns in conversations(options.data / f"{language}_talks.jsonl"):
            found += samples(base, turns)
            with small_base(base, documents_of(turns, base)) as small:
                found += samples(small, turns)
        for questions in corpus.questions.values():
            found += samples(base, complete(drawn(questions, options.limit)))
            found += samples(base, drawn(again(questions, titles), options.limit // 2))
        for small, some in small_bases(base, corpus, SMALL_BASES):
            found += samples(small, complete(some))
    print_weights(found)


def conversations(path: Path) -> Iterator[Sequence[Turn]]:
    for line in lines(path) if path.exists() else ():
        yield list(_turns(line["turns"]))


def _turns(turns: Sequence[dict[str, Any]]) -> Iterator[Turn]:
    document, said, group = "", list[str](), turns[0]["question"] if turns else ""
    for turn in turns:
        if document and turn["kind"] != "smalltalk":
            yield Turn(group, turn["question"], document, said, turn["kind"] == "followup")
        said = [turn["question"], *said]
        if turn["passage_id"]:
            document, said = f"{turn['passage_id']}.md", [turn["question"], *turn["answers"]]


def complete(questions: Sequence[Question]) -> list[Turn]:
    """Each after another one, about another document."""
    return [
        Turn(
            question.document,
            question.text,
            before.document,
            [before.text, *before.answers],
            False,
        )
        for before, question in pairwise(questions)
        if before.document != question.document
    ]


def again(questions: Sequence[Question], titles: Mapping[str, str]) -> list[Turn]:
    """Each after another one about the same document, whose title it names all the same."""
    ordered = sorted(questions, key=lambda question: question.document)
    return [
        Turn(
            question.document, question.text, before.document, [before.text, *before.answers], False
        )
        for before, question in pairwise(ordered)
        if before.document == question.document
        and titles[question.document].lower() in question.text.lower()
    ]


def documents_of(turns: Sequence[Turn], base: KnowledgeBase) -> list[str]:
    names = Document.objects.filter(knowledge_base=base).order_by("name")
    others = random.Random(turns[0].question if turns else 1).sample(
        list(names.values_list("name", flat=True)), min(OTHERS, len(names))
    )
    return list({*others, *(turn.document for turn in turns)})


def samples(base: KnowledgeBase, turns: Sequence[Turn]) -> Iterator[Sample]:
    scope = SearchScope(base.owner_id, [base.pk])
    for turn in turns:
        found = search(turn.question, owner_id=base.owner_id, kb_ids=[base.pk], limit=1)
        chunks = Chunk.objects.filter(knowledge_base=base, document__name=turn.document)
        before = [
            Evidence(turn.document, text, place)
            for place, text in chunks.order_by("position").values_list("place", "text")[:MAX_BEFORE]
        ]
        counts = get_index().counts(query_terms(turn.question), scope)
        features = features_of(
            turn.question,
            [evidence_of(chunk) for chunk in found],
            Context(before, turn.said),
            Frequencies(total_chunks(scope), counts),
        )
        yield Sample(turn.group, features, turn.is_follow_up)


def print_weights(found: Sequence[Sample]) -> None:
    tried = [wrong(other, *fitted(half)) for half, other in halves(found, lambda each: each.group)]
    missed, mistaken = np.mean(tried, axis=0)
    print(f"# learned on a half, tried on the other: {told(missed, mistaken)}")
    constant, weights = fitted(found)
    print(f"# {len(found)} questions: {told(*wrong(found, constant, weights))}")
    print(f"CONSTANT = {constant:.2f}")
    print(f"WEIGHTS = ({', '.join(f'{weight:.2f}' for weight in weights)})")


def fitted(found: Sequence[Sample]) -> tuple[float, Rows]:
    rows = np.array([astuple(sample.features) for sample in found])
    answers = np.array([float(sample.is_follow_up) for sample in found])
    return learned(rows, answers, np.ones(len(rows)))


def wrong(found: Sequence[Sample], constant: float, weights: Rows) -> tuple[float, float]:
    """The share of the follow-ups that are taken for complete, and the other way round."""
    rows = np.array([astuple(sample.features) for sample in found])
    follow_ups = np.array([sample.is_follow_up for sample in found])
    taken = 1 / (1 + np.exp(-rows @ weights - constant)) >= THRESHOLD
    return float(np.mean(~taken[follow_ups])), float(np.mean(taken[~follow_ups]))


def told(missed: float, mistaken: float) -> str:
    return (
        f"{missed:.3f} of the follow-ups are taken for complete, "
        f"{mistaken:.3f} of the complete for follow-ups"
    )


if __name__ == "__main__":
    main()
