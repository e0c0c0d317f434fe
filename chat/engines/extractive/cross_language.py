"""Quotes for a question in another language than the documents: by meaning, since no word is the
same in both."""

from __future__ import annotations

import re
from collections.abc import Sequence

from chat.engines.base import Passage, Prompt
from chat.engines.extractive.answer_types import answer_type_of
from chat.engines.extractive.passage_units import answering
from chat.engines.extractive.quotes import Quote
from chat.questions.language import is_foreign
from knowledge.embedding.encoder import encode
from knowledge.text.analysis import is_mostly_cjk, query_terms, text_terms

MAX_QUOTES = 2
# Of which the best sentences may be: finding their vectors takes about 2 ms each.
MAX_PASSAGES, MAX_SENTENCES = 6, 100
# A sentence that is less similar does not say what was asked.
MIN_SIMILARITY = 0.25
# Added for being in the best passage (half of it for the second, and so on), and for matching the
# type of answer.
RANK_BONUS, TYPE_BONUS = 0.1, 0.1

KANA = re.compile(r"[\u3040-\u30ff]")
HANGUL = re.compile(r"[\uac00-\ud7af]")


def quotes_by_meaning(prompt: Prompt) -> list[Quote]:
    """The best first; none if the best passage is in the script of the question, or has half of its
    words, such as names."""
    question = prompt.question
    if not prompt.passages or not _needs_meaning(prompt.passages[0], question):
        return []
    passages = prompt.passages[:MAX_PASSAGES]
    found = [
        (unit.text, number)
        for number, passage in enumerate(passages)
        if is_foreign(passage.text, question)
        for unit in answering(passage.text)
    ][:MAX_SENTENCES]
    asked, *others = encode([question, *(text for text, _ in found)])
    answer_type = answer_type_of(question)
    quotes: dict[str, Quote] = {}
    for (text, number), vector in zip(found, others, strict=True):
        similarity = float(vector @ asked)
        score = similarity + RANK_BONUS / (number + 1)
        if answer_type:
            score += TYPE_BONUS * answer_type.fit(text)
        if similarity >= MIN_SIMILARITY:
            quotes.setdefault(text, Quote(text, number, similarity, score))
    return sorted(quotes.values(), key=lambda quote: -quote.score)[:MAX_QUOTES]


def source_note(question: str, quotes: Sequence[Quote]) -> str:
    """Says in the language of the question that the quotes are in another one."""
    if is_mostly_cjk(question):
        return "（引文的原文不是中文。）"
    text = "".join(quote.text for quote in quotes)
    language = "Japanese" if KANA.search(text) else "Korean" if HANGUL.search(text) else "Chinese"
    return f"(The source is in {language}.)"


def _needs_meaning(passage: Passage, question: str) -> bool:
    if not is_foreign(passage.text, question):
        return False
    asked = set(query_terms(question))
    return len(asked & set(text_terms(passage.text))) < len(asked) / 2
