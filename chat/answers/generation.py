"""Generates an answer: retrieves chunks, asks the engine, and writes what it says."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from channels.db import database_sync_to_async

from accounts.audit.record import record
from accounts.models import Action
from chat.answers.leak_detection import Leaked, detect_leaks, new_canary
from chat.answers.ownership import Ownership
from chat.answers.references import chunk_of_file, reference_of
from chat.answers.suggestions import suggest
from chat.answers.turn import Turn
from chat.engines.base import Delta, Event, Exchange, Passage, Prompt, Reasoning, Suggestions, Usage
from chat.engines.registry import get_engine
from chat.live.answer import LiveAnswer, Outcome, Stage, Status
from chat.live.store import Store
from chat.models import Attachment
from core.db_thread import allow_all_cpus
from core.fair_threads import FairThreads
from core.storable_text import make_storable
from knowledge.search.retrieval import distinct_terms, score_terms, search
from knowledge.search.scored_chunk import ScoredChunk
from knowledge.text.analysis import has_search_terms
from knowledge.text.cleaning import clean

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

MAX_COUNT = 2**31
# A completion frame waits no longer for what may be asked next.
SUGGESTIONS_TIMEOUT_S = 0.25
# Of the questions that an engine suggests, and of the characters of each.
MAX_SUGGESTIONS, MAX_SUGGESTION_CHARS = 3, 200
# Searching only reads, so it need not queue for the one thread that writes.
SEARCH_THREADS = FairThreads(4, thread_name_prefix="search", initializer=allow_all_cpus)


@dataclass(slots=True)
class Generation:
    """The making of one answer: its turn, its text, and what is known so far."""

    turn: Turn
    live: LiveAnswer
    store: Store
    ownership: Ownership
    chunks: list[ScoredChunk] | None = None
    usage: dict[str, int] = field(default_factory=dict)
    suggestions: Sequence[str] = ()
    started: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    # What a model was asked; None if no model was.
    prompt: Prompt | None = None

    def outcome(self, status: Status, error: Any = None) -> Outcome:
        return Outcome(
            status, self.reference(), self.usage, self._timing(), error, self.suggestions
        )

    def reference(self) -> dict[str, Any]:
        return reference_of(self.chunks or [], str(self.live.text))

    def _timing(self) -> dict[str, int]:
        timing = {"total_ms": round((time.monotonic() - self.started) * 1000)}
        if self.first_token_at is not None:
            timing["first_token_ms"] = round((self.first_token_at - self.started) * 1000)
        return timing


async def generate(generation: Generation) -> None:
    """Raises `EngineFailed`, `EngineTimedOut`, or any other error; what was written stays."""
    turn, live = generation.turn, generation.live
    live.enter(Stage.RETRIEVING)
    generation.chunks = await _retrieve_in_thread(turn)
    # `aclosing`: a stopped engine drops its upstream request now, not when it is collected.
    async with aclosing(_ask_engine(generation, generation.chunks)) as events:
        try:
            async for event in events:
                if turn.is_kept and generation.ownership.is_in_doubt():
                    await generation.ownership.confirmed()
                _apply(event, generation)
        except Leaked:
            record(Action.LEAK, f"message {turn.answer_id.hex}")
            raise
    if turn.wants_suggestions and not generation.suggestions:
        generation.suggestions = await _suggest_in_thread(generation)


def _ask_engine(generation: Generation, chunks: list[ScoredChunk]) -> AsyncGenerator[Event]:
    turn = generation.turn
    engine, prompt = get_engine(turn.engine), _prompt(turn, chunks)
    if getattr(engine, "uses_model", True):
        generation.prompt = prompt
    if not turn.detect_leaks:
        return engine.answer(prompt)
    canary = new_canary()
    return detect_leaks(engine.answer(replace(prompt, canary=canary)), canary)


def _prompt(turn: Turn, chunks: list[ScoredChunk]) -> Prompt:
    is_searched = turn.kb_ids or turn.files
    return Prompt(
        # Pasted text may hold characters that a model reads and a person does not see.
        question=clean(turn.question),
        passages=[Passage(c.text, c.document_name, c.place, c.similarity) for c in chunks],
        history=tuple(Exchange(clean(past.question), clean(past.answer)) for past in turn.history),
        instructions=turn.instructions,
        wishes=clean(turn.wishes),
        empty_response=turn.empty_response if is_searched else "",
        options=turn.options,
    )


def _apply(event: Event, generation: Generation) -> None:
    match event:
        case Delta():
            if generation.first_token_at is None:
                generation.first_token_at = time.monotonic()
            generation.store.write(generation.live, make_storable(event.text))
        case Reasoning():
            generation.store.write_reasoning(generation.live, make_storable(event.text))
        case Usage(prompt_tokens, completion_tokens):
            if _is_count(prompt_tokens) and _is_count(completion_tokens):
                generation.usage = {
                    "prompt_tokens": prompt_tokens,
                    "completion_tokens": completion_tokens,
                    "total_tokens": prompt_tokens + completion_tokens,
                }
        case Suggestions(questions):
            generation.suggestions = [
                make_storable(question[:MAX_SUGGESTION_CHARS])
                for question in questions[:MAX_SUGGESTIONS]
            ]


def _is_count(number: object) -> bool:
    """What a model's server says is not believed: the sum of two counts fits any column."""
    return type(number) is int and 0 <= number <= MAX_COUNT


async def _suggest_in_thread(generation: Generation) -> Sequence[str]:
    """None if it takes long or fails: the answer is complete without."""
    turn, text = generation.turn, str(generation.live.text)
    if not generation.chunks:
        return ()
    try:
        async with asyncio.timeout(SUGGESTIONS_TIMEOUT_S):
            return await _in_search_thread(turn, suggest, turn, text, generation.chunks)
    except TimeoutError:
        return ()
    except Exception:
        logger.warning("What may be asked next could not be found", exc_info=True)
        return ()


async def _retrieve_in_thread(turn: Turn) -> list[ScoredChunk]:
    """No thread is waited for if there is nothing to search."""
    if not (turn.kb_ids or turn.files):
        return []
    return await _in_search_thread(turn, retrieve, turn)


async def _in_search_thread(turn: Turn, work: Callable[..., Result], *values: object) -> Result:
    threads = SEARCH_THREADS.of(turn.user_id)
    in_thread = database_sync_to_async(
        work,
        thread_sensitive=False,
        executor=threads,  # type: ignore[arg-type] # of which only `submit` is called
    )
    return await in_thread(*values)


def retrieve(turn: Turn) -> list[ScoredChunk]:
    """The chunks to answer from: those of the attached files, then those the search finds."""
    return [*_chunks_of_files(turn), *_search(turn)]


def _search(turn: Turn) -> list[ScoredChunk]:
    """A follow-up such as "and where is that?" finds nothing of use by itself: it is searched
    together with the question before it."""
    queries = [turn.question]
    if turn.history:
        with_context = f"{turn.history[-1].question} {turn.question}"
        queries = (
            [turn.question, with_context] if has_search_terms(turn.question) else [with_context]
        )
    for query in queries:
        chunks = search(
            query,
            owner_id=turn.user_id,
            kb_ids=turn.kb_ids,
            doc_ids=turn.doc_ids,
            limit=turn.top_n,
            threshold=turn.similarity_threshold,
        )
        if chunks:
            return chunks
    return []


def _chunks_of_files(turn: Turn) -> list[ScoredChunk]:
    """The best chunks of the attached files. Equal scores keep the order of the file, so that
    "what does this say?" is answered from its beginning."""
    if not turn.files:
        return []
    # Read here, in a thread of the search. A file may have been deleted since the turn was opened.
    stored = dict(
        Attachment.objects.filter(pk__in=[file.pk for file in turn.files]).values_list(
            "pk", "passages"
        )
    )
    passages = [(file, passage) for file in turn.files for passage in stored.get(file.pk, ())]
    scores = score_terms(turn.question, [_terms_of(passage) for _, passage in passages])
    ranked = sorted(zip(scores, passages, strict=True), key=lambda pair: -pair[0])
    return [chunk_of_file(*passage, score) for score, passage in ranked[: turn.top_n]]


def _terms_of(passage: dict[str, str]) -> str:
    """Files that were uploaded before terms were stored have none."""
    return passage["terms"] if "terms" in passage else distinct_terms(passage["text"])
