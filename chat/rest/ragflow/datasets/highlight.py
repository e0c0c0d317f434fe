"""Marks the words of a question in a passage, between `<em>` and `</em>`."""

from __future__ import annotations

import re

# Of a long question, the first ones.
MAX_WORDS = 100
# Letters and digits; of scripts that put no spaces between words, pairs of them.
WORD = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]+|[^\W_]+")
SPACELESS = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")


def marked(text: str, question: str) -> str:
    words = sorted(set(_words(question)), key=len, reverse=True)[:MAX_WORDS]
    if not words:
        return text
    pattern = "|".join(
        re.escape(word) if SPACELESS.match(word) else rf"\b{re.escape(word)}\b" for word in words
    )
    return re.sub(pattern, r"<em>\g<0></em>", text, flags=re.IGNORECASE)


def _words(question: str) -> list[str]:
    words: list[str] = []
    for word in WORD.findall(question)[:MAX_WORDS]:
        if SPACELESS.match(word):
            words += [word[i : i + 2] for i in range(max(1, len(word) - 1))]
        else:
            words.append(word)
    return words
