"""Selects lists as a whole: all items, the rows of a table, the headings of sections, or what a
section says in sentences."""

from __future__ import annotations

from collections.abc import Iterator, Sequence, Set
from statistics import fmean

from chat.engines.extractive.enumerations import (
    best_enumeration,
    count_items,
    nearest_enumeration,
)
from chat.engines.extractive.passage_units import Kind, Unit
from chat.engines.extractive.quotes import (
    Quote,
    end_of_block,
    quote,
    quote_of,
    start_of_block,
    with_introduction,
)
from chat.engines.extractive.sentence_ranking import RANK_BONUS, RankedUnit, Ranking
from chat.questions.list_questions import KIND, how_many_wanted, kind_terms, list_topic
from knowledge.text.analysis import fold, query_terms, text_terms

# A list is preferred to a sentence that covers more by so much.
LIST_BONUS = 0.1
# Added for standing under a heading that says what is asked for, and nothing else.
HEADING_BONUS = 0.3
# What is said in the items counts less than what is said of the list.
ITEM_WEIGHT = 0.4
MIN_ITEMS = 2
# Notes, each of some sentences, are hardly what is asked for.
LONG_ITEM, LONG_MALUS = 120, 0.15
# Of a section that is quoted as a whole.
MAX_SENTENCES = 5


def best_list(ranking: Ranking, question: str, listed: Sequence[str]) -> Iterator[Quote]:
    """The sentence that enumerates what is asked for; the headings `listed`, unless there is a list
    under the first of them; the list or table that covers most of the question, if no sentence
    covers clearly more; or what a section with just this heading says."""
    topic = list_topic(question)
    lists = [*_lists(ranking, topic)]
    about = [found for found in lists if listed and _is_about(ranking, found, topic)]
    best = max(about or lists, key=lambda ranked: ranked.score, default=None)
    enumeration = best_enumeration(
        ranking, topic, kind_terms(question), how_many_wanted(question)
    ) or nearest_enumeration(question, ranking, topic)
    if about and best:
        yield _quoted_list(ranking, best, topic)
    elif listed:
        text = "\n".join(f"- {name}" for name in listed)
        yield _told(ranking, enumeration) if enumeration else Quote(text, 0, 1.0, 1.0)
    elif best and (not ranking.best or _is_preferred(best, enumeration or ranking.best[0])):
        yield _quoted_list(ranking, best, topic)
    elif enumeration:
        yield _told(ranking, enumeration)
    elif ranking.best and (found := _section(ranking, ranking.best[0], topic)):
        yield found


def says_kinds(ranking: Ranking) -> bool:
    """Whether any of what may be quoted speaks of kinds."""
    return any(KIND.search(fold(each.unit.text)) for each in ranking.best)


def _lists(ranking: Ranking, topic: Sequence[str]) -> Iterator[RankedUnit]:
    """Those that have anything to do with the topic."""
    return (
        _ranked_list(ranking, topic, passage, start)
        for passage, units in enumerate(ranking.texts)
        for start, unit in enumerate(units)
        if unit.kind in (Kind.ITEM, Kind.ROW)
        and start_of_block(units, start) == start
        and end_of_block(units, start) - start >= MIN_ITEMS
        and (not topic or not _said_with(ranking, passage, start).isdisjoint(topic))
    )


def _told(ranking: Ranking, found: RankedUnit) -> Quote:
    """A sentence that enumerates; one that announces kinds, with those after it that tell them."""
    if count_items(found.unit.text) or found.unit.introduces:
        return quote(ranking, found)
    units = ranking.texts[found.passage]
    end = min(end_of_block(units, found.number), found.number + MAX_SENTENCES)
    return quote_of(units[found.number : end], found)


def _is_preferred(found: RankedUnit, best: RankedUnit) -> bool:
    """A list to the best sentence; an item of it that is best covers what is asked for it all."""
    is_in = (best.passage, best.unit.block) == (found.passage, found.unit.block)
    return is_in or found.score + LIST_BONUS >= best.score


def _is_about(ranking: Ranking, found: RankedUnit, topic: Sequence[str]) -> bool:
    """Whether the last heading above a list, or the sentence before it, says what is asked for."""
    units = ranking.texts[found.passage]
    introduction = units[with_introduction(units, found.number)]
    said = {*text_terms(ranking.headings[found.passage])}
    if introduction.kind is Kind.SENTENCE:
        said |= introduction.terms
    return {*topic} <= said


def _section(ranking: Ranking, best: RankedUnit, topic: Sequence[str]) -> Quote | None:
    """A short section of the document, if its heading names nothing but what is asked for."""
    heading = set(query_terms(ranking.headings[best.passage]))
    units = ranking.texts[best.passage]
    is_short = 1 < len(units) <= MAX_SENTENCES
    if not (ranking.sections[best.passage] and is_short and heading and heading <= {*topic}):
        return None
    return quote_of(units, best) if all(unit.kind is Kind.SENTENCE for unit in units) else None


def _quoted_list(ranking: Ranking, best: RankedUnit, topic: Sequence[str]) -> Quote:
    """All of it, with the sentence before it, if that is about it; if some of its items alone have
    what else is asked for, only these."""
    units = ranking.texts[best.passage]
    start, end = with_introduction(units, best.number), end_of_block(units, best.number)
    if not units[start].introduces and units[start].terms.isdisjoint(topic):
        start = best.number
    items = units[best.number : end]
    said = _said_of(ranking, best.passage, best.number)
    counts = [
        sum(term in item.terms for term in _distinctive(ranking, items, said)) for item in items
    ]
    if not any(counts):
        return quote_of(units[start:end], best)
    return quote_of(
        [item for item, count in zip(items, counts, strict=True) if count == max(counts)], best
    )


def _distinctive(ranking: Ranking, items: Sequence[Unit], said: Set[str]) -> list[str]:
    """Terms of the question that some items have, not all, and that are not said of the list."""
    return [
        term
        for term in ranking.weights
        if term not in said and 0 < sum(term in item.terms for item in items) < len(items)
    ]


def _ranked_list(ranking: Ranking, topic: Sequence[str], passage: int, start: int) -> RankedUnit:
    units = ranking.texts[passage]
    said_of_it = _said_of(ranking, passage, start)
    said_in_it = _said_with(ranking, passage, start)
    covered = sum(
        weight * (1 if term in said_of_it else ITEM_WEIGHT)
        for term, weight in ranking.weights.items()
        if term in said_of_it or term in said_in_it
    )
    score = covered + RANK_BONUS / (passage + 1)
    names = (ranking.headings[passage], KIND.sub(" ", fold(units[start].column)))
    if any(own and own <= {*topic} for own in map(_distinct_terms, names)):
        score += HEADING_BONUS
    items = units[start : end_of_block(units, start)]
    if fmean(len(item.text) for item in items) > LONG_ITEM:
        score -= LONG_MALUS
    return RankedUnit(units[start], passage, start, covered, score)


def _said_of(ranking: Ranking, passage: int, start: int) -> Set[str]:
    """The terms of the title, the headings and the sentence before a list."""
    units = ranking.texts[passage]
    above = [unit for unit in units[:start] if unit.kind is Kind.HEADING]
    above += units[with_introduction(units, start) : start]
    said = {*text_terms(units[start].column)}
    return ranking.titles[passage] | said | {term for unit in above for term in unit.terms}


def _said_with(ranking: Ranking, passage: int, start: int) -> Set[str]:
    """The terms of a list, and of what stands above it."""
    units = ranking.texts[passage]
    items = units[start : end_of_block(units, start)]
    return _said_of(ranking, passage, start) | {term for unit in items for term in unit.terms}


def _distinct_terms(name: str) -> set[str]:
    return {*query_terms(name)}
