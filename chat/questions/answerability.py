"""Whether passages answer a question at all: features of how it is covered, and a logistic
regression over them. `benchmarks/learning.py` learns its weights."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence, Set
from dataclasses import astuple, dataclass

from chat.questions.answerability_weights import CHINESE, ENGLISH, Weights
from chat.questions.evidence import Evidence
from chat.questions.language import Language
from chat.questions.names import names_of
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import query_terms, text_terms

# Of the passages, the best; of their sentences, those compared by meaning.
MAX_PASSAGES, MAX_COMPARED = 3, 3
# A sentence is understood with the one before and the one after it.
NEIGHBOUR_WEIGHT = 0.3
# What a question adds is in a passage if it covers so much of it, or a sentence means so much of
# it. Learned from second questions about the same passage: a tenth of those are refused, too.
ADDED_COVERED, ADDED_MEANING = 0.2, 0.48


@dataclass(frozen=True, slots=True)
class Features:
    """All shares are of the question's weight, from 0 to 1, except where it is said."""

    # Covered by the passage of the best sentence, by that sentence with its neighbours and the
    # title, by the sentence and the title, and by the title alone.
    passage: float
    sentence: float
    sentence_alone: float
    title: float
    # Of the terms that this passage lacks: the heaviest, as a share of the heaviest of all, and
    # how many they are.
    heaviest_missing: float
    missing: float
    # What the best passage covers more than any other.
    lead: float
    # Of the weight of the names in it, the share that the passage lacks.
    names_missing: float
    # The logarithms of the number of terms, and of the passages that are searched.
    terms: float
    size: float
    # The best cosine of the likely sentences.
    meaning: float
    # What the first passage is nearer than any other.
    nearer: float
    # Covered by all passages together.
    together: float


def confidence(features: Features | None, language: Language) -> float:
    """From 0 to 1; 0.5 where most questions without an answer are told from those with one."""
    if features is None:
        return 0.0
    weights: Weights = CHINESE if language.is_chinese else ENGLISH
    pairs = zip(weights.of_features, astuple(features), strict=True)
    return 1 / (1 + math.exp(-weights.constant - sum(weight * value for weight, value in pairs)))


def features_of(
    question: str, passages: Sequence[Evidence], weights: Mapping[str, float], total: int
) -> Features | None:
    """None: nothing was found, or there is nothing to look for. `passages`: the best first, of so
    many in `total`."""
    if not passages or not weights:
        return None
    sentences = [
        sentence
        for number, passage in enumerate(passages[:MAX_PASSAGES])
        for sentence in _sentences(number, passage, weights)
    ]
    if not sentences:
        return None
    ranked = sorted(sentences, key=lambda sentence: -sentence.score)
    best = ranked[0]
    wholes = [_present(weights, p.whole) for p in passages]
    present = wholes[best.passage]
    lacking = [term for term in weights if term not in present]
    covered = [_share(weights, whole) for whole in wholes]
    names = {term for name in names_of(question) for term in query_terms(name)} & weights.keys()
    named = sum(weights[term] for term in names)
    nearness = [passage.nearness for passage in passages]
    return Features(
        passage=covered[best.passage],
        sentence=_share(weights, best.near | best.own | best.title),
        sentence_alone=_share(weights, best.own | best.title),
        title=_share(weights, best.title),
        heaviest_missing=max((weights[t] for t in lacking), default=0) / max(weights.values()),
        missing=len(lacking) / len(weights),
        lead=covered[0] - max(covered[1:], default=0),
        names_missing=sum(weights[t] for t in names - present) / named if named else 0.0,
        terms=math.log(len(weights)),
        size=math.log(1 + total),
        meaning=max(similarities(question, [s.text for s in ranked[:MAX_COMPARED]])),
        nearer=nearness[0] - max(nearness[1:], default=0),
        together=_share(weights, frozenset().union(*wholes)),
    )


def adds_to(
    question: str, passage: Evidence, said: Sequence[str], weights: Mapping[str, float]
) -> bool:
    """Whether a passage that was talked about before has anything of what a complete question adds
    to what was said: its subject alone is no answer."""
    known = frozenset(term for text in said for term in text_terms(text))
    added = {term: weight for term, weight in weights.items() if term not in known}
    if not added:
        return True
    covered = _share(added, _present(added, passage.whole)) / sum(added.values())
    if covered >= ADDED_COVERED:
        return True
    return max(similarities(question, passage.sentences()), default=0.0) >= ADDED_MEANING


@dataclass(frozen=True, slots=True)
class _Sentence:
    text: str
    passage: int
    # The question's terms that are in it, in the title, and in the sentences around it.
    own: Set[str]
    title: Set[str]
    near: Set[str]
    score: float


def _sentences(number: int, passage: Evidence, weights: Mapping[str, float]) -> list[_Sentence]:
    texts = passage.sentences()
    own = [_present(weights, text) for text in texts]
    title = _present(weights, passage.title)
    found = []
    for index, text in enumerate(texts):
        near = frozenset().union(*own[max(0, index - 1) : index + 2])
        alone = _share(weights, own[index] | title)
        together = _share(weights, own[index] | title | near)
        score = alone + NEIGHBOUR_WEIGHT * (together - alone) + 0.1 / (number + 1)
        found.append(_Sentence(text, number, own[index], title, near, score))
    return found


def _present(weights: Mapping[str, float], text: str) -> frozenset[str]:
    return frozenset(text_terms(text)) & weights.keys()


def _share(weights: Mapping[str, float], present: Set[str]) -> float:
    return sum(weights[term] for term in present)
