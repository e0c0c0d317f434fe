"""Numbers that are written in another way in the other language: "2 million" is 200万, "the 19th
century" 19世纪, "the 1970s" 20世纪70年代, "June" 6月."""

from __future__ import annotations

import re
from collections.abc import Sequence

# Without March and May, which are other words, too.
MONTHS = {
    "january": 1,
    "february": 2,
    "april": 4,
    "june": 6,
    "july": 7,
    "august": 8,
    "september": 9,
    "october": 10,
    "november": 11,
    "december": 12,
}
ORDINAL_WORDS = (
    "first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth "
    "fourteenth fifteenth sixteenth seventeenth eighteenth nineteenth twentieth"
)
ORDINALS = {word: place for place, word in enumerate(ORDINAL_WORDS.split(), 1)}
DIGITS = "〇一二三四五六七八九"
TENS = ("", "十", "二十")
ORDINAL = re.compile(r"([12]?[0-9])(?:st|nd|rd|th)")
DECADE = re.compile(r"(1[0-9]|20)([0-9])0s")
WHOLE = re.compile(r"[1-9][0-9]{0,3}")
# What an English word for a large number is in Chinese ones.
LARGE = {"thousand": 1_000, "million": 1_000_000, "billion": 1_000_000_000}
UNITS = ((100_000_000, "亿"), (10_000, "万"), (1, ""))


def in_chinese(tokens: Sequence[str]) -> tuple[list[str], int]:
    """What the first of the tokens say together, and how many those are; none if that is no
    number. Tokens are in lower case."""
    first, second = tokens[0], tokens[1] if len(tokens) > 1 else ""
    if second in ("century", "centuries") and (number := _ordinal(first)):
        return [f"{number}世纪", f"{_numeral(number)}世纪"], 2
    if second in LARGE and WHOLE.fullmatch(first):
        return [_large(int(first) * LARGE[second])], 2
    if found := DECADE.fullmatch(first):
        return _decade(int(found[1]), found[2]), 1
    if number := MONTHS.get(first, 0):
        return [f"{number}月", f"{_numeral(number)}月"], 1
    return [], 0


def _ordinal(word: str) -> int:
    """0 if it is none."""
    if found := ORDINAL.fullmatch(word):
        return int(found[1])
    return ORDINALS.get(word, 0)


def _numeral(number: int) -> str:
    ten, one = divmod(number, 10)
    return TENS[ten] + (DIGITS[one] if one else "")


def _decade(hundreds: int, ten: str) -> list[str]:
    if ten == "0":
        return [f"{hundreds + 1}世纪", f"{_numeral(hundreds + 1)}世纪"]
    return [f"{hundreds + 1}世纪{ten}0年代", f"{hundreds}{ten}0年代", f"{DIGITS[int(ten)]}十年代"]


def _large(number: int) -> str:
    size, unit = next((size, unit) for size, unit in UNITS if number >= size)
    return f"{number / size:g}{unit}"
