"""The extractive engine: answers with sentences quoted from the passages, each with its source.

It needs no model, no network and no key, and it cannot make anything up.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncGenerator

from chat.engines.base import Delta, Prompt
from chat.engines.citation_markers import neutralize_markers
from chat.engines.extractive.cross_language import quotes_by_meaning, source_note
from chat.engines.extractive.document_summary import summarize, tell_parts
from chat.engines.extractive.follow_up_quotes import follow_up_quotes
from chat.engines.extractive.quotes import Quote
from chat.engines.extractive.replies import refusal, small_talk_reply
from chat.engines.extractive.sentence_selection import select
from chat.questions.language import has_chinese

FENCES, ITEM, NEW_LINE, NEW_BLOCK = ("```", "~~~"), "- ", "\n", "\n\n"

# A word, or a few Chinese characters. A citation marker is never cut.
PIECE = re.compile(r"(?:(?<!\s)\s++)?(?:[!-~]++|\S{1,3})")


class ExtractiveEngine:
    uses_model = False

    async def answer(self, prompt: Prompt) -> AsyncGenerator[Delta, None]:
        for piece in PIECE.findall(await asyncio.to_thread(compose, prompt)):
            yield Delta(piece)
            # Lets other tasks run, and a request to stop this answer take effect.
            await asyncio.sleep(0)


def compose(prompt: Prompt) -> str:
    """The whole answer, with connecting words in the language of the question."""
    if prompt.small_talk:
        return small_talk_reply(prompt.small_talk, prompt)
    chinese = has_chinese(prompt.question)
    quotes, note = quotes_by_meaning(prompt) if _wants_sentences(prompt) else [], ""
    if quotes:
        note = f"\n\n{source_note(prompt.question, quotes)}"
    else:
        quotes = choose_quotes(prompt)
    if not quotes:
        return prompt.empty_response or refusal(prompt)
    best, *others = map(_cited, quotes)
    if not others:
        return f"{best}{note}"
    if others[0].startswith(ITEM):
        items = "\n".join(others)
        return f"{best}{NEW_LINE if best.startswith(ITEM) else NEW_BLOCK}{items}{note}"
    also = "另外：" if chinese else "Also: "
    return f"{best}\n\n{also}{' '.join(others)}{note}"


def _wants_sentences(prompt: Prompt) -> bool:
    return prompt.is_answerable and not prompt.is_overview and not prompt.listed


def choose_quotes(prompt: Prompt) -> list[Quote]:
    """The sentences to quote, the best first."""
    question, passages = prompt.reworded or prompt.question, prompt.passages
    if prompt.is_overview:
        return tell_parts(passages)
    if prompt.kept and prompt.is_answerable:
        return follow_up_quotes(
            question, passages, prompt.kept, prompt.before_kept, prompt.hangs_on
        )
    if summary := summarize(question, passages):
        return summary
    return select(question, passages, prompt.listed) if prompt.is_answerable else []


def _cited(quote: Quote) -> str:
    """The source of a quote that ends in a block of code is below the block."""
    text = neutralize_markers(quote.text)
    return f"{text}{NEW_BLOCK if text.endswith(FENCES) else ' '}[ID:{quote.passage}]"
