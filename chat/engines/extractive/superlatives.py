"""Answers which one is the most, where a table tells it: all of its rows, since numbers are not
compared here."""

from __future__ import annotations

import re
from collections.abc import Iterator

from chat.engines.extractive.passage_units import Kind
from chat.engines.extractive.quotes import (
    Quote,
    end_of_block,
    quote_of,
    start_of_block,
    with_introduction,
)
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from knowledge.text.analysis import fold, naming_terms, stem, text_terms

SUPERLATIVE = re.compile(
    r"\b(?:(?:most|least) ([a-z]{3,20})\b|([a-z]{2,20})est\b|most\b|least\b)|最"
)
# What a column is called that tells how expensive or how heavy the things are.
COLUMNS = (
    "expensive cheap 贵 便宜: price cost fee eur usd 价格 售价 单价 费用",
    "heavi light heavy 重 轻: weight mass kg 重量",
    "long short 长 短: length span distance duration 长度 跨度 主跨",
    "high tall low 高 低 矮: height elevation rate amount 高度 海拔",
    "old new young recent earli late 早 晚 老 新: year date age 年份 日期",
    "larg big small 大 小: size area population capacity 面积 人口 容量",
    "fast slow 快 慢: speed time 速度",
)
MIN_ROWS, MAX_ROWS = 2, 12
# So many words of the question in the rows show that they are about it.
MIN_NAMED = 2


def rows_to_compare(question: str, ranking: Ranking) -> Quote | None:
    """The rows of the table below a heading that has the superlative of the question; or of the
    best one with a column for it, unless a sentence says which it is."""
    found = SUPERLATIVE.search(fold(question))
    if not found:
        return None
    superlative = stem(found[0])
    for passage, units in enumerate(ranking.texts):
        if superlative in text_terms(ranking.headings[passage]):
            start = next((n for n, unit in enumerate(units) if unit.kind is Kind.ROW), len(units))
            if rows := _rows(ranking, passage, start):
                return rows
    is_said = any(superlative in ranked.unit.terms for ranked in ranking.best)
    return None if is_said else _with_column(question, found, ranking)


def _with_column(question: str, found: re.Match[str], ranking: Ranking) -> Quote | None:
    columns = {stem(word) for word in _columns(found[1] or found[2] or question)}
    named = {*naming_terms(question)} - {stem(found[0])}
    for ranked in ranking.best:
        said = ranked.unit.terms | {*text_terms(ranked.unit.column)}
        if ranked.unit.kind is Kind.ROW and (columns & said or len(named & said) >= MIN_NAMED):
            return _rows(ranking, ranked.passage, ranked.number)
    return None


def _columns(adjective: str) -> Iterator[str]:
    for line in COLUMNS:
        adjectives, _, columns = line.partition(":")
        if any(each in adjective for each in adjectives.split()):
            yield from columns.split()


def _rows(ranking: Ranking, passage: int, at: int) -> Quote | None:
    """The table in which a row is."""
    units = ranking.texts[passage]
    start, end = (start_of_block(units, at), end_of_block(units, at)) if at < len(units) else (0, 0)
    if not MIN_ROWS <= end - start <= MAX_ROWS:
        return None
    first = with_introduction(units, start)
    covered = ranking.heading_coverage[passage]
    return quote_of(units[first:end], RankedUnit(units[first], passage, first, covered, 1))
