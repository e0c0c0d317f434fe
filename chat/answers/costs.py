"""How many of the model's tokens an answer took."""

from __future__ import annotations

from django.conf import settings

from chat.answers.generation import Generation
from chat.engines.base import Prompt
from chat.engines.openai.prompting import estimate
from chat.live.answer import Status


def cost_of(generation: Generation, status: Status) -> int:
    """As the model's server says. One that was stopped says nothing: it has read the question all
    the same, and written what there is. One that failed before it wrote anything costs nothing."""
    if generation.prompt is None:
        return 0
    if "total_tokens" in generation.usage:
        return generation.usage["total_tokens"]
    live = generation.live
    if status is Status.FAILED and not (live.text.size or live.reasoning.size):
        return 0
    return _asked(generation.prompt, generation.turn.engine) + _said(
        str(live.text), str(live.reasoning)
    )


def _asked(prompt: Prompt, engine: str) -> int:
    """No more than the engine ever sends, which leaves out what is too much."""
    texts = [prompt.question, prompt.instructions, prompt.empty_response]
    texts += [passage.text for passage in prompt.passages]
    texts += [text for past in prompt.history for text in (past.question, past.answer)]
    tokens = sum(map(estimate, filter(None, texts)))
    most = settings.ENGINES.get(engine, {}).get("CONTEXT_TOKENS")
    return min(tokens, most) if most else tokens


def _said(*texts: str) -> int:
    return sum(map(estimate, filter(None, texts)))
