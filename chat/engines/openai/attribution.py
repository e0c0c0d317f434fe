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
        weights = {term: self._weight(term) for term in query_terms(sentence)}
        passages = self._terms_of_passages
        shared = [weights.keys() & terms for terms in passages]
        supports = [sum(weights[term] for term in terms) for terms in shared]
        best = max(range(len(passages)), key=supports.__getitem__)
        is_supported = (
            supports[best] >= MIN_COVERAGE * sum(weights.values())
            and len(shared[best]) >= MIN_SHARED_TERMS
        )
        return best if is_supported else None

    def _weight(self, term: str) -> float:
        """Rare terms count more; one that no passage has counts most, against all of them."""
        passages = self._terms_of_passages
        having = sum(term in terms for terms in passages)
        return math.log(1 + (len(passages) - having + 0.5) / (having + 0.5))

    @cached_property
    def _terms_of_passages(self) -> list[set[str]]:
        # Computed when the first sentence comes without a marker.
        return [set(index_terms(passage).split()) for passage in self._passages]
