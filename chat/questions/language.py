"""The language of a question: replies that are not quoted are written in it."""

import re
from enum import Enum

from knowledge.text.analysis import has_search_terms, is_mostly_cjk
from knowledge.text.chinese_variants import SIMPLIFIED

CHINESE = re.compile(r"[\u3400-\u9fff]")
CODE = re.compile(r"```.{0,10000}?(?:```|\Z)|`[^`\n]{1,200}`", re.DOTALL)


class Language(Enum):
    ENGLISH = "en"
    SIMPLIFIED = "zh-hans"
    TRADITIONAL = "zh-hant"

    @property
    def is_chinese(self) -> bool:
        return self is not Language.ENGLISH


def has_chinese(text: str) -> bool:
    return bool(CHINESE.search(text))


def is_foreign(text: str, question: str) -> bool:
    """Whether a text is in another language than the question. Code is in none."""
    said = CODE.sub(" ", text)
    return is_mostly_cjk(said) != is_mostly_cjk(question) and has_search_terms(said)


def language_of(text: str) -> Language:
    """English, unless it has Chinese characters; traditional if one of them has a simplified
    form."""
    if not has_chinese(text):
        return Language.ENGLISH
    is_traditional = text.translate(SIMPLIFIED) != text
    return Language.TRADITIONAL if is_traditional else Language.SIMPLIFIED
