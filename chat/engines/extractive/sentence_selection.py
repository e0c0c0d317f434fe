"""Selects what is quoted: the answer first, and then at most what belongs to it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chat.engines.base import Passage
from chat.engines.extractive.answer_types import WHY
from chat.engines.extractive.comparing import knows_both, one_of_each
from chat.engines.extractive.lists import best_list, says_kinds
from chat.engines.extractive.passage_units import Kind
from chat.engines.extractive.prices import asks_for_price, tells_price
from chat.engines.extractive.quotes import (
    Quote,
    end_of_block,
    quote,
    quote_of,
    start_of_block,
)
from chat.engines.extractive.roles import FOUND, role_in
from chat.engines.extractive.same_questions import answer_to_the_same, surely_the_same
from chat.engines.extractive.second_sentence import CANDIDATES, adds_to, second_sentence
from chat.engines.extractive.sentence_ranking import RankedUnit, Ranking, rank
from chat.engines.extractive.steps import best_explanation, passages_with_names, steps, steps_near
from chat.engines.extractive.superlatives import rows_to_compare
from chat.questions.language import has_chinese
from chat.questions.list_questions import wants_kinds
from chat.questions.question_kinds import AskedFor, QuestionKind, is_question, kind_of
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import fold, naming_terms, stem

# A reason is looked for in so many.
MAX_WITH_REASON = 5
# Where the passages lack words of so much weight, meaning counts for the first one, too. Of
# Chinese, many pairs of characters are no words.
MUCH, MUCH_CHINESE, MAX_COMPARED, MISSING_MEANING_WEIGHT = 0.2, 0.6, 16, 1.0
# Units that are told with their number, unlike "个" and "种".
TOLD_BY_ITS_UNIT = re.compile("几(楼|层|岁|折|公里|公斤|平方米)")
MASS = re.compile("多重|几斤")
HAS_MASS = re.compile(r"[克吨斤两磅重]|\d\s?(?:kg|g|t|lb)\b")
# An answer to the same question is quoted from its beginning, if the best is one of so many.
MAX_BEGINNING = 4
# Of "how long", the text need not have "long" or anything like it.
HOW = re.compile(r"\bhow (long|many|much|far|often|old)\b")
# What it is about is said in the sentence before it.
NAMES_ASKED = re.compile(
    r"\b(?:which|who)\b|\bwhat is the\b|哪一?[座个個位条條种種本家些里裡]|[谁誰]|是[什甚][么麼]",
    re.IGNORECASE,
)
DEPENDENT = re.compile(
    r"(?:It|They|He|She|This|These|That|Those|Its|Their|His|Her)\b|[它他她牠]|[这這那](?![么麼])|其[中实實]?"
)


def select(question: str, passages: Sequence[Passage], listed: Sequence[str] = ()) -> list[Quote]:
    """What answers the question; nothing if nothing covers any of it, nor asks the same.

    `listed`: the headings of sections that are what the question wants a list of.
    """
    asked = kind_of(question)
    ranking = rank(question, passages, asked)
    if asks_for_price(question) and not _tells_price(ranking):
        return []
    if not _names_what_was_found(question, ranking) or not _has_the_unit(question, ranking):
        return []
    if asked.kind is QuestionKind.BOTH and not knows_both(ranking, asked.subjects):
        return []
    if asked.kind is QuestionKind.DEFINITION and ranking.best:
        same = answer_to_the_same(question, ranking)
        return best_sentences(question, ranking, same, is_definition=True)
    found = [*_by_kind(asked, question, ranking, listed)]
    if found or not ranking.best:
        return found
    if asked.kind is QuestionKind.LIST and wants_kinds(question) and not says_kinds(ranking):
        return []
    if asked.kind is QuestionKind.STEPS:
        return best_sentences(question, ranking, best_explanation(question, ranking))
    return best_sentences(question, ranking)


def _by_kind(
    asked: AskedFor, question: str, ranking: Ranking, listed: Sequence[str]
) -> Iterator[Quote]:
    """What is no single sentence, or not the one with most of the words; nothing if there is no
    such."""
    match asked.kind:
        case QuestionKind.STEPS:
            yield from steps(question, ranking)
        case QuestionKind.LIST:
            yield from best_list(ranking, question, listed)
        case QuestionKind.BOTH:
            yield from one_of_each(_below_the_same(question, ranking), asked.subjects)
        case QuestionKind.DECISION | QuestionKind.FACT:
            if rows := rows_to_compare(question, ranking):
                yield rows
            elif same := answer_to_the_same(question, ranking):
                steps_there = steps_near(ranking.texts[same.passage], 0)
                yield quote_of(steps_there, same) if steps_there else quote(ranking, same)
            elif said := _from_the_beginning(question, ranking):
                yield said


def _from_the_beginning(question: str, ranking: Ranking) -> Quote | None:
    """What stands below the same question up to the best sentence, which may be its second one."""
    best = next(iter(ranking.best), None)
    if not best or not 0 < best.number < MAX_BEGINNING:
        return None
    said = ranking.texts[best.passage][: best.number + 1]
    is_asked = is_question(ranking.headings[best.passage])
    is_told = all(unit.kind is Kind.SENTENCE for unit in said)
    is_same = is_asked and is_told and best.passage in surely_the_same(question, ranking)
    return quote_of(said, best) if is_same else None


def _below_the_same(question: str, ranking: Ranking) -> Ranking:
    """What stands below a heading that asks the same, if there is one."""
    same = surely_the_same(question, ranking)
    best = [each for each in ranking.best if each.passage in same]
    return replace(ranking, best=best) if best else ranking


def best_sentences(
    question: str, ranking: Ranking, best: RankedUnit | None = None, is_definition: bool = False
) -> list[Quote]:
    """The best one, with what it introduces, and another one if it adds something."""
    best = best or best_of(question, ranking)
    units, number = ranking.texts[best.passage], best.number
    depends = bool(DEPENDENT.match(best.unit.text)) and start_of_block(units, number) < number
    # "It is called countersteering" defines nothing without the sentence before it, and "It is the
    # longest" does not say which.
    is_asked_for = is_definition or NAMES_ASKED.search(question)
    first = quote(ranking, best, before=1 if depends and is_asked_for else 0)
    if reasons := _with_reason(question, ranking, best):
        first = reasons
    named = passages_with_names(question, ranking)
    others = [
        ranked
        for ranked in ranking.best[:CANDIDATES]
        if ranked is not best and (ranked.passage in named or best.passage not in named)
    ]
    candidates = [ranked for ranked in others if adds_to(first.text, best, ranked)]
    if not candidates:
        return [first]
    second = second_sentence(question, ranking, best, candidates)
    if depends and (second.passage, second.number) == (best.passage, number - 1):
        return [quote(ranking, best, before=1)]
    return [first, quote(ranking, second)]


def best_of(question: str, ranking: Ranking) -> RankedUnit:
    """By words; by meaning as well, where the passages lack a word that says much. "Portrayed by"
    is no lack of "plays"."""
    role = role_in(question)
    if role and role.search(ranking.best[0].unit.text):
        return ranking.best[0]
    said = {term for units in ranking.texts for unit in units for term in unit.terms}
    asks_how = {stem(found[1]) for found in HOW.finditer(fold(question))}
    weight_missing = sum(
        weight for term, weight in ranking.weights.items() if term not in said | asks_how
    )
    much = MUCH_CHINESE if has_chinese(question) else MUCH
    if weight_missing < much or len(ranking.best) == 1:
        return ranking.best[0]
    likely = ranking.best[:MAX_COMPARED]
    nearness = similarities(question, [each.unit.text for each in likely])
    scores = [
        each.score + MISSING_MEANING_WEIGHT * near
        for each, near in zip(likely, nearness, strict=True)
    ]
    return likely[scores.index(max(scores))]


def _with_reason(question: str, ranking: Ranking, best: RankedUnit) -> Quote | None:
    """The best sentence with the one after it, if it says that something is so, but not why."""
    if not WHY.in_question.search(question):
        return None
    others = [each for each in ranking.best[:MAX_WITH_REASON] if each.passage == best.passage]
    if any(WHY.fit(each.unit.text) for each in [best, *others]):
        return None
    units, number = ranking.texts[best.passage], best.number
    following = units[number + 1 : min(end_of_block(units, number), number + 2)]
    is_told = best.unit.kind is Kind.SENTENCE and following and not best.unit.introduces
    return quote_of([best.unit, *following], best) if is_told else None


def _has_the_unit(question: str, ranking: Ranking) -> bool:
    """Whether any of the passages has a number with the unit that a Chinese question names: not on
    which floor something is; true of other questions."""
    asked = fold(question)
    is_mass, found = MASS.search(asked), TOLD_BY_ITS_UNIT.search(asked)
    if not is_mass and not found:
        return True
    said = [fold(unit.text) for units in ranking.texts for unit in units]
    if is_mass and not any(HAS_MASS.search(text) for text in said):
        return False
    return found is None or any(found[1] in text for text in said)


def _names_what_was_found(question: str, ranking: Ranking) -> bool:
    """Whether a sentence says of what the question names, and not of anything else, that it was
    found or invented; true of other questions."""
    role = role_in(question)
    if role is None or not FOUND.search(question):
        return True
    subject = {*naming_terms(FOUND.sub(" ", question))}
    return not subject or any(
        role.search(unit.text) and not subject.isdisjoint(unit.terms | title)
        for units, title in zip(ranking.texts, ranking.titles, strict=True)
        for unit in units
    )


def _tells_price(ranking: Ranking) -> bool:
    return any(tells_price(unit.text) for units in ranking.texts for unit in units)
