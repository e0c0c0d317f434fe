"""Makes a question complete with what was said before, by one short request to the model, so that
it can be searched by itself."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace

from chat.engines.base import Delta, EngineFailed, Prompt, Rewritten, Usage
from chat.engines.openai.completion_chunks import CompletionChunk
from chat.engines.openai.model_answer import ModelAnswer
from chat.engines.openai.model_settings import ModelSettings
from chat.engines.openai.prompting import Message, history_messages, neutralize

logger = logging.getLogger(__name__)

INSTRUCTIONS = (
    "Rewrite the last question of the conversation so that it can be understood without the "
    "conversation: put in the names of what it refers to. Answer nothing. If it is complete "
    "already, repeat it. Reply with the question only, in its own language."
)
# Of the conversation: so many exchanges, and so much of each answer.
MAX_EXCHANGES, MAX_ANSWER_CHARS = 3, 600
# A longer reply is no question.
MAX_QUESTION_CHARS = 500

AskModel = Callable[
    [ModelSettings, Sequence[Message]], Awaitable[AsyncGenerator[CompletionChunk, None]]
]


async def rewrite(
    settings: ModelSettings, prompt: Prompt, ask_model: AskModel, timeout_s: float
) -> Rewritten:
    """Nothing if the model fails, or takes longer."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _rewrite(settings, prompt, ask_model)
    except (EngineFailed, TimeoutError) as error:
        logger.info("A question is searched as it is: %s", type(error).__name__)
        return Rewritten()


async def _rewrite(settings: ModelSettings, prompt: Prompt, ask_model: AskModel) -> Rewritten:
    answer, text, usage = ModelAnswer([], settings), "", None
    async with aclosing(await ask_model(settings, _messages(prompt))) as chunks:
        async for chunk in chunks:
            text += "".join(event.text for event in answer.take(chunk) if isinstance(event, Delta))
            if len(text) > MAX_QUESTION_CHARS:
                return Rewritten()
    for event in answer.finish():
        if isinstance(event, Delta):
            text += event.text
        elif isinstance(event, Usage):
            usage = event
    question = " ".join(text.split()).strip("\"'“”「」")
    return Rewritten(question[:MAX_QUESTION_CHARS], usage)


def _messages(prompt: Prompt) -> Sequence[Message]:
    recent = [
        replace(past, answer=past.answer[:MAX_ANSWER_CHARS])
        for past in prompt.history[-MAX_EXCHANGES:]
    ]
    return [
        {"role": "system", "content": INSTRUCTIONS},
        *history_messages(recent),
        {"role": "user", "content": f"{neutralize(prompt.question)}\n\n{INSTRUCTIONS}"},
    ]
