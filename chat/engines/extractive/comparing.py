"""Selects one sentence of each of two things that are compared."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence, Set

from chat.engines.extractive.definitions import begins_with
from chat.engines.extractive.passage_units import Kind
from chat.engines.extractive.quotes import Quote, end_of_block, quote, quote_of, start_of_block
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from chat.questions.language import has_chinese
from knowledge.text.analysis import query_terms

# A sentence that names both says how they differ only with such a word.
CONTRASTS = re.compile(
    r"\b(?:differ\w*|unlike|whereas|while|but|than|instead|rather|compared|contrast)\b"
    r"|[区區][别別分]|不同|差[别別异異]|相[比较較]|比[较較]|而(?!且)|更|[则則]"
)

# A sentence that has so much of the question and compares both says it alone.
SAYS_ALL = 0.9
# Of the score of the best sentence, what one needs that begins with the subject.
MIN_SHARE = 0.6
# Added for standing in a section whose headings name it, and in the paragraph, list or table in
# which the other one is told.
SECTION_BONUS = 0.3


def knows_both(ranking: Ranking, subjects: Sequence[str]) -> bool:
    """Whether the passages name each by what is not the name of the other: what is written of one
    alone tells no difference. White gold is not named where something is white."""
    said = [
        unit.terms | title
        for units, title in zip(ranking.texts, ranking.titles, strict=True)
        for unit in units
    ]
    first, second = (frozenset(query_terms(subject)) for subject in subjects)
    return all(
        not own or any(_names(terms, own) for terms in said)
        for own in (first - second, second - first)
    )


def _names(said: Set[str], own: Set[str]) -> bool:
    """Whether a sentence has most of a name. Of Chinese, pairs of characters are no words: half."""
    chinese = any(map(has_chinese, own))
    return 2 * len(own & said) + chinese > len(own)


def one_of_each(ranking: Ranking, subjects: Sequence[str]) -> Iterator[Quote]:
    """The sentence that tells how both differ, and the best one of each; nothing if one of the two
    is not found."""
    first, second = (frozenset(query_terms(subject)) for subject in subjects)
    only_first, only_second = first - second, second - first
    both = next((each for each in ranking.best if _contrasts(each, first | second)), None)
    of_first = _best_about(ranking, subjects[0], only_first, only_second)
    of_second = _best_about(ranking, subjects[1], only_second, only_first, of_first)
    if both and (both is ranking.best[0] or not (of_first and of_second)):
        yield quote(ranking, both)
        if both.covered >= SAYS_ALL:
            return
    if not (of_first and of_second):
        # They are told together: "Dawn and dusk are one planet: …".
        together = [each for each in ranking.best if first | second <= each.unit.terms]
        are_told_apart = bool(only_first and only_second)
        if not both and together and (are_told_apart or together[0].unit.kind is Kind.ROW):
            yield _told_together(ranking, _clauses_first(together, subjects))
            return
        if are_told_apart:
            of_first = of_first or _best_below(ranking, only_first, only_second)
            of_second = of_second or _best_below(ranking, only_second, only_first)
    if of_first and of_second:
        yield quote(ranking, of_first)
        if of_second is not of_first:
            yield quote(ranking, of_second)


def _clauses_first(together: Sequence[RankedUnit], subjects: Sequence[str]) -> Sequence[RankedUnit]:
    """First those with a clause about each: "A hangs on cables; B is held by stays"."""
    return sorted(
        together,
        key=lambda each: not all(begins_with(subject, each.unit.text) for subject in subjects),
    )


def _told_together(ranking: Ranking, together: Sequence[RankedUnit]) -> Quote:
    """The best one; a table that has both as columns as a whole, if no row is better than others:
    "which is heavier" has no word of "weight"."""
    best, *others = together
    if best.unit.kind is Kind.ROW and any(other.covered >= best.covered for other in others):
        units = ranking.texts[best.passage]
        start, end = start_of_block(units, best.number), end_of_block(units, best.number)
        return quote_of(units[start:end], best)
    return quote(ranking, best)


def _contrasts(ranked: RankedUnit, both: Set[str]) -> bool:
    return both <= ranked.unit.terms and CONTRASTS.search(ranked.unit.text) is not None


def _best_about(
    ranking: Ranking,
    subject: str,
    own: Set[str],
    other: Set[str],
    beside: RankedUnit | None = None,
) -> RankedUnit | None:
    """The best sentence that names one and not the other, first of all in a section about it, or
    `beside` what was found of the other; one that begins with it, rather than one that mentions
    it, if it is nearly as good."""
    if not own:
        return None
    place = (beside.passage, beside.unit.block) if beside else None
    scores = [
        (
            ranked.score
            + (SECTION_BONUS if own <= ranking.titles[ranked.passage] else 0)
            + (SECTION_BONUS if (ranked.passage, ranked.unit.block) == place else 0),
            ranked,
        )
        for ranked in ranking.best
        if own <= ranked.unit.terms and not other <= ranked.unit.terms
    ]
    best, found = max(scores, key=lambda pair: pair[0], default=(0.0, None))
    begins = [
        pair
        for pair in scores
        if begins_with(subject, pair[1].unit.text) and pair[0] >= MIN_SHARE * best
    ]
    return max(begins, key=lambda pair: pair[0], default=(best, found))[1]


def _best_below(ranking: Ranking, own: Set[str], other: Set[str]) -> RankedUnit | None:
    """The best sentence under a heading that names it."""
    return next(
        (
            ranked
            for ranked in ranking.best
            if own
            and own <= ranked.unit.terms | ranking.titles[ranked.passage]
            and not other <= ranked.unit.terms
        ),
        None,
    )
