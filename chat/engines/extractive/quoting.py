"""Chooses the sentences of the passages that answer a question best."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from pathlib import PurePath

from chat.engines.base import Passage
from chat.engines.extractive.answer_types import asked_for
from knowledge.search.coverage import inverse_document_frequency
from knowledge.text.analysis import query_terms, text_terms
from knowledge.text.sentences import split_sentences

# What a term is worth that is not in a sentence, but in the one before or after it.
BESIDE = 0.3
# What it adds to be in the best passage (in the second half of it, and so on), to hold the kind
# of thing that was asked for, and what it takes away to be a question itself.
RANK, KIND, QUESTION = 0.4, 0.12, 0.5

# Lists, quotations and headings are quoted without their marks; tables and code not at all.
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
    worth = _worth(query_terms(question), [sentence for text in texts for sentence in text])
    kind = asked_for(question)
    quotes: dict[str, Quote] = {}
    for number, (passage, text) in enumerate(zip(passages, texts, strict=True)):
        for sentence, covered in zip(text, _covered(text, _title(passage), worth), strict=True):
            score = covered + RANK / (number + 1)
            if kind and kind.given.search(sentence.text):
                score += KIND
            if sentence.text.endswith(("?", "？")):
                score -= QUESTION
            quotes.setdefault(sentence.text, Quote(sentence.text, number, covered, score))
    return sorted(quotes.values(), key=lambda quote: -quote.score)


def sentences(text: str) -> list[Sentence]:
    """What can be quoted of a text."""
    return [
        Sentence(" ".join(bare.split()), frozenset(terms))
        for sentence in split_sentences(prose(text))
        if (terms := text_terms(bare := MARKUP.sub("", sentence, count=1)))
    ]


def prose(text: str) -> str:
    """Without code and tables: nobody asks for a line of those, unless there is nothing else."""
    lines = text.splitlines(keepends=True)
    in_code, kept, left_out = _begins_in_code(lines), [], []
    for line in lines:
        if FENCE.match(line):
            in_code = not in_code
        elif in_code or TABLE_ROW.match(line):
            left_out.append(line)
        else:
            kept.append(line)
    return "".join(kept).strip() or "".join(left_out).strip()


def _begins_in_code(lines: Sequence[str]) -> bool:
    """A passage may begin in the middle of a block of code: then the first fence closes it, and
    says no language."""
    fences = [line for line in lines if FENCE.match(line)]
    return len(fences) % 2 == 1 and BARE_FENCE.fullmatch(fences[0]) is not None


def _worth(terms: Sequence[str], all_sentences: Sequence[Sentence]) -> dict[str, float]:
    """What each term of the question counts: the rarer, the more. All of them together: 1."""
    counts = {term: sum(term in sentence.terms for sentence in all_sentences) for term in terms}
    size = len(all_sentences)
    worth = {term: inverse_document_frequency(size, count) for term, count in counts.items()}
    total = sum(worth.values())
    return {term: value / total for term, value in worth.items()}


def _title(passage: Passage) -> Set[str]:
    return frozenset(text_terms(f"{PurePath(passage.title).stem} {passage.place}"))


def _covered(
    text: Sequence[Sentence], title: Set[str], worth: Mapping[str, float]
) -> Iterator[float]:
    """How much of the question each sentence covers: what the title says, it need not say again,
    and what "he" or "it" stands for is often beside it."""
    own = [{term for term in worth if term in title or term in each.terms} for each in text]
    for at, found in enumerate(own):
        beside = set().union(*own[max(0, at - 1) : at + 2]) - found
        yield sum(worth[term] for term in found) + BESIDE * sum(worth[term] for term in beside)
