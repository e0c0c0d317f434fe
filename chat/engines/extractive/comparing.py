"""Selects one sentence of each of two things that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from chat.engines.extractive.definitions import begins_with
from chat.engines.extractive.quotes import Quote, quote
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from knowledge.text.analysis import query_terms

# A sentence that names both says how they differ only with such a word.
CONTRASTS = re.compile(
    r"\b(?:differ\w*|unlike|whereas|while|but|than|instead|rather|compared|contrast)\b"
    r"|[区區][别別分]|不同|差[别別异異]|相[比较較]|比[较較]|而(?!且)|更|[则則]"
)

# Of the score of the best sentence, what one needs that begins with the subject.
MIN_SHARE = 0.6


def one_of_each(ranking: Ranking, subjects: Sequence[str]) -> Iterator[Quote]:
    """The sentence that tells how both differ, and the best one of each; nothing if one of the two
    is not found."""
    first, second = (frozenset(query_terms(subject)) for subject in subjects)
    only_first, only_second = first - second, second - first
    both = next(filter(lambda ranked: _contrasts(ranked, first | second), ranking.best), None)
    of_first = _best_about(ranking, subjects[0], only_first, only_second)
    of_second = _best_about(ranking, subjects[1], only_second, only_first)
    if both and (both is ranking.best[0] or not (of_first and of_second)):
        yield quote(ranking, both)
    if of_first and of_second:
        yield quote(ranking, of_first)
        yield quote(ranking, of_second)


def _contrasts(ranked: RankedUnit, both: Set[str]) -> bool:
    return both <= ranked.unit.terms and CONTRASTS.search(ranked.unit.text) is not None


def _best_about(
    ranking: Ranking, subject: str, own: Set[str], other: Set[str]
) -> RankedUnit | None:
    """The best sentence that names one and not the other, itself rather than by its heading; one
    that begins with it, rather than one that mentions it, if it is nearly as good."""
    about = [ranked for ranked in ranking.best if not other <= ranked.unit.terms]
    named = [ranked for ranked in about if own <= ranked.unit.terms]
    begins = (
        ranked
        for ranked in named
        if begins_with(subject, ranked.unit.text) and ranked.score >= MIN_SHARE * named[0].score
    )
    below = (
        ranked for ranked in about if own <= ranked.unit.terms | ranking.titles[ranked.passage]
    )
    return next(begins, None) or next(iter(named), None) or next(below, None) if own else None
