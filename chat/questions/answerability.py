"""Whether passages answer a question at all: features of how it is covered, and a logistic
regression over them. `benchmarks/learning.py` learns its weights."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import astuple, dataclass
from statistics import fmean as mean

from chat.questions.answerability_weights import CHINESE, ENGLISH, Weights
from chat.questions.evidence import Evidence
from chat.questions.language import Language, has_chinese
from chat.questions.likeness import meant_alike, spelled_alike
from chat.questions.names import names_of
from knowledge.embedding.rarity import surprisal
from knowledge.embedding.sentence_vectors import similarities
from knowledge.text.analysis import fold, query_terms, text_terms

# Of the passages, the best; of their sentences, those compared by meaning, by themselves and with
# the heading above them.
MAX_PASSAGES, MAX_COMPARED, MAX_TITLED = 3, 8, 3
# Of questions with fewer terms there are too few to learn from.
MIN_TERMS = 3
# Of the terms of Chinese, most are two characters.
PAIR = 2
# A sentence is understood with the one before and the one after it.
NEIGHBOUR_WEIGHT = 0.3
# What a question adds is in a passage if it covers so much of it, or a sentence means so much of
# it. Learned from second questions about the same passage: a tenth of those are refused, too.
ADDED_COVERED, ADDED_MEANING = 0.2, 0.48
# The weights are learned from questions that begin a conversation. Of those in the middle of one
# more have no answer, since they are about what was said: so much is taken off the logit.
WITHIN_CONVERSATION = 0.6
# Of a question of which only the subject is known, the share that is missing, how alike a word must
# be to be no other one, and how many sentences are compared.
MIN_MISSING, MIN_ALIKE, MAX_COMPARED_SUBJECT = 0.5, 0.4, 24


@dataclass(frozen=True, slots=True)
class Features:
    """The best sentence covers most of the question, together with its title. All shares are of
    the question's weight, from 0 to 1, except where it is said."""

    # Covered by the best sentence and its title; the same with words that mean nearly the same,
    # and as a share of the number of terms.
    sentence: float
    sentence_by_meaning: float
    sentence_terms: float
    # Covered by its passage, counting words that are spelled alike in part.
    passage: float
    # The share of the number of terms that the passage lacks, and of the weight of names.
    missing: float
    names_missing: float
    # How rare in the language the terms are that it lacks, in forties; the rarest, in twenties.
    missing_surprisal: float
    rarest_missing: float
    # What the best passage covers more than any other, and how well its words fit.
    lead: float
    similarity: float
    # The share of the passages that are about the same subject.
    same_subject: float
    # The logarithms of the number of terms, and of the passages that are searched.
    terms: float
    size: float
    # The cosines of the likely sentences: the best with its heading, the average of the first
    # three, and what the best is above the average of all.
    meaning: float
    usual_meaning: float
    above_usual: float


def confidence(features: Features | None, language: Language, is_first: bool = True) -> float:
    """From 0 to 1; 0.5 where most questions without an answer are told from those with one.
    `is_first`: whether nothing was cited before."""
    if features is None:
        return 0.0
    weights: Weights = CHINESE if language.is_chinese else ENGLISH
    pairs = zip(weights.of_features, astuple(features), strict=True)
    logit = weights.constant + sum(weight * value for weight, value in pairs)
    return 1 / (1 + math.exp(-logit if is_first else WITHIN_CONVERSATION - logit))


def features_of(
    question: str, passages: Sequence[Evidence], weights: Mapping[str, float], total: int
) -> Features | None:
    """None: nothing was found, or there is nothing to look for. `passages`: the best first, of so
    many in `total`."""
    if not passages or not weights:
        return None
    ranked = _ranked(passages, weights)
    if not ranked:
        return None
    best = ranked[0]
    passage = passages[best.passage]
    wholes = [_present(weights, each.whole) for each in passages]
    covered = [_share(weights, whole) for whole in wholes]
    lacking = [term for term in weights if term not in wholes[best.passage]]
    rarities = [surprisal(term) for term in lacking]
    names = {term for name in names_of(question) for term in query_terms(name)} & weights.keys()
    meanings = similarities(question, [s.text for s in ranked[:MAX_COMPARED]])
    titled = [f"{passages[s.passage].heading}: {s.text}" for s in ranked[:MAX_TITLED]]
    told = best.own | best.title
    return Features(
        sentence=_share(weights, told),
        sentence_by_meaning=_share_by_meaning(question, weights, best),
        sentence_terms=len(told) / len(weights),
        passage=_share_in_part(weights, passage.whole, lacking),
        missing=len(lacking) / len(weights),
        names_missing=_share(weights, names.intersection(lacking)) / (_share(weights, names) or 1),
        missing_surprisal=sum(rarities) / 40,
        rarest_missing=max(rarities, default=0.0) / 20,
        lead=covered[0] - max(covered[1:], default=0),
        similarity=passages[0].similarity,
        same_subject=mean(each.subject == passage.subject for each in passages),
        terms=math.log(max(MIN_TERMS, len(weights))),
        size=math.log(1 + total),
        meaning=max(similarities(question, titled)),
        usual_meaning=mean(meanings[:MAX_PASSAGES]),
        above_usual=max(meanings) - mean(meanings),
    )


def knows_only_subject(
    question: str,
    passages: Sequence[Evidence],
    weights: Mapping[str, float],
    *,
    of_section: bool = False,
) -> bool:
    """Whether all that the passages have of the question is what their documents (or the best
    section) are about, and no sentence means anything else of it: of "Who designed the kettle?", a
    manual has the kettle."""
    best = passages[0]
    wholes = frozenset().union(*(_present(weights, each.whole) for each in passages))
    missing = [term for term in weights if term not in wholes]
    subject = frozenset(text_terms(f"{best.document} {best.place if of_section else best.subject}"))
    if not wholes <= subject or _share(weights, missing) < MIN_MISSING:
        return False
    titled = [f"{best.heading}: {text}" for each in passages for text in each.sentences()]
    if max(similarities(question, titled[:MAX_COMPARED_SUBJECT]), default=0.0) >= ADDED_MEANING:
        return False
    text = "\n".join(each.text for each in passages[:MAX_PASSAGES])
    if has_chinese(question):
        return all(spelled_alike(term, (), fold(text)) < MIN_ALIKE for term in missing)
    return all(value < MIN_ALIKE for value in meant_alike(question, missing, text).values())


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
    # The question's terms that are in it, and in the title.
    own: Set[str]
    title: Set[str]
    score: float


def _ranked(passages: Sequence[Evidence], weights: Mapping[str, float]) -> list[_Sentence]:
    """The sentences of the best passages, the best first."""
    sentences = [
        sentence
        for number, passage in enumerate(passages[:MAX_PASSAGES])
        for sentence in _sentences(number, passage, weights)
    ]
    return sorted(sentences, key=lambda sentence: -sentence.score)


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
        found.append(_Sentence(text, number, own[index], title, score))
    return found


def _present(weights: Mapping[str, float], text: str) -> frozenset[str]:
    return _bridged(frozenset(text_terms(text)) & weights.keys(), [*weights])


def _bridged(present: frozenset[str], terms: Sequence[str]) -> frozenset[str]:
    """With the pairs of Chinese characters that are no word, but the end of one word and the
    beginning of the next, if the text has both words: of 出差住宿, the pair in the middle."""
    pairs = zip(terms, terms[1:], terms[2:], strict=False)
    return present | {
        middle
        for before, middle, after in pairs
        if before in present
        and after in present
        and not middle.isascii()
        and len(before) == len(middle) == len(after) == PAIR
        and before[1] == middle[0]
        and middle[1] == after[0]
    }


def _share(weights: Mapping[str, float], present: Iterable[str]) -> float:
    return sum(weights[term] for term in present)


def _share_by_meaning(question: str, weights: Mapping[str, float], best: _Sentence) -> float:
    told = best.own | best.title
    missing = [term for term in weights if term not in told]
    alike = (
        {term: spelled_alike(term, (), fold(best.text)) for term in missing}
        if has_chinese(question)
        else meant_alike(question, missing, best.text)
    )
    return _share(weights, told) + sum(weights[term] * value for term, value in alike.items())


def _share_in_part(weights: Mapping[str, float], text: str, lacking: Sequence[str]) -> float:
    """`lacking`: the terms that the text has not as they are."""
    terms, characters = frozenset(text_terms(text)), frozenset(fold(text))
    return sum(
        weight * (spelled_alike(term, terms, characters) if term in lacking else 1.0)
        for term, weight in weights.items()
    )
