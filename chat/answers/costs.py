"""How many of the model's tokens an answer cost."""

from __future__ import annotations

from django.conf import settings

from chat.answers.generation import Generation
from chat.engines.base import Prompt
from chat.engines.token_estimate import estimate_tokens
from chat.live.answer import Status


def cost_of(generation: Generation, status: Status) -> int:
    """As the model's server counts, or else estimated.

    A stopped answer has no count from the server: the model has read the question all the same,
    and written what there is. An answer that failed before its first text costs nothing.
    """
    if generation.prompt is None:
        return 0
    if "total_tokens" in generation.usage:
        return generation.usage["total_tokens"]
    live = generation.live
    if status is Status.FAILED and not (live.text.size or live.reasoning.size):
        return 0
    prompt_tokens = _estimate_prompt(generation.prompt, generation.turn.engine)
    return prompt_tokens + _estimate_all(str(live.text), str(live.reasoning))


def _estimate_prompt(prompt: Prompt, engine: str) -> int:
    """At most the context of the engine, which leaves out what does not fit."""
    tokens = _estimate_all(
        prompt.question,
        prompt.instructions,
        prompt.wishes,
        prompt.empty_response,
        *(passage.text for passage in prompt.passages),
        *(text for past in prompt.history for text in (past.question, past.answer)),
    )
    limit = settings.ENGINES.get(engine, {}).get("CONTEXT_TOKENS")
    return min(tokens, limit) if limit else tokens


def _estimate_all(*texts: str) -> int:
    return sum(map(estimate_tokens, filter(None, texts)))
