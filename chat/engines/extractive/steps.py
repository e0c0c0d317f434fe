"""Selects procedures as a whole: the steps with their code, in order."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from statistics import fmean

from chat.engines.extractive.passage_units import Kind, Unit
from chat.engines.extractive.quotes import (
    Quote,
    end_of_block,
    quote_of,
    start_of_block,
    with_introduction,
)
from chat.engines.extractive.same_questions import surely_the_same
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking
from chat.questions.names import names_of
from chat.questions.question_kinds import QuestionKind, is_question, kind_of
from chat.questions.same_questions import is_same_action, objects_of
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import text_terms
from knowledge.text.places import headings_of

NUMBERED = re.compile(r"\n\s*(?:\d|[（(]|[①-⑳一二三四五六七八九十])")
# A passage with steps is preferred to a better one without, if it fits nearly as well. Its heading
# counts, and if that says it all, the steps begin at the top.
HEADING_BONUS, MIN_FIT, IS_THE_TOPIC = 0.3, 0.85, 0.5
# ... by its meaning, and what the similarity has to be to do without words.
MEANING_BONUS, MIN_SIMILARITY = 0.8, 0.45
MIN_COVERED_BY_STEPS = 0.4
# Added for standing below a heading that surely asks the same.
SAME_QUESTION_BONUS = 0.6
# Added for being in the best passage: half of it for the second, and so on.
RANK_BONUS = 0.05
# A section tells it in sentences if its heading is so similar, or has so much of the question.
SAYS_IT, COVERS_IT, MAX_SENTENCES = 0.6, 0.8, 8
# Sentences that may explain it.
MAX_COMPARED = 12
# Code is near if it comes within so many sentences; it goes on if not more are between.
NEAR, SENTENCES_BETWEEN = 4, 2
MIN_ITEMS = 2


@dataclass(frozen=True, slots=True)
class _Candidate:
    """A passage that may tell the steps."""

    # Its best sentence; of one with nothing but code, the code.
    best: RankedUnit
    units: Sequence[Unit]
    # How much of the question its heading has, how near in meaning that is, and whether it surely
    # asks the same.
    heading_coverage: float
    similarity: float
    is_same: bool

    @property
    def fit(self) -> float:
        return (
            self.best.covered
            + RANK_BONUS / (self.best.passage + 1)
            + HEADING_BONUS * self.heading_coverage
            + MEANING_BONUS * self.similarity
            + SAME_QUESTION_BONUS * self.is_same
        )

    @property
    def is_similar(self) -> bool:
        return self.is_same or self.similarity >= MIN_SIMILARITY

    @property
    def says_it(self) -> bool:
        """Whether the heading says what is asked, so that its sentences are the answer."""
        says_the_same = self.is_same or self.similarity >= SAYS_IT
        return says_the_same or self.heading_coverage >= COVERS_IT

    def told(self) -> Sequence[Unit]:
        is_topic = self.is_similar or self.heading_coverage >= IS_THE_TOPIC
        number = self.best.number
        return _numbered_steps(self.units, number) or _steps_with_code(
            self.units, 0 if is_topic else number
        )


def steps(question: str, ranking: Ranking) -> Iterator[Quote]:
    """The steps of the passage that fits best, by what it says and by its heading: by words, and by
    meaning, since a flat tyre is fixed as a puncture is mended. If none has steps, the sentences of
    one whose heading says what is asked."""
    candidates = _candidates(question, ranking)
    enough = MIN_FIT * max((each.fit for each in candidates), default=0.0)
    known = {term for units in ranking.texts for unit in units for term in unit.terms}
    rarest = max(ranking.weights.keys() & known, key=ranking.weights.__getitem__, default="")
    about = passages_with_names(question, ranking) & _not_asking_else(question, ranking)
    about &= _with_an_object(question, ranking)
    fitting = [
        each
        for each in sorted(candidates, key=lambda each: -each.fit)
        if each.fit >= enough
        and each.best.passage in about
        and (each.is_similar or _is_covered(ranking, each, rarest))
    ]
    for each in fitting:
        if found := each.told():
            yield quote_of(found, each.best)
            return
    said = ((each, _in_sentences(each.units)) for each in fitting if each.says_it)
    yield from [quote_of(units, each.best) for each, units in said if units][:1]


def _candidates(question: str, ranking: Ranking) -> list[_Candidate]:
    best: dict[int, RankedUnit] = {}
    for ranked in ranking.best:
        best.setdefault(ranked.passage, ranked)
    for passage, units in enumerate(ranking.texts):
        # Of one with nothing but code, the heading tells what it is for.
        if units and passage not in best:
            covered = ranking.heading_coverage[passage]
            best[passage] = RankedUnit(units[0], passage, 0, covered, covered)
    # Of several sections below the same heading, the one that was found first.
    same = min(surely_the_same(question, ranking) & best.keys(), default=-1)
    similar = similarities(question, [ranking.headings[passage] for passage in best])
    return [
        _Candidate(
            ranked,
            ranking.texts[passage],
            ranking.heading_coverage[passage],
            similarity,
            passage == same,
        )
        for (passage, ranked), similarity in zip(best.items(), similar, strict=True)
    ]


def _is_covered(ranking: Ranking, candidate: _Candidate, rarest: str) -> bool:
    """Whether it has much of the question, and its rarest word."""
    best = candidate.best
    return best.covered >= MIN_COVERED_BY_STEPS and _has(ranking, best.passage, rarest)


def passages_with_names(question: str, ranking: Ranking) -> set[int]:
    """The passages that have a name of the question, or all if it has none: how PostgreSQL is used
    is not how anything else is used, however similar the questions are."""
    names = {term for name in names_of(question) for term in text_terms(name)}
    return {
        passage
        for passage in range(len(ranking.texts))
        if not names or any(_has(ranking, passage, name) for name in names)
    }


def _not_asking_else(question: str, ranking: Ranking) -> set[int]:
    """The passages but those whose heading asks something else: neither what a knowledge base is
    nor how to delete one tells how to make one."""
    return {
        passage
        for passage, heading in enumerate(ranking.headings)
        if (not is_question(heading) or kind_of(heading).kind is QuestionKind.STEPS)
        and is_same_action(question, heading)
    }


def _with_an_object(question: str, ranking: Ranking) -> set[int]:
    """The passages that have one of the things that something is done with, if any passage has:
    how everything is reset is not how a password is, however similar the questions are."""
    having = {
        passage
        for passage in range(len(ranking.texts))
        if any(_has(ranking, passage, term) for term in objects_of(question))
    }
    return having or {*range(len(ranking.texts))}


def _has(ranking: Ranking, passage: int, term: str) -> bool:
    """Whether a passage or its headings have the term."""
    return term in ranking.titles[passage] or any(
        term in unit.terms for unit in ranking.texts[passage]
    )


def best_explanation(question: str, ranking: Ranking) -> RankedUnit:
    """The sentence that tells how, where there are no steps: it is nearest in meaning, and so are
    the headings above it."""
    about = passages_with_names(question, ranking) & _not_asking_else(question, ranking)
    named = [ranked for ranked in ranking.best if ranked.passage in about]
    likely = (named or ranking.best)[:MAX_COMPARED]
    said = similarities(question, [ranked.unit.text for ranked in likely])
    scores = [
        ranked.covered
        + RANK_BONUS / (ranked.passage + 1)
        + MEANING_BONUS * (about + _placed(question, ranking.sections[ranked.passage]) / 2)
        for ranked, about in zip(likely, said, strict=True)
    ]
    return likely[scores.index(max(scores))]


def _placed(question: str, sections: str) -> float:
    """How similar the headings above a passage are to the question, on average."""
    headings = headings_of(sections)
    return fmean(similarities(question, headings)) if headings else 0.0


def steps_near(units: Sequence[Unit], at: int) -> Sequence[Unit]:
    """The steps of a passage that are nearest to a unit of it; empty if it has none."""
    return _numbered_steps(units, at) or _steps_with_code(units, at)


def _in_sentences(units: Sequence[Unit]) -> Sequence[Unit]:
    """The beginning of a section that tells it in sentences, with the list or table that the last
    of them introduces."""
    said = list(takewhile(lambda unit: unit.kind is Kind.SENTENCE, units))[:MAX_SENTENCES]
    if not (said and said[-1].introduces):
        return said
    return [*said, *units[len(said) : end_of_block(units, len(said))]]


def _numbered_steps(units: Sequence[Unit], at: int) -> Sequence[Unit]:
    """The numbered list that is nearest; empty if there is none."""
    lists = [number for number in range(len(units)) if _begins_numbered_list(units, number)]
    if not lists:
        return []
    start = min(lists, key=lambda number: abs(number - at))
    end = end_of_block(units, start)
    while end < len(units) and _begins_numbered_list(units, end):
        end = end_of_block(units, end)
    return units[with_introduction(units, start) : end]


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
