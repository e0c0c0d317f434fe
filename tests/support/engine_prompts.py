"""Prompts for engine tests, and a collector for the events that an engine yields."""

from collections.abc import AsyncGenerator, Sequence

import pytest

from chat.engines.base import Delta, Engine, EngineFailed, Event, Passage, Prompt, Reasoning
from chat.engines.http.patience import Patience

PASSAGES = (
    Passage("RAGFlow is an open-source engine for retrieval-augmented generation.", "About"),
    Passage("The web server listens on port 9380 and needs Docker Compose.", "Guide", "Install"),
    Passage("春节是中国最重要的传统节日，人们吃饺子、放鞭炮。", "节日"),
)


def ask(question: str = "What is RAGFlow?", **options: object) -> Prompt:
    return Prompt(question, PASSAGES, options=options)


# How much faster time passes once the server has sent all that it will.
FAST = 50


async def collect_events(engine: Engine, prompt: Prompt) -> tuple[list[Event], EngineFailed | None]:
    """All events, and the failure that ended them, if any."""
    events: list[Event] = []
    try:
        async for event in engine.answer(prompt):
            events.append(event)  # noqa: PERF401 - the events before a failure are kept
    except EngineFailed as failure:
        return events, failure
    return events, None


async def collect_until_silence(
    engine: Engine, prompt: Prompt, text: str, monkeypatch: pytest.MonkeyPatch
) -> tuple[list[Event], EngineFailed | None]:
    """As `collect_events`. On a busy machine, too, `text` comes before the engine's time is up: it
    waits for a fraction of that only when it has read the text."""
    seconds, next_piece = Patience.seconds, Patience.next
    has_come = False

    def fast_seconds(patience: Patience, at_most: float | None = None) -> float:
        return seconds(patience, at_most) / (FAST if has_come else 1)

    async def watched_next(
        patience: Patience, pieces: AsyncGenerator[bytes], at_most: float | None = None
    ) -> bytes | None:
        nonlocal has_come
        piece = await next_piece(patience, pieces, at_most)
        has_come = has_come or text.encode() in (piece or b"")
        return piece

    monkeypatch.setattr(Patience, "seconds", fast_seconds)
    monkeypatch.setattr(Patience, "next", watched_next)
    return await collect_events(engine, prompt)


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def reasoning_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Reasoning))
