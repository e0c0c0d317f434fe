"""Selects lists and procedures as a whole: all items, and the steps with their code, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from chat.engines.extractive.passage_units import Kind, Unit
from chat.engines.extractive.quotes import Quote, end_of_block, quote_of, start_of_block
from chat.engines.extractive.sentence_ranking import RANK_BONUS, RankedUnit, Ranking
from knowledge.embedding.encoder import encode

NUMBERED = re.compile(r"\n\s*(?:\d|[（(]|[①-⑳一二三四五六七八九十])")
# A passage with steps is preferred to a better one without, if it fits nearly as well. Its heading
# counts, and if that says it all, the steps begin at the top.
HEADING_BONUS, MIN_FIT, IS_THE_TOPIC = 0.3, 0.85, 0.5
# ... by its meaning, and what the similarity has to be to do without words.
MEANING_BONUS, MIN_SIMILARITY = 0.8, 0.45
# A list is preferred to a sentence that covers more by so much.
LIST_BONUS = 0.1
MIN_COVERED_BY_STEPS = 0.4
# Code is near if it comes within so many sentences; it goes on if not more are between.
NEAR, SENTENCES_BETWEEN = 4, 2
# What is said in the items counts less than what is said of the list.
ITEM_WEIGHT = 0.4
MIN_ITEMS = 2


def steps(question: str, ranking: Ranking) -> Iterator[Quote]:
    """The steps of the passage that fits best, by what it says and by its heading: by words, and by
    meaning, since a flat tyre is fixed as a puncture is mended."""
    best_of_passages: dict[int, RankedUnit] = {}
    for ranked in ranking.best:
        best_of_passages.setdefault(ranked.passage, ranked)
    asked, *meanings = encode(
        [question, *(ranking.headings[passage] for passage in best_of_passages)]
    )
    similar = {
        passage: float(meaning @ asked) if ranking.headings[passage] else 0.0
        for passage, meaning in zip(best_of_passages, meanings, strict=True)
    }
    fits = {
        passage: ranked.score
        + HEADING_BONUS * ranking.heading_coverage[passage]
        + MEANING_BONUS * similar[passage]
        for passage, ranked in best_of_passages.items()
    }
    for passage in sorted(fits, key=lambda passage: -fits[passage]):
        ranked, units = best_of_passages[passage], ranking.texts[passage]
        is_similar = similar[passage] >= MIN_SIMILARITY
        is_covered = is_similar or ranked.covered >= MIN_COVERED_BY_STEPS
        if not is_covered or fits[passage] < MIN_FIT * max(fits.values()):
            continue
        is_the_topic = is_similar or ranking.heading_coverage[passage] >= IS_THE_TOPIC
        at = 0 if is_the_topic else ranked.number
        if found := _numbered_steps(units, ranked.number) or _steps_with_code(units, at):
            yield quote_of(found, ranked)
            return


def _numbered_steps(units: Sequence[Unit], at: int) -> Sequence[Unit]:
    """The numbered list that is nearest; empty if there is none."""
    lists = [number for number in range(len(units)) if _begins_numbered_list(units, number)]
    if not lists:
        return []
    start = min(lists, key=lambda number: abs(number - at))
    end = end_of_block(units, start)
    while end < len(units) and _begins_numbered_list(units, end):
        end = end_of_block(units, end)
    return units[_with_introduction(units, start) : end]


def _steps_with_code(units: Sequence[Unit], at: int) -> Sequence[Unit]:
    """The sentence with the code that follows it, and as long as it goes on: little is said, and
    code follows again. Empty if no code is near."""
    code = next(
        (n for n in range(at, min(len(units), at + 1 + NEAR)) if units[n].kind is Kind.CODE), None
    )
    if code is None:
        return []
    # Two or three sentences may lead to the code: those of its paragraph, or from the best one on.
    start = max(start_of_block(units, at), start_of_block(units, max(0, code - 1)))
    if start and units[start].text[:1].islower():
        start -= 1
    end = code + 1
    while end < len(units):
        following = next((n for n in range(end, len(units)) if units[n].kind is Kind.CODE), 0)
        if not following or following - end > SENTENCES_BETWEEN:
            break
        end = following + 1
    if end < len(units) and units[end].kind is Kind.SENTENCE:
        said_after = units[end : min(end_of_block(units, end), end + SENTENCES_BETWEEN)]
        end += 0 if said_after[-1].introduces else len(said_after)
    return units[start:end]


def _begins_numbered_list(units: Sequence[Unit], at: int) -> bool:
    unit = units[at]
    return (
        unit.kind is Kind.ITEM
        and start_of_block(units, at) == at
        and bool(NUMBERED.match(unit.joint))
        and (end_of_block(units, at) - at >= MIN_ITEMS or unit.joint.strip() != "1.")
    )


def _with_introduction(units: Sequence[Unit], at: int) -> int:
    """The number of the sentence before a list or code, if there is one."""
    return at - 1 if at and units[at - 1].kind is Kind.SENTENCE else at


def best_list(ranking: Ranking) -> Iterator[Quote]:
    """The list or table that covers most of the question, if no sentence covers clearly more."""
    lists = [
        _ranked_list(ranking, passage, start)
        for passage, units in enumerate(ranking.texts)
        for start, unit in enumerate(units)
        if unit.kind in (Kind.ITEM, Kind.ROW)
        and start_of_block(units, start) == start
        and end_of_block(units, start) - start >= MIN_ITEMS
    ]
    best = max(lists, key=lambda ranked: ranked.score, default=None)
    if best and (best.score + LIST_BONUS >= ranking.best[0].score or _is_in(ranking.best[0], best)):
        units = ranking.texts[best.passage]
        start = _with_introduction(units, best.number)
        yield quote_of(units[start : end_of_block(units, best.number)], best)


def _is_in(ranked: RankedUnit, found: RankedUnit) -> bool:
    """Whether it is an item of the list; then it covers what is asked for the whole list."""
    return (ranked.passage, ranked.unit.block) == (found.passage, found.unit.block)


def _ranked_list(ranking: Ranking, passage: int, start: int) -> RankedUnit:
    units = ranking.texts[passage]
    end = end_of_block(units, start)
    above = [unit for unit in units[:start] if unit.kind is Kind.HEADING]
    above.append(units[_with_introduction(units, start)])
    said_of_it = ranking.titles[passage] | {term for unit in above for term in unit.terms}
    said_in_it = frozenset(term for unit in units[start:end] for term in unit.terms)
    covered = sum(
        weight * (1 if term in said_of_it else ITEM_WEIGHT)
        for term, weight in ranking.weights.items()
        if term in said_of_it or term in said_in_it
    )
    return RankedUnit(units[start], passage, start, covered, covered + RANK_BONUS / (passage + 1))
