"""Prompts for engine tests, and a collector for the events that an engine yields."""

from collections.abc import Sequence

from chat.engines.base import Delta, Engine, EngineFailed, Event, Passage, Prompt, Reasoning

PASSAGES = (
    Passage("RAGFlow is an open-source engine for retrieval-augmented generation.", "About"),
    Passage("The web server listens on port 9380 and needs Docker Compose.", "Guide", "Install"),
    Passage("春节是中国最重要的传统节日，人们吃饺子、放鞭炮。", "节日"),
)


def ask(question: str = "What is RAGFlow?", **options: object) -> Prompt:
    return Prompt(question, PASSAGES, options=options)


async def collect_events(engine: Engine, prompt: Prompt) -> tuple[list[Event], EngineFailed | None]:
    """All events, and the failure that ended them, if any."""
    events: list[Event] = []
    try:
        async for event in engine.answer(prompt):
            events.append(event)  # noqa: PERF401 - the events before a failure are kept
    except EngineFailed as failure:
        return events, failure
    return events, None


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Delta))


def reasoning_of(events: Sequence[Event]) -> str:
    return "".join(event.text for event in events if isinstance(event, Reasoning))
