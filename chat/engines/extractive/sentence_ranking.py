"""Ranks what can be quoted of the passages by how well it answers a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import PurePath

from chat.engines.base import Passage
from chat.engines.extractive.answer_types import AnswerType, answer_type_of
from chat.engines.extractive.counts import counts
from chat.engines.extractive.definitions import begins_with, definition_bonus
from chat.engines.extractive.passage_units import ANNOUNCES, Kind, Unit, may_answer, units
from chat.engines.extractive.prices import asks_for_price, tells_price
from chat.questions.counted import what_is_counted
from chat.questions.identifiers import has_identifier, identifiers_of
from chat.questions.list_questions import list_terms, wants_kinds
from chat.questions.question_kinds import AskedFor, QuestionKind
from knowledge.search.coverage import coverage, inverse_document_frequency
from knowledge.text.analysis import fold, query_terms, text_terms
from knowledge.text.places import below_the_first, last_heading

# The weight of a term that is not in a sentence, but in the one before or after it.
NEIGHBOUR_WEIGHT = 0.3
# A sentence that covers less of the question is not relevant.
MIN_COVERED = 0.1
# Added for being in the best passage (half of it for the second, and so on) and for matching the
# type of answer; subtracted for being a question.
RANK_BONUS, TYPE_BONUS, QUESTION_PENALTY = 0.4, 0.12, 0.5
# Added for what the sentence says itself, rather than the heading above it; and for telling how
# many there are of what is counted.
OWN_BONUS, COUNT_BONUS = 0.05, 0.2
# Added for a price, if that is asked for.
PRICE_BONUS = 0.4
# Added for a row of a table that is about what the question names.
ROW_BONUS = 0.1
ROW_SUBJECT = re.compile(r"([^:：]{2,60})[:：]")
# Added for a setting, a product or the number of an error that the question names.
IDENTIFIER_BONUS = 0.3
# Added for beginning with what is to be decided.
DECIDES_BONUS = 0.2
BEGINS_WITH_SUBJECT = (QuestionKind.DECISION, QuestionKind.FACT)
# "Green, white and black", "绿茶、红茶和黑茶".
ENUMERATION = re.compile(
    r"[,;] [^,;]{1,60}(?:[,;] [^,;]{1,60}){0,8}?,? (?:and|or) |、[^、，。]{1,30}(?:、|[和与與及或])"
)


@dataclass(frozen=True, slots=True)
class RankedUnit:
    unit: Unit
    # The number of its passage, and its own number in there.
    passage: int
    number: int
    # The share of the question that it covers, with its title and its neighbours.
    covered: float
    score: float


@dataclass(frozen=True, slots=True)
class Ranking:
    # All units of each passage, in order.
    texts: Sequence[Sequence[Unit]]
    # The terms of the title and the headings of each passage.
    titles: Sequence[Set[str]]
    # The last heading above each passage, and all but the title.
    headings: Sequence[str]
    sections: Sequence[str]
    # How much of the question the heading of each passage covers.
    heading_coverage: Sequence[float]
    # The weight of each term of the question. Their sum is 1.
    weights: Mapping[str, float]
    # What can be quoted alone, the best first.
    best: Sequence[RankedUnit]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What a sentence that answers has besides the words of the question."""

    question: str
    asked: AskedFor
    answer_type: AnswerType | None
    counted: str
    is_price: bool
    identifiers: Sequence[str]

    def bonus(self, unit: Unit, title: Set[str]) -> float:
        kind, subjects, text = self.asked.kind, self.asked.subjects, unit.text
        bonuses = [
            PRICE_BONUS if self.is_price and tells_price(text) else 0.0,
            COUNT_BONUS if self.counted and counts(self.counted, text) else 0.0,
            TYPE_BONUS * self.answer_type.fit(text) if self.answer_type else 0.0,
            DECIDES_BONUS if kind in BEGINS_WITH_SUBJECT and _is_about(subjects, text) else 0.0,
            TYPE_BONUS if kind is QuestionKind.LIST and ENUMERATION.search(text) else 0.0,
            ROW_BONUS if self._names_row(unit) else 0.0,
            IDENTIFIER_BONUS if any(has_identifier(text, each) for each in self.identifiers) else 0,
            -QUESTION_PENALTY if text.endswith(("?", "？")) else 0.0,
        ]
        if kind in (QuestionKind.DEFINITION, QuestionKind.BOTH):
            bonuses.append(max(definition_bonus(subject, text, title) for subject in subjects))
        return sum(bonuses)

    def _names_row(self, unit: Unit) -> bool:
        """Whether the question has all of what a row or an item is about: "Aria 3", not "Aria 3
        Pro"."""
        if unit.kind not in (Kind.ROW, Kind.ITEM) or self.asked.kind is QuestionKind.BOTH:
            return False
        subject = ROW_SUBJECT.match(unit.text)
        return subject is not None and fold(subject[1]).strip() in self.question


def _wanted(question: str, asked: AskedFor) -> _Wanted:
    return _Wanted(
        fold(question),
        asked,
        answer_type_of(question),
        what_is_counted(question),
        asks_for_price(question),
        identifiers_of(question),
    )


def rank(question: str, passages: Sequence[Passage], asked: AskedFor) -> Ranking:
    texts = [units(passage.text) for passage in passages]
    titles = [_title(passage) for passage in passages]
    of_kinds = asked.kind is QuestionKind.LIST and wants_kinds(question)
    terms = list_terms(question) if of_kinds else query_terms(question)
    weights = _weights(terms, [unit for text in texts for unit in text])
    wanted = _wanted(question, asked)
    ranked = []
    for passage, (text, title) in enumerate(zip(texts, titles, strict=True)):
        for number, (unit, covered) in enumerate(
            zip(text, _coverage(text, title, weights), strict=True)
        ):
            score = covered + RANK_BONUS / (passage + 1)
            score += OWN_BONUS * sum(weights[term] for term in weights if term in unit.terms)
            score += wanted.bonus(unit, title)
            ranked.append(RankedUnit(unit, passage, number, covered, score))
    headings = [last_heading(passage.place) for passage in passages]
    covered_by_headings = [
        coverage(weights, frozenset(text_terms(heading))) for heading in headings
    ]
    return Ranking(
        texts,
        titles,
        headings,
        [below_the_first(passage.place) for passage in passages],
        covered_by_headings,
        weights,
        sorted(_relevant(ranked), key=lambda each: -each.score),
    )


def _is_about(subjects: Sequence[str], sentence: str) -> bool:
    """Whether the sentence begins with the subject. In English its end is not known: "black tea
    oxidised" begins with it, so that two words of it are enough."""
    if not subjects:
        return False
    words = subjects[0].split()
    return begins_with(" ".join(words[:2]) if len(words) > 2 else words[0], sentence)


def _relevant(ranked: Sequence[RankedUnit]) -> Sequence[RankedUnit]:
    """Code and headings answer no question, nor what a text says of itself, unless there is nothing
    else."""
    ranked = [each for each in ranked if each.covered >= MIN_COVERED]
    return [each for each in ranked if may_answer(each.unit)] or ranked


def _weights(terms: Sequence[str], all_units: Sequence[Unit]) -> dict[str, float]:
    """The weight of each term of the question: the rarer, the more. Their sum is 1."""
    counts = {term: sum(term in unit.terms for unit in all_units) for term in terms}
    size = len(all_units)
    weights = {term: inverse_document_frequency(size, count) for term, count in counts.items()}
    total = sum(weights.values())
    return {term: value / total for term, value in weights.items()}


def _title(passage: Passage) -> Set[str]:
    return frozenset(text_terms(f"{PurePath(passage.title).stem} {passage.place}"))


def _coverage(
    text: Sequence[Unit], title: Set[str], weights: Mapping[str, float]
) -> Iterator[float]:
    """How much of the question each unit covers. Terms of the title, and of the heading above it,
    count as covered; terms of the units before and after count in part, since "he" or "it" often
    refers to them."""
    own, heading = [], frozenset[str]()
    for unit in text:
        if unit.kind is Kind.HEADING:
            heading = frozenset(unit.terms)
        # What a text says of itself tells nothing of what stands beside it.
        said = frozenset() if ANNOUNCES.match(unit.text) else unit.terms
        own.append({t for t in weights if t in title or t in heading or t in said})
    for index, found in enumerate(own):
        neighbours = set().union(*own[max(0, index - 1) : index + 2]) - found
        yield sum(weights[term] for term in found) + NEIGHBOUR_WEIGHT * sum(
            weights[term] for term in neighbours
        )
