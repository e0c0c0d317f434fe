"""An answer is made: passages are found, the engine is asked, what it says is written down."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any

from channels.db import database_sync_to_async

from accounts.audit.record import record
from accounts.models import Action
from chat.answers.leak_detection import Leaked, new_canary, watched
from chat.answers.references import chunk_of_file, reference_of
from chat.answers.turn import Turn
from chat.engines.base import Delta, Event, Exchange, Passage, Prompt, Reasoning, Usage
from chat.engines.registry import get_engine
from chat.live.answer import LiveAnswer, Outcome, Stage, Status
from chat.live.store import Store
from core.db_thread import allow_all_cpus
from core.storable_text import make_storable
from knowledge.search.retrieval import score_texts, search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import has_search_terms
from knowledge.text.cleaning import clean

# Searching only reads, so it need not queue behind the one thread that writes.
SEARCHERS = ThreadPoolExecutor(4, thread_name_prefix="search", initializer=allow_all_cpus)


@dataclass(slots=True)
class Generation:
    """An answer on its way from a turn to its end, and what is known of it so far."""

    turn: Turn
    live: LiveAnswer
    store: Store
    chunks: list[ScoredChunk] | None = None
    usage: dict[str, int] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    # What a model was asked; None: none was.
    prompt: Prompt | None = None

    def outcome(self, status: Status, error: Any = None) -> Outcome:
        return Outcome(status, self.reference(), self.usage, self._timing(), error)

    def reference(self) -> dict[str, Any]:
        return reference_of(self.chunks or [], str(self.live.text))

    def _timing(self) -> dict[str, int]:
        timing = {"total_ms": round((time.monotonic() - self.started) * 1000)}
        if self.first_token_at is not None:
            timing["first_token_ms"] = round((self.first_token_at - self.started) * 1000)
        return timing


async def make(generation: Generation) -> None:
    """Raises `EngineFailed`, `EngineTimedOut`, or what else went wrong; what was written stays."""
    turn, live = generation.turn, generation.live
    live.enter(Stage.RETRIEVING)
    generation.chunks = await _retrieved(turn)
    # `aclosing`: a stopped engine drops its upstream request now, not when it is collected.
    async with aclosing(_events(generation, generation.chunks)) as events:
        try:
            async for event in events:
                _take(event, generation)
        except Leaked:
            record(Action.LEAK, f"message {turn.answer_id.hex}")
            raise


def _events(generation: Generation, chunks: list[ScoredChunk]) -> AsyncGenerator[Event]:
    turn = generation.turn
    engine, prompt = get_engine(turn.engine), _prompt(turn, chunks)
    if getattr(engine, "uses_model", True):
        generation.prompt = prompt
    if not turn.detect_leaks:
        return engine.answer(prompt)
    canary = new_canary()
    return watched(engine.answer(replace(prompt, canary=canary)), canary)


async def _retrieved(turn: Turn) -> list[ScoredChunk]:
    """Where there is nothing to search, the engine need not wait for a thread to find it."""
    if not (turn.kb_ids or turn.files):
        return []
    return await database_sync_to_async(retrieve, thread_sensitive=False, executor=SEARCHERS)(turn)


def _take(event: Event, generation: Generation) -> None:
    match event:
        case Delta():
            if generation.first_token_at is None:
                generation.first_token_at = time.monotonic()
            generation.store.write(generation.live, make_storable(event.text))
        case Reasoning():
            generation.store.write_reasoning(generation.live, make_storable(event.text))
        case Usage(asked, said):
            generation.usage = {
                "prompt_tokens": asked,
                "completion_tokens": said,
                "total_tokens": asked + said,
            }


def retrieve(turn: Turn) -> list[ScoredChunk]:
    """The passages to answer from: those of the files sent along, then what the search finds."""
    return [*_of_files(turn), *_found(turn)]


def _found(turn: Turn) -> list[ScoredChunk]:
    for question in _searches(turn):
        chunks = search(
            question,
            owner_id=turn.user_id,
            kb_ids=turn.kb_ids,
            doc_ids=turn.doc_ids,
            limit=turn.top_n,
            threshold=turn.similarity_threshold,
        )
        if chunks:
            return chunks
    return []


def _searches(turn: Turn) -> list[str]:
    """What to search for until something is found. A follow-up such as "and where is that?" finds
    nothing of use by itself: it is searched together with the question before it."""
    if not turn.history:
        return [turn.question]
    together = f"{turn.history[-1].question} {turn.question}"
    return [turn.question, together] if has_search_terms(turn.question) else [together]


def _of_files(turn: Turn) -> list[ScoredChunk]:
    """The best passages of the files; those of a file nothing is asked about by name come in
    the order they were written, so that "what does this say?" has something to go by."""
    passages = [
        (file, number, passage["text"])
        for file in turn.files
        for number, passage in enumerate(file.passages)
    ]
    scores = score_texts(turn.question, [text for _, _, text in passages])
    ranked = sorted(zip(scores, passages, strict=True), key=lambda pair: -pair[0])
    return [chunk_of_file(*passage, score) for score, passage in ranked[: turn.top_n]]


def _prompt(turn: Turn, chunks: list[ScoredChunk]) -> Prompt:
    searched = turn.kb_ids or turn.files
    return Prompt(
        # What was pasted may say more to a model than to whoever pasted it.
        question=clean(turn.question),
        passages=[Passage(c.text, c.document_name, c.place, c.similarity) for c in chunks],
        history=tuple(Exchange(clean(past.question), clean(past.answer)) for past in turn.history),
        instructions=turn.instructions,
        empty_response=turn.empty_response if searched else "",
        options=turn.options,
    )
