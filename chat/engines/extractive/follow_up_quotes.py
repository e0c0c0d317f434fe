"""Chooses sentences for questions that go on from an answer: those nearest in meaning, first
of all of the passages that it cited. Such a question has few words, and they are often others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from chat.engines.base import Passage
from chat.engines.extractive.answer_types import answer_type_of
from chat.engines.extractive.definitions import begins_with
from chat.engines.extractive.passage_units import answering, units
from chat.engines.extractive.quotes import Quote, joined
from chat.engines.extractive.steps import steps_near
from chat.questions.follow_up import points_back
from chat.questions.language import has_chinese
from chat.questions.likeness import meant_alike, words_of
from chat.questions.names import names_of
from chat.questions.question_kinds import QuestionKind, kind_of
from knowledge.embedding.rarity import surprisal
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import fold, naming_terms, stem, text_terms

# Of "有多高", the 高 is in "高28米", too: single characters count, if they mean anything.
CHINESE = re.compile(r"[\u4e00-\u9fff]")
FUNCTION_CHARACTERS = frozenset(
    "的了吗呢是在有和与或多少几什么谁哪那这它他她怎样为个一不也都就还要会能可以被把对从到"
)
ONLY_SUBJECT = re.compile(
    r"\s*(?:(?:and|what about|how about|and what about) (?:an? |the )?([a-z][\w -]{1,40}?)\s*\?"
    r"|(?:那么?|还有|至于)?([\u3400-\u9fff\w]{1,20}?)呢[？?]?)\s*"
)
MAX_QUOTES = 2
# Of which the nearest in meaning says how sure it is that something answers.
MAX_LIKELY = 4
# So many sentences are compared.
MAX_COMPARED = 80
MAX_CHARS = 400
# Added for holding the type of answer, and for the share of the question's own terms.
TYPE_BONUS, TERM_BONUS = 0.1, 0.2
# Added for the share of what was asked about before.
MEANT_BONUS = 0.06
# Added for beginning with the subject, if nothing else is said of it.
SUBJECT_BONUS = 0.3
# What a sentence of another passage must be better by. The surroundings and what else the search
# found count only if they have a term of the question that the cited ones lack, and that says more
# than what kind of answer is wanted.
NOT_CITED_MALUS = 0.2
KINDS = (
    "year date day month time name place number person people country city exactly"
    " long often far tall high big large deep wide thick old fast heavy hot cold expensive soon"
)
KINDS_OF_ANSWER = frozenset(map(stem, KINDS.split()))
# What the best sentence needs to be an answer, if it has no word of the question.
MIN_SCORE = 0.25
# How near in meaning a sentence must be where nothing that was found has a word of the question:
# the nearer, the rarer its rarest word is (a thermostat is not an eye). Common words are so often
# said in others that they tell nothing. Of Chinese, so many characters must be missing; fewer where
# a question asks how something is done ("怎么升级？").
COMMON, MEANING_FOR_RARITY, MAX_NEEDED = 6.0, 0.03, 0.2
MANY_CHARACTERS, MANY_OF_STEPS, NEEDED_CHINESE = 3, 2, 0.15


@dataclass(frozen=True, slots=True)
class BestAnswer:
    passage: int
    # From 0 to 1; from 0.5 on it is one.
    confidence: float


def follow_up_quotes(
    question: str,
    passages: Sequence[Passage],
    kept: int,
    before_kept: int = 0,
    hangs_on: str = "",
) -> list[Quote]:
    """The best first. `kept`: how many of the passages were cited, after `before_kept` others.
    `hangs_on`: what was asked before."""
    cited = range(before_kept, before_kept + kept)
    ranked = _ranked(question, _own_terms(question), passages, cited, hangs_on)
    if ranked and kind_of(question).kind is QuestionKind.STEPS:
        found = _steps_around(ranked[0], passages[ranked[0].passage])
        if found:
            return [found]
    # A second one in another language would need a note of its own.
    language = [quote for quote in ranked if has_chinese(quote.text) == has_chinese(ranked[0].text)]
    return language[:MAX_QUOTES]


def _steps_around(best: Quote, passage: Passage) -> Quote | None:
    """The steps that the best sentence is one of, or leads to."""
    whole = units(passage.text)
    at = next((number for number, unit in enumerate(whole) if unit.text == best.text), 0)
    found = steps_near(whole, at)
    return replace(best, text=joined(found)) if found else None


def best_answer(
    question: str, passages: Sequence[Passage], kept: int, hangs_on: str = ""
) -> BestAnswer:
    """A question that points back, or has no words of its own ("why?"), is answered by what is
    nearest, unless it is surely about something else. In Chinese it may point back without a word
    that says so."""
    terms = _own_terms(question)
    ranked = _ranked(question, terms, passages, range(kept), hangs_on)
    if not ranked:
        return BestAnswer(0, 1.0)
    best = ranked[0]
    # "How often?" has none.
    if not set(terms) - KINDS_OF_ANSWER:
        return BestAnswer(best.passage, 1.0)
    if not frozenset(text_terms(best.text)).isdisjoint(terms):
        return BestAnswer(best.passage, 1.0)
    sure = 1.0
    if needed := _meaning_needed(question, terms, passages):
        likely = [each.text[:MAX_CHARS] for each in ranked[:MAX_LIKELY]]
        sure = _sureness(max(similarities(question, likely)), needed)
    if not has_chinese(question) and not points_back(question):
        sure = min(sure, _sureness(best.score, MIN_SCORE))
    return BestAnswer(best.passage, sure)


def _sureness(value: float, needed: float) -> float:
    """0.5 for what is just enough."""
    return min(1.0, max(0.0, value / needed / 2))


def _meaning_needed(question: str, terms: Sequence[str], passages: Sequence[Passage]) -> float:
    """The cosine without which nothing answers the question; 0 if it tells nothing, since a word of
    the question is there, or all that are missing are common."""
    text = "\n".join(f"{passage.place} {passage.text}" for passage in passages)
    if not frozenset(text_terms(text)).isdisjoint(terms):
        return 0.0
    if has_chinese(question):
        characters = sum(bool(CHINESE.fullmatch(term)) for term in terms)
        asks_how = kind_of(question).kind is QuestionKind.STEPS
        many = MANY_OF_STEPS if asks_how else MANY_CHARACTERS
        return NEEDED_CHINESE if characters >= many else 0.0
    words = {stem(word): word for word in words_of(question)}
    missing = [term for term in terms if term in words and term not in KINDS_OF_ANSWER]
    alike = meant_alike(question, missing, text)
    rarest = max((surprisal(words[term]) * (1 - alike[term]) for term in missing), default=0.0)
    return min(MAX_NEEDED, max(0.0, MEANING_FOR_RARITY * (rarest - COMMON)))


def _own_terms(question: str) -> list[str]:
    terms = naming_terms(question)
    return terms + [c for c in fold(question) if CHINESE.match(c) and c not in FUNCTION_CHARACTERS]


def _only_subject(question: str) -> str:
    """What a question names that says nothing else: "and black tea?", "那红茶呢？"."""
    found = ONLY_SUBJECT.fullmatch(fold(question))
    return (found[1] or found[2]) if found else ""


def _meant(question: str, hangs_on: str) -> dict[str, float]:
    """The terms of what was asked before that a question without a name means, "it" being what it
    was about; the later ones weigh more. Their sum is 1."""
    if names_of(question) or _only_subject(question):
        return {}
    own = frozenset(naming_terms(question))
    terms = [term for term in naming_terms(hangs_on) if term not in own]
    whole = sum(range(len(terms) + 1))
    return {term: (number + 1) / whole for number, term in enumerate(terms)}


def _ranked(
    question: str,
    terms: Sequence[str],
    passages: Sequence[Passage],
    cited: range,
    hangs_on: str,
) -> list[Quote]:
    likely = _likely(question, passages, cited)
    answer_type, subject = answer_type_of(question), _only_subject(question)
    meant = _meant(question, hangs_on)
    texts = [
        (number, unit.text)
        for number, passage in enumerate(passages)
        for unit in answering(passage.text)
        if number in likely or (subject and begins_with(subject, unit.text))
    ][:MAX_COMPARED]
    meanings = similarities(question, [text[:MAX_CHARS] for _, text in texts])
    quotes = []
    for (number, text), score in zip(texts, meanings, strict=True):
        if answer_type:
            score += TYPE_BONUS * answer_type.fit(text)
        present = frozenset(text_terms(text))
        score += MEANT_BONUS * sum(meant[term] for term in meant if term in present)
        if terms:
            score += TERM_BONUS * sum(term in present for term in terms) / len(terms)
        if subject and begins_with(subject, text):
            score += SUBJECT_BONUS
        is_all_there = meant and terms and present.issuperset([*terms, *meant])
        if number not in cited and not is_all_there:
            score -= NOT_CITED_MALUS
        quotes.append(Quote(text, number, covered=1.0, score=score))
    return sorted(quotes, key=lambda quote: -quote.score)


def _likely(question: str, passages: Sequence[Passage], cited: range) -> frozenset[int]:
    """The cited passages, and those that tell what the question names and the cited do not."""
    present = [frozenset(text_terms(f"{each.place} {each.text}")) for each in passages]
    known = frozenset().union(*(present[number] for number in cited if number < len(present)))
    telling = {
        term
        for term in naming_terms(question)
        if term not in known and term not in KINDS_OF_ANSWER and not CHINESE.fullmatch(term)
    }
    others = (number for number, terms in enumerate(present) if telling & terms)
    return frozenset([*cited, *others])
