"""Says a question in the words of the documents, as far as they lack its own: "EU" for the European
Union, "dialgo" for a dialog, "how heavy" where a weight is told.

Pure: what the documents have is handed in.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from difflib import SequenceMatcher
from functools import cached_property

from knowledge.text.analysis import fold
from knowledge.translation.dictionary import current_dictionary

# A word, with its hyphens.
WORD = re.compile(r"(?<![\w-])[A-Za-z]{1,30}(?:-[A-Za-z]{1,30}){0,3}(?![\w-]|['’]t\b)")
ACRONYM = re.compile(r"[A-Z]{2,5}")
# Words between the ones that an acronym is made of.
BETWEEN = r"(?: (?:of|and|the|for|de))?[ -]"
# Shorter words are like too many others.
MIN_LETTERS, MIN_LONG, MIN_ALIKE = 5, 8, 0.8
# What is said for short, and in full.
SHORT_FORMS = (
    "bike:bicycle bikes:bicycles e-bike:electric_bicycle e-bikes:electric_bicycles "
    "phone:telephone photo:photograph fridge:refrigerator tv:television plane:aeroplane "
    "lab:laboratory exam:examination ad:advertisement info:information app:application "
    "config:configuration docs:documents doc:document repo:repository pic:picture "
    "max:maximum min:minimum admin:administrator temp:temperature auth:authentication "
    "kb:knowledge_base"
)
IN_FULL = dict(pair.replace("_", " ").split(":") for pair in SHORT_FORMS.split())
# "How heavy is it?" is told as "Weight: 1.1 kg".
MEASURES = {
    "heavy": "weight",
    "tall": "height",
    "high": "height",
    "deep": "depth",
    "wide": "width",
    "long": "length",
    "fast": "speed",
    "hot": "temperature",
    "old": "age",
}
HOW = re.compile(rf"\bhow ({'|'.join(MEASURES)})\b", re.IGNORECASE)
# British and American spelling.
ENDINGS = "ise:ize isa:iza our:or tre:ter yre:ire lled:led lling:ling ence:ense grey:gray ogue:og"
SPELLINGS = [pair.split(":") for pair in ENDINGS.split()]


def reworded(question: str, count: Callable[[str], int], read: Callable[[], Iterable[str]]) -> str:
    """The question, with other words where the documents have not its own.

    `count`: how many passages have a word. `read`: what they say, as far as it may be about it.
    """
    known = _Known(count, read)
    said = HOW.sub(lambda found: known.measure(found[0], found[1]), question)
    return WORD.sub(lambda found: known.word(found[0]), said)


class _Known:
    """What the documents say, as far as it was found."""

    def __init__(self, count: Callable[[str], int], read: Callable[[], Iterable[str]]) -> None:
        self._count, self._read = count, read

    @cached_property
    def _text(self) -> str:
        return "\n".join(self._read())

    @cached_property
    def _words(self) -> dict[str, str]:
        """Each folded, and as it is written."""
        return {fold(found[0]): found[0] for found in WORD.finditer(self._text)}

    def measure(self, asked: str, adjective: str) -> str:
        noun = MEASURES[adjective.lower()]
        lacks = not self._count(adjective) and self._count(noun)
        return f"How much {noun}" if lacks else asked

    def word(self, word: str) -> str:
        """The word itself, if it is known, or nothing like it is."""
        full = IN_FULL.get(word.lower(), "")
        if full and self._count(full) > self._count(word):
            return full
        if len(word) == 1:
            return word
        if other := self._other_spelling(fold(word)):
            return other
        if self._count(word):
            return word
        if ACRONYM.fullmatch(word):
            return self._in_full(word) or word
        return next(self._alike(word), word)

    def _other_spelling(self, word: str) -> str:
        """British or American, if the documents have only that."""
        others = _other_spellings(word) if len(word) >= MIN_LETTERS else ()
        return next(
            (each for each in others if each in self._words and word not in self._words), ""
        )

    def _in_full(self, acronym: str) -> str:
        initials = BETWEEN.join(rf"{letter}[a-z]{{1,20}}" for letter in acronym)
        found = re.search(rf"\b{initials}\b", self._text)
        return found[0] if found else ""

    def _alike(self, word: str) -> Iterator[str]:
        """Words of the documents that are surely the same, the surest first."""
        folded = fold(word)
        words = self._words
        joined = folded.replace("-", "")
        for each, written in words.items():
            if each != folded and each.replace("-", "") == joined:
                yield written
        # Other names are other people.
        if len(folded) >= (MIN_LETTERS if word.islower() else MIN_LONG):
            likely = ((_alikeness(folded, each), each) for each in words if _may_be(folded, each))
            best = max(likely, default=(0.0, ""))
            if best[0] >= MIN_ALIKE and not _is_english(folded):
                yield words[best[1]]


def _other_spellings(word: str) -> Iterator[str]:
    for british, american in SPELLINGS:
        if british in word:
            yield word.replace(british, american)
        if american in word:
            yield word.replace(american, british)


def _is_english(word: str) -> bool:
    """Without a dictionary, every word may be one."""
    dictionary = current_dictionary()
    return dictionary is None or bool(dictionary.words_for([word]))


def _may_be(word: str, other: str) -> bool:
    return word[0] == other[0] and abs(len(word) - len(other)) <= 1


def _alikeness(word: str, other: str) -> float:
    """1 for the same letters in the same order; letters that changed places count as one."""
    if sorted(word) == sorted(other):
        return 0.99
    return SequenceMatcher(None, word, other, autojunk=False).ratio()
