"""Which passage a sentence of an answer rests on, judged by the words they share."""

import math
from collections.abc import Sequence
from functools import cached_property

from knowledge.text.analysis import index_terms, query_terms

# How much of a sentence a passage has to cover, and how many of its words that must be at least:
# "That is all." is found everywhere and rests on nothing.
ENOUGH = 0.6
FEWEST_TERMS = 3


class Support:
    def __init__(self, passages: Sequence[str]) -> None:
        self._passages = passages

    def of(self, sentence: str) -> int | None:
        """The number of the passage that supports the sentence well, if one does."""
        if not self._passages:
            return None
        asked = set(query_terms(sentence))
        whole = sum(map(self._weight, asked))
        best, number = max((self._shared(asked, i), -i) for i in range(len(self._passages)))
        return -number if best >= ENOUGH * whole and self._enough(asked, -number) else None

    def _enough(self, asked: set[str], number: int) -> bool:
        return len(asked & self._terms[number]) >= FEWEST_TERMS

    def _shared(self, asked: set[str], number: int) -> float:
        return sum(map(self._weight, asked & self._terms[number]))

    def _weight(self, term: str) -> float:
        """Rare words say more; one that no passage has says most, against all of them."""
        having = sum(term in terms for terms in self._terms)
        return math.log(1 + (len(self._terms) - having + 0.5) / (having + 0.5))

    @cached_property
    def _terms(self) -> list[set[str]]:
        # Only looked at when the first sentence comes without a marker.
        return [set(index_terms(passage).split()) for passage in self._passages]
