"""Tells pages of a PDF whose fonts do not say what their characters are, and that PDFium guesses
wrong: "6XPPD" for "Summa"."""

from __future__ import annotations

import re
from unicodedata import normalize

import pypdfium2
import pypdfium2.raw as pdfium

# So many characters of a page are looked at, from all of it.
SAMPLE = 64
# Of a page, and of the letters of its words: from this share on.
MIN_GUESSED, MIN_PLAIN = 0.5, 0.5
EDGES = "\"'“”‘’«»()[]{}<>.,;:!?…·•-–—*/"
WIDE_EDGES = str.maketrans(dict.fromkeys("。，、；：！？（）《》【】「」『』⇒…", " "))
UPPER, LOWER = "A-ZÀ-ÖØ-ÞĀ-ſ", "a-zß-öø-ÿĀ-ſ"
LATIN = re.compile(f"[{UPPER}]?[{LOWER}]+|[{UPPER}]+")
# Numbers, and words in one script.
OTHERS = re.compile(
    r"\d[\d.,:/%-]*+|[\u0370-\u03ff]+|[\u0400-\u04ff]+|[\u0590-\u05ff]+|[\u0600-\u06ff]+"
    r"|[\u0900-\u097f]+|[\u0e00-\u0e7f]+|[\u3040-\u30ff\u4e00-\u9fff]+|[\uac00-\ud7a3]+"
)
VOWELS = set("aeiou")
# Shorter words say nothing.
MIN_WORD = 3


def is_misread(textpage: pypdfium2.PdfTextPage, text: str) -> bool:
    """Whether most characters were guessed, and most words are no words."""
    return _is_guessed(textpage) and not _is_plain(text)


def _is_guessed(textpage: pypdfium2.PdfTextPage) -> bool:
    count = textpage.count_chars()
    places = range(0, count, count // SAMPLE + 1)
    # Spaces that PDFium makes itself have no font.
    own = [at for at in places if not pdfium.FPDFText_IsGenerated(textpage, at)]
    guessed = [at for at in own if pdfium.FPDFText_HasUnicodeMapError(textpage, at) == 1]
    return len(guessed) > MIN_GUESSED * len(own)


def _is_plain(text: str) -> bool:
    words = [
        word
        for found in text.translate(WIDE_EDGES).split()
        if len(word := found.strip(EDGES)) >= MIN_WORD
    ]
    plain = sum(len(word) for word in words if _is_word(word))
    return plain >= MIN_PLAIN * sum(map(len, words))


def _is_word(word: str) -> bool:
    if LATIN.fullmatch(word):
        return not VOWELS.isdisjoint(normalize("NFKD", word).lower())
    return OTHERS.fullmatch(word) is not None
