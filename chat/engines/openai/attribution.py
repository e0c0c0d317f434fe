"""Attribution: finds the passage that supports a sentence of an answer, by the words they share."""

import math
from collections.abc import Sequence
from functools import cached_property

from knowledge.text.analysis import index_terms, query_terms

# The share of a sentence that a passage has to cover, and the least number of terms they share:
# "That is all." is found in every passage and supported by none.
MIN_COVERAGE = 0.6
MIN_SHARED_TERMS = 3


class Attribution:
    def __init__(self, passages: Sequence[str]) -> None:
        self._passages = passages

    def find_passage(self, sentence: str) -> int | None:
        """The number of the passage that supports the sentence best, if it does so well enough."""
        if not self._passages:
            return None
        terms = set(query_terms(sentence))
        whole = sum(map(self._weight, terms))
        best, number = max((self._shared(terms, i), -i) for i in range(len(self._passages)))
        shared_terms = terms & self._terms_of_passages[-number]
        is_supported = best >= MIN_COVERAGE * whole and len(shared_terms) >= MIN_SHARED_TERMS
        return -number if is_supported else None

    def _shared(self, terms: set[str], number: int) -> float:
        return sum(map(self._weight, terms & self._terms_of_passages[number]))

    def _weight(self, term: str) -> float:
        """Rare terms count more; one that no passage has counts most, against all of them."""
        passages = self._terms_of_passages
        having = sum(term in terms for terms in passages)
        return math.log(1 + (len(passages) - having + 0.5) / (having + 0.5))

    @cached_property
    def _terms_of_passages(self) -> list[set[str]]:
        # Computed when the first sentence comes without a marker.
        return [set(index_terms(passage).split()) for passage in self._passages]
