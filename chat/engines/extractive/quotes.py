"""A quote: one sentence of a passage, or several units of it that belong together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chat.engines.extractive.passage_units import Kind, Unit
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking

# Code is quoted as a whole: the half of it does not run.
MAX_SENTENCE, MAX_CHARS, MAX_CODE = 600, 1200, 6000


@dataclass(frozen=True, slots=True)
class Quote:
    """What is quoted, and the number of its passage."""

    # Markdown; several lines if it is a list or has code.
    text: str
    passage: int
    # The share of the question that it covers, with its title and its neighbours.
    covered: float
    score: float


def quote(ranking: Ranking, ranked: RankedUnit, before: int = 0) -> Quote:
    """A unit, with the list or the code that it introduces, and so many units before it."""
    units = ranking.texts[ranked.passage]
    end = ranked.number + 1
    if ranked.unit.introduces and end < len(units) and units[end].kind is not Kind.SENTENCE:
        end = end_of_block(units, end)
    return quote_of(units[ranked.number - before : end], ranked)


def quote_of(units: Sequence[Unit], ranked: RankedUnit) -> Quote:
    """As many of the units as are not too long; at least the first."""
    return Quote(joined(units), ranked.passage, ranked.covered, ranked.score)


def end_of_block(units: Sequence[Unit], at: int) -> int:
    end = at
    while end < len(units) and units[end].block == units[at].block:
        end += 1
    return end


def start_of_block(units: Sequence[Unit], at: int) -> int:
    while at and units[at - 1].block == units[at].block:
        at -= 1
    return at


def with_introduction(units: Sequence[Unit], at: int) -> int:
    """The number of the sentence before a list or code, if there is one."""
    return at - 1 if at and units[at - 1].kind is Kind.SENTENCE else at


def joined(units: Sequence[Unit]) -> str:
    first, *others = units
    text = _shortened(first.text)
    if others and first.kind in (Kind.ITEM, Kind.ROW):
        text = f"{first.joint.strip()} {text}"
    before = first
    for unit in others:
        joint = unit.joint
        if unit.block != before.block:
            joint = f"\n\n{joint.lstrip(chr(10)) if joint.strip() else ''}"
        if len(text) + len(unit.text) > (MAX_CODE if unit.kind is Kind.CODE else MAX_CHARS):
            return f"{text}\n\n…" if before.kind is Kind.CODE else f"{text} …"
        text += joint + _shortened(unit.text)
        before = unit
    return text


def _shortened(text: str) -> str:
    if len(text) <= MAX_SENTENCE or text.lstrip().startswith(("```", "~~~")):
        return text
    return f"{text[:MAX_SENTENCE].rstrip()}…"
