"""Folds characters to the letters and digits they look like, as a person would read them."""

import unicodedata
from functools import lru_cache

# What Unicode does not count as a form of the letter beside it: Cyrillic, Greek, Armenian and
# small capitals that look like it.
LOOK_ALIKES = {
    letter: latin
    for latin, letters in {
        "0": "oоοօσ〇",
        "1": "ilıіιӏ",
        "3": "ззэɜʒ",
        "4": "ч",
        "6": "б",
        "a": "аαɑᴀ",
        "b": "вьʙβƅᏼ",
        "c": "сϲᴄ¢ⅽ",
        "d": "ԁᴅɗⅾ",
        "e": "еєεҽᴇ℮",
        "f": "ғꜰƒϝ",
        "x": "хχⅹ×✕✖",
        "z": "ᴢʐȥζ",
    }.items()
    for letter in letters
}
# Letters in boxes and circles, flags and tags: they begin with A or a.
ALPHABETS = (0x1F130, 0x1F150, 0x1F170, 0x1F1E6, 0xE0041, 0xE0061)


@lru_cache(maxsize=4096)
def fold_look_alikes(character: str) -> str:
    """Small letters and digits, or nothing for what is neither. Zero and O, and one, I and l, are
    the same."""
    code = ord(character)
    for first in ALPHABETS:
        if first <= code < first + 26:
            character = chr(ord("a") + code - first)
    if 0xE0030 <= code <= 0xE0039:
        character = chr(code - 0xE0000)
    folded = unicodedata.normalize("NFKD", character).casefold()
    return "".join(_fold(c) for c in unicodedata.normalize("NFKD", folded))


def _fold(character: str) -> str:
    if found := LOOK_ALIKES.get(character):
        return found
    if (digit := unicodedata.digit(character, None)) is not None:
        return str(digit)
    return character if character.isalnum() else ""
