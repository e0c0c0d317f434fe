"""Chooses sentences for questions that go on from an answer: those nearest in meaning, first
of all of the passages that it cited. Such a question has few words, and they are often others."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from chat.engines.base import Passage
from chat.engines.extractive.answer_types import answer_type_of
from chat.engines.extractive.definitions import begins_with
from chat.engines.extractive.passage_units import statements
from chat.engines.extractive.quotes import Quote
from chat.questions.follow_up import points_back
from chat.questions.language import has_chinese
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
# So many sentences are compared.
MAX_COMPARED = 80
MAX_CHARS = 400
# Added for holding the type of answer, and for the share of the question's own terms.
TYPE_BONUS, TERM_BONUS = 0.1, 0.2
# Added for beginning with the subject, if nothing else is said of it.
SUBJECT_BONUS = 0.3
# What a sentence of another passage must be better by. The surroundings and what else the search
# found count only if they have a term of the question that the cited ones lack, and that says more
# than what kind of answer is wanted.
NOT_CITED_MALUS = 0.2
KINDS = "year date day month time name place number person people country city exactly"
KINDS_OF_ANSWER = frozenset(map(stem, KINDS.split()))
# What the best sentence needs to be an answer, if it has no word of the question.
MIN_SCORE = 0.25


@dataclass(frozen=True, slots=True)
class BestAnswer:
    passage: int
    # From 0 to 1; from 0.5 on it is one.
    confidence: float


def follow_up_quotes(
    question: str, passages: Sequence[Passage], kept: int, before_kept: int = 0
) -> list[Quote]:
    """The best first. `kept`: how many of the passages were cited, after `before_kept` others."""
    cited = range(before_kept, before_kept + kept)
    ranked = _ranked(question, _own_terms(question), passages, cited)
    # A second one in another language would need a note of its own.
    language = [quote for quote in ranked if has_chinese(quote.text) == has_chinese(ranked[0].text)]
    return language[:MAX_QUOTES]


def best_answer(question: str, passages: Sequence[Passage], kept: int) -> BestAnswer:
    """A question that points back, or has no words of its own ("why?"), is answered by what is
    nearest. In Chinese it may point back without a word that says so."""
    terms = _own_terms(question)
    ranked = _ranked(question, terms, passages, range(kept))
    if not ranked:
        return BestAnswer(0, 1.0)
    best = ranked[0]
    if not terms or has_chinese(question) or points_back(question):
        return BestAnswer(best.passage, 1.0)
    if not frozenset(text_terms(best.text)).isdisjoint(terms):
        return BestAnswer(best.passage, 1.0)
    return BestAnswer(best.passage, min(1.0, max(0.0, best.score / MIN_SCORE / 2)))


def _own_terms(question: str) -> list[str]:
    terms = naming_terms(question)
    return terms + [c for c in fold(question) if CHINESE.match(c) and c not in FUNCTION_CHARACTERS]


def _only_subject(question: str) -> str:
    """What a question names that says nothing else: "and black tea?", "那红茶呢？"."""
    found = ONLY_SUBJECT.fullmatch(fold(question))
    return (found[1] or found[2]) if found else ""


def _ranked(
    question: str, terms: Sequence[str], passages: Sequence[Passage], cited: range
) -> list[Quote]:
    likely = _likely(question, passages, cited)
    answer_type, subject = answer_type_of(question), _only_subject(question)
    texts = [
        (number, unit.text)
        for number, passage in enumerate(passages)
        for unit in statements(passage.text)
        if number in likely or (subject and begins_with(subject, unit.text))
    ][:MAX_COMPARED]
    meanings = similarities(question, [text[:MAX_CHARS] for _, text in texts])
    quotes = []
    for (number, text), score in zip(texts, meanings, strict=True):
        if answer_type:
            score += TYPE_BONUS * answer_type.fit(text)
        if terms:
            present = frozenset(text_terms(text))
            score += TERM_BONUS * sum(term in present for term in terms) / len(terms)
        if subject and begins_with(subject, text):
            score += SUBJECT_BONUS
        if number not in cited:
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
