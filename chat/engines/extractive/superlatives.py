"""Answers which one is the most, where a table under such a heading tells it: all of its rows,
since numbers are not compared here."""

from __future__ import annotations

import re

from chat.engines.extractive.passage_units import Kind
from chat.engines.extractive.quotes import Quote, end_of_block, quote_of, with_introduction
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from knowledge.text.analysis import fold, stem, text_terms

SUPERLATIVE = re.compile(r"\b(?:most|least|[a-z]{2,20}est)\b")
MIN_ROWS = 2


def rows_to_compare(question: str, ranking: Ranking) -> Quote | None:
    """The table in the best passage whose heading has the superlative of the question."""
    found = SUPERLATIVE.search(fold(question))
    if not found:
        return None
    for passage, units in enumerate(ranking.texts):
        if stem(found[0]) not in text_terms(ranking.headings[passage]):
            continue
        start = next((n for n, unit in enumerate(units) if unit.kind is Kind.ROW), len(units))
        end = end_of_block(units, start)
        if end - start >= MIN_ROWS:
            first = with_introduction(units, start)
            covered = ranking.heading_coverage[passage]
            return quote_of(units[first:end], RankedUnit(units[first], passage, first, covered, 1))
    return None
