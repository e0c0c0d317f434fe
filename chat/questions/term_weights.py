"""What each term of a question is worth: the rarer in the documents and in the language, the more.

The documents alone would not do: a base of five knows too few words, and would hold "usually" for
as telling as a name.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from knowledge.embedding.rarity import surprisal
from knowledge.search.coverage import inverse_document_frequency
from knowledge.text.analysis import fold, query_terms, stem
from knowledge.translation.question_words import pairs_between_words

WORD = re.compile(r"[^\W_]+")
# The surprisal of the commonest words.
COMMON = 5.0
# What a pair of Chinese characters counts that is the end of one word and the beginning of another.
BETWEEN_WORDS = 0.4


@dataclass(frozen=True, slots=True)
class Frequencies:
    """How many chunks there are, and how many of them have each term."""

    total: int
    counts: Mapping[str, int]


def weights_of(question: str, frequencies: Frequencies) -> dict[str, float]:
    """The weight of each term, in the order of the question; their sum is 1."""
    words = {stem(word): word for word in WORD.findall(fold(question))}
    between = pairs_between_words(question)
    worth = {
        term: max(surprisal(words.get(term, term)) - COMMON, 1.0)
        * rarity_in(frequencies, term)
        * (BETWEEN_WORDS if term in between else 1.0)
        for term in query_terms(question)
    }
    whole = sum(worth.values())
    return {term: value / whole for term, value in worth.items()}


def rarity_in(frequencies: Frequencies, term: str) -> float:
    """Among the documents: 1 for a term that none of them has, near 0 for one that all have."""
    total, count = frequencies.total, frequencies.counts.get(term, 0)
    return inverse_document_frequency(total, count) / inverse_document_frequency(total, 0)
