"""Chooses the second sentence that is quoted: by weights that `benchmarks/learning_second.py`
learns from questions whose answer is not in the first one."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from chat.engines.extractive.answer_types import answer_type_of
from chat.engines.extractive.passage_units import Kind
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from chat.questions.language import has_chinese
from knowledge.embedding.sentence_vectors import similarities

# It is chosen among so many. It needs this share of the best score, and so many new terms.
CANDIDATES, MIN_SHARE_OF_BEST, MIN_NEW = 10, 0.5, 0.3
# Rows that differ in their scores by more are not both what is asked for.
EQUALLY_GOOD = 0.05

# In the order of `Features`.
ENGLISH = (5.52, 7.40, 4.01, -3.84, 1.74, 1.07, 1.44, -0.58)
CHINESE = (4.85, 6.24, 8.97, -3.40, 3.31, 0.22, 0.83, -0.76)


@dataclass(frozen=True, slots=True)
class Features:
    score: float
    # How near it is in meaning: the first sentence is chosen better by words alone.
    meaning: float
    # The share of the question that it covers: with its title and its neighbours, alone, and what
    # the first sentence does not.
    covered: float
    own: float
    added: float
    # 1 for the best passage, 1/2 for the second, and so on.
    passage: float
    # 1 if it has what is asked for: a date, a person.
    fits: float
    # The logarithm of its number in the passage.
    number: float


def second_sentence(
    question: str, ranking: Ranking, best: RankedUnit, candidates: Sequence[RankedUnit]
) -> RankedUnit:
    weights = CHINESE if has_chinese(question) else ENGLISH
    found = features_of(question, ranking, best, candidates)
    values = [
        sum(weight * value for weight, value in zip(weights, astuple(features), strict=True))
        for features in found
    ]
    return candidates[values.index(max(values))]


def features_of(
    question: str, ranking: Ranking, best: RankedUnit, candidates: Sequence[RankedUnit]
) -> list[Features]:
    answer_type = answer_type_of(question)
    meanings = similarities(question, [each.unit.text for each in candidates])
    return [
        Features(
            score=each.score,
            meaning=meaning,
            covered=each.covered,
            own=sum(ranking.weights[t] for t in ranking.weights if t in each.unit.terms),
            added=sum(
                weight
                for term, weight in ranking.weights.items()
                if term in each.unit.terms and term not in best.unit.terms
            ),
            passage=1 / (each.passage + 1),
            fits=float(answer_type is not None and answer_type.fit(each.unit.text) > 0),
            number=math.log(1 + each.number),
        )
        for each, meaning in zip(candidates, meanings, strict=True)
    ]


def adds_to(said: str, best: RankedUnit, other: RankedUnit) -> bool:
    """Whether another sentence says something else than what is quoted first."""
    unit = other.unit
    is_of_the_same_block = (other.passage, unit.block) == (best.passage, best.unit.block)
    return (
        other.score >= MIN_SHARE_OF_BEST * best.score
        and unit.text not in said
        and len(unit.terms - best.unit.terms) >= MIN_NEW * len(unit.terms)
        # Of a table or a list, one row or item is the answer, unless another covers as much.
        and not (
            unit.kind in (Kind.ROW, Kind.ITEM)
            and is_of_the_same_block
            and (other.covered < best.covered or other.score < best.score - EQUALLY_GOOD)
        )
    )
