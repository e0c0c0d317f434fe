"""Answers without a model: in the documents' own words, sentence by sentence, each with its source.

It needs no network and no key, and it cannot make anything up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator, Sequence

from chat.engines.base import Delta, Passage, Prompt
from chat.engines.extractive.document_summary import opening, wants_overview
from chat.engines.extractive.quoting import Quote, best_quotes
from knowledge.text.analysis import has_search_terms

MOST_QUOTES = 3
# A sentence that covers less of the question has nothing to do with it.
LEAST_COVERED = 0.1
# Further sentences have to be nearly as good as the best.
NEARLY = 0.6
MOST_CHARS = 600

CJK = re.compile(r"[\u3400-\u9fff]")
# A word, or a few Chinese characters. A marker is never cut.
PIECE = re.compile(r"\s*(?:[!-~]+|\S{1,3})")


class ExtractiveEngine:
    uses_model = False

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        for piece in PIECE.findall(await asyncio.to_thread(compose, prompt)):
            yield Delta(piece)
            # Others get their turn, and whoever wants to stop the answer is heard.
            await asyncio.sleep(0)


def compose(prompt: Prompt) -> str:
    """The whole answer, with a few words of our own in the language of the question."""
    chinese = CJK.search(prompt.question)
    quotes = choose(prompt)
    if not quotes:
        nothing = "文档中没有相关内容。" if chinese else "The documents say nothing about this."
        return prompt.empty_response or nothing
    best, *others = map(_cited, quotes)
    if not others:
        return best
    also = "另外：" if chinese else "Also: "
    return f"{best}\n\n{also}{' '.join(others)}"


def choose(prompt: Prompt) -> list[Quote]:
    """The sentences to say, the best first."""
    if wants_overview(prompt.question):
        return opening(prompt.passages, MOST_QUOTES)
    own = prompt.question
    if not prompt.history:
        return _relevant(own, prompt.passages)
    # "And where is that?" makes sense only with the question before it.
    together = f"{prompt.history[-1].question} {own}"
    quotes = _relevant(own, prompt.passages) if has_search_terms(own) else []
    return quotes or _relevant(together, prompt.passages)


def _relevant(question: str, passages: Sequence[Passage]) -> list[Quote]:
    quotes = [quote for quote in best_quotes(question, passages) if quote.covered >= LEAST_COVERED]
    return [quote for quote in quotes[:MOST_QUOTES] if quote.score >= NEARLY * quotes[0].score]


def _cited(quote: Quote) -> str:
    text = quote.text
    if len(text) > MOST_CHARS:
        text = text[:MOST_CHARS].rstrip() + "…"
    return f"{text} [ID:{quote.passage}]"
