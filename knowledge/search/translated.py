"""Finds and ranks chunks in another language than the question, by its words as a dictionary
translates them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from knowledge.index.base import Candidate
from knowledge.search.coverage import inverse_document_frequency
from knowledge.search.ranking import K1, TITLE_WEIGHT, B, length_of
from knowledge.translation.question_words import QuestionWord


class TranslatedQuestion:
    """Of a word only the translation counts that says most in a chunk: it is a rare one, or all of
    its terms are there."""

    def __init__(
        self, words: Sequence[QuestionWord], counts: Mapping[str, int], total: int
    ) -> None:
        self.words = words
        self.counts = counts
        # Of the terms that are there.
        self._weights = {
            term: inverse_document_frequency(total, count) for term, count in counts.items()
        }
        # Of each term, the translations it is a part of: word, number, share.
        self._uses: dict[str, list[tuple[int, int, float]]] = {}
        for place, word in enumerate(words):
            for number, translation in enumerate(word):
                share = translation.likelihood / len(translation.terms)
                for term in self._weights.keys() & translation.terms:
                    self._uses.setdefault(term, []).append((place, number, share))
        # What a chunk can reach. A word that no chunk has may be a rare one.
        found = self._best_of_words(self._weights)
        unknown = inverse_document_frequency(total, 0)
        self._most = sum(found) + unknown * (len(words) - len(found))

    def term_weights(self) -> dict[str, float]:
        """Of the terms to look up: what each says by itself."""
        return {
            term: self._weights[term] * max(share for _, _, share in uses)
            for term, uses in self._uses.items()
        }

    def scores(self, candidates: Sequence[Candidate]) -> dict[int, float]:
        """From 0 to 1, by `rowid`; empty if nothing can be translated."""
        if not self._uses:
            return {}
        average_length = sum(map(length_of, candidates)) / len(candidates)
        return {
            each.rowid: sum(self._best_of_words(self._values_in(each, average_length))) / self._most
            for each in candidates
        }

    def _best_of_words(self, values: Mapping[str, float]) -> list[float]:
        """Of each word that has any translation among the terms."""
        reached: dict[tuple[int, int], float] = {}
        for term, value in values.items():
            for place, number, share in self._uses.get(term, ()):
                reached[place, number] = reached.get((place, number), 0.0) + share * value
        best: dict[int, float] = {}
        for (place, _), value in reached.items():
            best[place] = max(value, best.get(place, 0.0))
        return list(best.values())

    def _values_in(self, candidate: Candidate, average_length: float) -> dict[str, float]:
        """BM25 of each term that the chunk has."""
        saturation = K1 * (1 - B + B * length_of(candidate) / average_length)
        text, title = f" {candidate.terms} ", f" {candidate.title_terms} "
        values: dict[str, float] = {}
        for term in self._uses.keys() & {*text.split(), *title.split()}:
            spaced = f" {term} "
            count = text.count(spaced) + TITLE_WEIGHT * title.count(spaced)
            values[term] = self._weights[term] * count / (count + saturation)
        return values
