"""Ranks the sentences of the passages by how well they answer a question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import PurePath

from chat.engines.base import Passage
from chat.engines.extractive.answer_types import answer_type_of
from knowledge.search.coverage import inverse_document_frequency
from knowledge.text.analysis import query_terms, text_terms
from knowledge.text.sentences import split_sentences

# The weight of a term that is not in a sentence, but in the one before or after it.
NEIGHBOUR_WEIGHT = 0.3
# Added for being in the best passage (half of it for the second, and so on) and for matching the
# type of answer; subtracted for being a question.
RANK_BONUS, TYPE_BONUS, QUESTION_PENALTY = 0.4, 0.12, 0.5

# Lists, quotations and headings are quoted without their markup; tables and code not at all.
MARKUP = re.compile(r"(?:(?:[-*+>]|#+|\d{1,3}[.)])\s+)*")
FENCE = re.compile(r"\s*(?:```|~~~)")
BARE_FENCE = re.compile(r"\s*(?:```|~~~)\s*")
TABLE_ROW = re.compile(r"\s*\|")


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence, and the number of its passage."""

    text: str
    passage: int
    # The share of the question that it covers, with its title and its neighbours.
    covered: float
    score: float


@dataclass(frozen=True, slots=True)
class Sentence:
    text: str
    terms: Set[str]


def best_quotes(question: str, passages: Sequence[Passage]) -> list[Quote]:
    """All sentences, the best first, none of them twice."""
    texts = [sentences(passage.text) for passage in passages]
    weights = _weights(query_terms(question), [sentence for text in texts for sentence in text])
    answer_type = answer_type_of(question)
    quotes: dict[str, Quote] = {}
    for number, (passage, text) in enumerate(zip(passages, texts, strict=True)):
        for sentence, covered in zip(text, _coverage(text, _title(passage), weights), strict=True):
            score = covered + RANK_BONUS / (number + 1)
            if answer_type and answer_type.in_answer.search(sentence.text):
                score += TYPE_BONUS
            if sentence.text.endswith(("?", "？")):
                score -= QUESTION_PENALTY
            quotes.setdefault(sentence.text, Quote(sentence.text, number, covered, score))
    return sorted(quotes.values(), key=lambda quote: -quote.score)


def sentences(text: str) -> list[Sentence]:
    """The sentences of a text that can be quoted."""
    return [
        Sentence(" ".join(bare.split()), frozenset(terms))
        for sentence in split_sentences(prose(text))
        if (terms := text_terms(bare := MARKUP.sub("", sentence, count=1)))
    ]


def prose(text: str) -> str:
    """Without code and tables, which answer no question, unless there is nothing else."""
    lines = text.splitlines(keepends=True)
    in_code, prose_lines, other_lines = _begins_in_code(lines), [], []
    for line in lines:
        if FENCE.match(line):
            in_code = not in_code
        elif in_code or TABLE_ROW.match(line):
            other_lines.append(line)
        else:
            prose_lines.append(line)
    return "".join(prose_lines).strip() or "".join(other_lines).strip()


def _begins_in_code(lines: Sequence[str]) -> bool:
    """A passage may begin in the middle of a code block: then the first fence closes it, and names
    no language."""
    fences = [line for line in lines if FENCE.match(line)]
    return len(fences) % 2 == 1 and BARE_FENCE.fullmatch(fences[0]) is not None


def _weights(terms: Sequence[str], all_sentences: Sequence[Sentence]) -> dict[str, float]:
    """The weight of each term of the question: the rarer, the more. Their sum is 1."""
    counts = {term: sum(term in sentence.terms for sentence in all_sentences) for term in terms}
    size = len(all_sentences)
    weights = {term: inverse_document_frequency(size, count) for term, count in counts.items()}
    total = sum(weights.values())
    return {term: value / total for term, value in weights.items()}


def _title(passage: Passage) -> Set[str]:
    return frozenset(text_terms(f"{PurePath(passage.title).stem} {passage.place}"))


def _coverage(
    text: Sequence[Sentence], title: Set[str], weights: Mapping[str, float]
) -> Iterator[float]:
    """How much of the question each sentence covers. Terms of the title count as covered; terms of
    the sentences before and after count in part, since "he" or "it" often refers to them."""
    own = [{term for term in weights if term in title or term in each.terms} for each in text]
    for index, found in enumerate(own):
        neighbours = set().union(*own[max(0, index - 1) : index + 2]) - found
        yield sum(weights[term] for term in found) + NEIGHBOUR_WEIGHT * sum(
            weights[term] for term in neighbours
        )
