"""Selects what is quoted: the answer first, and then at most what belongs to it."""

from __future__ import annotations

from collections.abc import Sequence

from chat.engines.base import Passage
from chat.engines.extractive.comparing import one_of_each
from chat.engines.extractive.passage_units import Kind
from chat.engines.extractive.question_kinds import QuestionKind, kind_of
from chat.engines.extractive.quotes import Quote, quote
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking, rank
from chat.engines.extractive.whole_blocks import best_list, steps
from knowledge.embedding.encoder import encode

# The second sentence is chosen among so many, by score and by nearness in meaning: the first one is
# chosen better by words alone. It needs this share of the best score, and so many new terms.
CANDIDATES, MEANING_WEIGHT = 5, 0.8
MIN_SHARE_OF_BEST, MIN_NEW = 0.6, 0.3


def select(question: str, passages: Sequence[Passage]) -> list[Quote]:
    """What answers the question; nothing if nothing covers any of it."""
    asked = kind_of(question)
    ranking = rank(question, passages, asked)
    if not ranking.best:
        return []
    found: list[Quote] = []
    match asked.kind:
        case QuestionKind.STEPS:
            found = list(steps(question, ranking))
        case QuestionKind.LIST:
            found = list(best_list(ranking))
        case QuestionKind.BOTH:
            found = list(one_of_each(ranking, asked.subjects))
    return found or best_sentences(question, ranking)


def best_sentences(question: str, ranking: Ranking) -> list[Quote]:
    """The best one, with what it introduces, and another one if it adds something."""
    best = ranking.best[0]
    first = quote(ranking, best)
    candidates = [
        ranked for ranked in ranking.best[1:CANDIDATES] if _adds_to(first.text, best, ranked)
    ]
    if not candidates:
        return [first]
    asked, *meanings = encode([question, *(ranked.unit.text for ranked in candidates)])
    nearness = [float(meaning @ asked) for meaning in meanings]
    _, second = max(
        zip(nearness, candidates, strict=True),
        key=lambda pair: pair[1].score + MEANING_WEIGHT * pair[0],
    )
    return [first, quote(ranking, second)]


def _adds_to(said: str, best: RankedUnit, other: RankedUnit) -> bool:
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
            and other.covered < best.covered
        )
    )
