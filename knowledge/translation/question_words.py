"""The words of a question in the other language: English for Chinese ones, Chinese for English."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from knowledge.text.analysis import (
    CJK_RUN,
    IS_CJK,
    STOP_PHRASES,
    STOP_STEMS,
    TOKEN,
    WORD,
    fold,
    is_mostly_cjk,
    stem,
    text_terms,
)
from knowledge.translation.dictionary import Dictionary, current_dictionary
from knowledge.translation.numbers import in_chinese
from knowledge.translation.sounds import pairs_of, spellings

# "the 1970's"
DECADE_APOSTROPHE = re.compile(r"(?<=\d0)['’](?=s\b)")
# A word with a capital that does not begin the sentence.
INNER_CAPITAL = re.compile(r"(?<=[a-z,] )[A-Z][a-z]+")
# Of a very long question, so many words are enough to find similar chunks.
MAX_WORDS = 48
# Characters of a Chinese word, and English words that are looked up as one.
MAX_CHARACTERS, MAX_TOGETHER = 8, 4
# How much less a translation counts for each that is more usual.
UNUSUAL = 0.5
# How much less one counts that stands for a single character, which is often a part of a name.
SINGLE = 0.3
# The same for a name that is spelled by its sound, with two characters and with more.
SPELLED_WITH_TWO, SPELLED = 0.8, 1.0
MAX_NAMES, MIN_LETTERS = 6, 3


@dataclass(frozen=True, slots=True)
class Translation:
    """One of the ways to say a word: the terms of the index, and how likely it is, from 0 to 1."""

    terms: tuple[str, ...]
    likelihood: float


# A word of the question: all its translations.
QuestionWord = Sequence[Translation]


def translate(question: str) -> Sequence[QuestionWord]:
    """Words in the script of the texts that are searched, such as numbers, are as they are. Empty
    if there is no dictionary."""
    dictionary = current_dictionary()
    if dictionary is None:
        return []
    from_chinese = is_mostly_cjk(question)
    found = (
        _from_chinese(question, dictionary) if from_chinese else _from_english(question, dictionary)
    )
    return list(dict.fromkeys(map(tuple, found)))[:MAX_WORDS]


def pairs_between_words(question: str) -> set[str]:
    """Of a Chinese question, the pairs of characters that are no word: the end of a word of two
    characters or more, and the beginning of the next, or the other way round. None without a
    dictionary."""
    runs = CJK_RUN.findall(STOP_PHRASES.sub(" ", fold(question)))
    dictionary = current_dictionary() if runs else None
    if dictionary is None:
        return set()
    within: set[str] = set()
    between: set[str] = set()
    for run in runs:
        words = list(_longest_words(run, dictionary))
        within.update(a + b for word in words for a, b in pairwise(word))
        between.update(
            before[-1] + after[0]
            for before, after in pairwise(words)
            if len(before) > 1 or len(after) > 1
        )
    return between - within


def terms_of(words: Sequence[QuestionWord]) -> set[str]:
    return {term for word in words for translation in word for term in translation.terms}


def names_in(question: str) -> Sequence[str]:
    """The words of an English question that a dictionary does not have, in lower case, if they have
    a capital, or no word has."""
    dictionary = current_dictionary()
    if dictionary is None or is_mostly_cjk(question):
        return []
    words = WORD.findall(question)[:MAX_WORDS]
    any_case = question == question.lower()
    capital = [fold(word) for word in words if any_case or word[0].isupper()]
    found = (word for word in capital if word.isascii() and word.isalpha())
    return [
        word
        for word in dict.fromkeys(found)
        if len(word) >= MIN_LETTERS and stem(word) not in STOP_STEMS
        if not dictionary.words_for([word])
    ][:MAX_NAMES]


def with_names_spelled(
    words: Sequence[QuestionWord], names: Sequence[str], present: Collection[str]
) -> Sequence[QuestionWord]:
    """Adds the ways to spell the names in Chinese that `present`, the terms of chunks, have."""
    spelled: dict[tuple[str, ...], list[Translation]] = {}
    for name in names:
        found = spellings(name, pairs_of(name).keys() & present)
        spelled[(stem(name),)] = [_by_sound(each.characters, each.share) for each in found]
    return [
        (*word, *(more for each in word for more in spelled.get(each.terms, ()))) for word in words
    ]


def says_names(text: str, question: str) -> bool:
    """Whether a Chinese text has every name of an English question, as it is, as the dictionary has
    it, or by its sound. True without a dictionary."""
    present, unknown = {*text_terms(text)}, names_in(question)
    names = {(stem(fold(name)),) for name in [*INNER_CAPITAL.findall(question), *unknown]}
    return all(
        any(present.issuperset(way.terms) for way in ways)
        for ways in with_names_spelled(translate(question), unknown, present)
        if any(way.terms in names for way in ways)
    )


def _by_sound(characters: str, share: float) -> Translation:
    pairs = tuple(characters[place : place + 2] for place in range(len(characters) - 1))
    return Translation(pairs, share * (SPELLED if len(pairs) > 1 else SPELLED_WITH_TWO))


def _from_chinese(question: str, dictionary: Dictionary) -> Iterator[list[Translation]]:
    for token in TOKEN.findall(STOP_PHRASES.sub(" ", fold(question))):
        if IS_CJK.match(token):
            for word in _longest_words(token, dictionary):
                yield _in_english(word, dictionary)
        else:
            yield [Translation((stem(token),), 1.0)]


def _longest_words(run: str, dictionary: Dictionary) -> Iterator[str]:
    start = 0
    while start < len(run):
        longest = min(MAX_CHARACTERS, len(run) - start)
        lengths = range(longest, 1, -1)
        length = next((n for n in lengths if run[start : start + n] in dictionary), 1)
        yield run[start : start + length]
        start += length


def _in_english(word: str, dictionary: Dictionary) -> list[Translation]:
    likelihood = SINGLE if len(word) == 1 else 1.0
    meanings = (tuple(map(stem, meaning)) for meaning in dictionary.meanings_of(word))
    named = (tuple(term for term in terms if term not in STOP_STEMS) for terms in meanings)
    return [
        Translation(terms, likelihood / (1 + UNUSUAL * place))
        for place, terms in enumerate(dict.fromkeys(filter(None, named)))
    ]


def _from_english(question: str, dictionary: Dictionary) -> Iterator[list[Translation]]:
    tokens = TOKEN.findall(fold(DECADE_APOSTROPHE.sub("", question)))
    start = 0
    while start < len(tokens):
        if stem(tokens[start]) in STOP_STEMS:
            start += 1
            continue
        ways, length = in_chinese(tokens[start : start + 2])
        if ways:
            yield [_in_chinese(way, 0) for way in ways]
            start += length
            continue
        words, length = _longest_meaning(tokens[start : start + MAX_TOGETHER], dictionary)
        found = [_in_chinese(word, place) for word, place in words.items()]
        if length == 1:
            # A name or a number may be written in the same way.
            found.append(Translation((stem(tokens[start]),), 1.0))
        yield found
        start += length


def _longest_meaning(tokens: Sequence[str], dictionary: Dictionary) -> tuple[dict[str, int], int]:
    """The Chinese words for as many of the tokens as mean something together."""
    for length in range(len(tokens), 1, -1):
        ends_well = stem(tokens[length - 1]) not in STOP_STEMS
        if ends_well and (words := dictionary.words_for(tokens[:length])):
            return words, length
    return dictionary.words_for(tokens[:1]), 1


def _in_chinese(word: str, place: int) -> Translation:
    likelihood = SINGLE if len(word) == 1 else 1.0
    # Of two characters and more, the pairs.
    terms = text_terms(word)
    long_terms = [term for term in terms if len(term) > 1] or terms
    return Translation(tuple(long_terms), likelihood / (1 + UNUSUAL * place))
