"""Generates an answer: retrieves chunks, asks the engine, and writes what it says."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from accounts.audit.record import record
from accounts.models import Action
from chat.answers.elsewhere import remember_session
from chat.answers.leak_detection import Leaked, detect_leaks, new_canary
from chat.answers.ownership import Ownership
from chat.answers.references import reference_of, reference_of_sources
from chat.answers.retrieval import Retrieved, retrieve
from chat.answers.search_threads import in_search_thread
from chat.answers.suggestions import suggest
from chat.answers.turn import Turn
from chat.engines.base import (
    Delta,
    Event,
    Exchange,
    Passage,
    Prompt,
    Reasoning,
    RewritingEngine,
    SessionElsewhere,
    Source,
    Sources,
    Suggestions,
    Usage,
)
from chat.engines.registry import get_engine
from chat.live.answer import LiveAnswer, Outcome, Stage, Status
from chat.live.store import Store
from chat.models import EMPTY_RESPONSE
from chat.questions.language import Language, language_of
from chat.questions.small_talk import small_talk_of
from core.db_thread import database_sync_to_async
from core.storable_text import make_storable
from knowledge.text.cleaning import clean

Result = TypeVar("Result")

logger = logging.getLogger(__name__)

MAX_COUNT = 2**31
EMPTY_RESPONSES = {
    Language.ENGLISH: EMPTY_RESPONSE,
    Language.SIMPLIFIED: "抱歉，知识库中没有找到相关内容。",
    Language.TRADITIONAL: "抱歉，知識庫中沒有找到相關內容。",
}
# A completion frame waits no longer for what may be asked next.
SUGGESTIONS_TIMEOUT_S = 0.25
# Of the questions that an engine suggests, and of the characters of each.
MAX_SUGGESTIONS, MAX_SUGGESTION_CHARS = 3, 200
# Searching only reads, so it need not queue for the one thread that writes.


@dataclass(slots=True)
class Generation:
    """The making of one answer: its turn, its text, and what is known so far."""

    turn: Turn
    live: LiveAnswer
    store: Store
    ownership: Ownership
    retrieved: Retrieved | None = None
    # What the engine found itself.
    sources: Sequence[Source] = ()
    usage: dict[str, int] = field(default_factory=dict)
    suggestions: Sequence[str] = ()
    started: float = field(default_factory=time.monotonic)
    first_token_at: float | None = None
    # Whether the engine has said all it had to say: only suggestions may still be looked for.
    is_whole: bool = False
    # What a model was asked; None if no model was.
    prompt: Prompt | None = None

    def outcome(self, status: Status, error: Any = None) -> Outcome:
        return Outcome(
            status, self.reference(), self.usage, self._timing(), error, self.suggestions
        )

    def reference(self) -> dict[str, Any]:
        if self.sources:
            return reference_of_sources(self.sources, str(self.live.text))
        return reference_of(self.retrieved.chunks if self.retrieved else [], str(self.live.text))

    @property
    def searched_question(self) -> str:
        return self.retrieved.searched_question if self.retrieved else ""

    def add_usage(self, usage: Usage | None) -> None:
        """To what was used before, for making the question complete."""
        if usage and _is_count(usage.prompt_tokens) and _is_count(usage.completion_tokens):
            counts = {
                "prompt_tokens": usage.prompt_tokens,
                "completion_tokens": usage.completion_tokens,
                "total_tokens": usage.prompt_tokens + usage.completion_tokens,
            }
            self.usage = {name: self.usage.get(name, 0) + n for name, n in counts.items()}

    def _timing(self) -> dict[str, int]:
        timing = {"total_ms": round((time.monotonic() - self.started) * 1000)}
        if self.first_token_at is not None:
            timing["first_token_ms"] = round((self.first_token_at - self.started) * 1000)
        return timing


async def generate(generation: Generation) -> None:
    """Raises `EngineFailed`, `EngineTimedOut`, or any other error; what was written stays."""
    turn, live = generation.turn, generation.live
    live.enter(Stage.RETRIEVING)
    rewritten = await _rewrite(generation)
    generation.retrieved = await _retrieve_in_thread(turn, rewritten)
    # `aclosing`: a stopped engine drops its upstream request now, not when it is collected.
    async with aclosing(_ask_engine(generation, generation.retrieved)) as events:
        try:
            async for event in events:
                if turn.is_kept and generation.ownership.is_in_doubt():
                    await generation.ownership.confirmed()
                if isinstance(event, SessionElsewhere) and turn.is_kept:
                    await database_sync_to_async(remember_session)(turn.session_id, event.id)
                _apply(event, generation)
        except Leaked:
            record(Action.LEAK, f"message {turn.answer_id.hex}")
            raise
    generation.is_whole = True
    if turn.wants_suggestions and not generation.suggestions:
        generation.suggestions = await _suggest_in_thread(generation)


async def _rewrite(generation: Generation) -> str:
    """The question as the model completes it, to be searched; empty if it is not to, or fails."""
    turn, engine = generation.turn, get_engine(generation.turn.engine)
    if not (turn.rewrites_questions and turn.history and (turn.kb_ids or turn.files)):
        return ""
    if not isinstance(engine, RewritingEngine) or small_talk_of(turn.question, turn.about.name):
        return ""
    rewritten = await engine.rewrite(_prompt(turn, Retrieved()))
    generation.add_usage(rewritten.usage)
    return make_storable(rewritten.question)


def _ask_engine(generation: Generation, retrieved: Retrieved) -> AsyncGenerator[Event]:
    turn = generation.turn
    engine, prompt = get_engine(turn.engine), _prompt(turn, retrieved)
    if getattr(engine, "uses_model", True):
        generation.prompt = prompt
    if not turn.detect_leaks:
        return engine.answer(prompt)
    canary = new_canary()
    return detect_leaks(engine.answer(replace(prompt, canary=canary)), canary)


def _prompt(turn: Turn, retrieved: Retrieved) -> Prompt:
    is_searched = (turn.kb_ids or turn.files) and not retrieved.small_talk
    return Prompt(
        # Pasted text may hold characters that a model reads and a person does not see.
        question=clean(turn.question),
        passages=[
            Passage(c.text, c.document_name, c.place, c.similarity) for c in retrieved.chunks
        ],
        history=tuple(Exchange(clean(past.question), clean(past.answer)) for past in turn.history),
        instructions=turn.instructions,
        wishes=clean(turn.wishes),
        reworded=retrieved.reworded,
        kept=retrieved.kept,
        before_kept=retrieved.before_kept,
        hangs_on=retrieved.hangs_on,
        is_answerable=retrieved.confidence >= turn.answer_threshold,
        is_overview=retrieved.is_overview,
        listed=retrieved.listed,
        small_talk=retrieved.small_talk,
        about=replace(turn.about, topics=retrieved.topics),
        empty_response=_empty_response(turn) if is_searched else "",
        elsewhere=turn.elsewhere,
        options=turn.options,
    )


def _empty_response(turn: Turn) -> str:
    """The dialog's own; the default one in the language of the question. An engine without a model
    says more than the default: that it is empty leaves it to the engine."""
    if turn.empty_response != EMPTY_RESPONSE:
        return turn.empty_response
    if not getattr(get_engine(turn.engine), "uses_model", True):
        return ""
    return EMPTY_RESPONSES[language_of(turn.question)]


def _apply(event: Event, generation: Generation) -> None:
    match event:
        case Delta():
            if generation.first_token_at is None:
                generation.first_token_at = time.monotonic()
            generation.store.write(generation.live, make_storable(event.text))
        case Reasoning():
            generation.store.write_reasoning(generation.live, make_storable(event.text))
        case Sources(found):
            generation.sources = found
        case Usage():
            generation.add_usage(event)
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
    if not turn.kb_ids or not generation.retrieved or generation.retrieved.small_talk:
        return ()
    try:
        async with asyncio.timeout(SUGGESTIONS_TIMEOUT_S):
            return await in_search_thread(
                turn.user_id, suggest, turn, text, generation.retrieved.chunks
            )
    except TimeoutError:
        return ()
    except Exception:
        logger.warning("What may be asked next could not be found", exc_info=True)
        return ()


async def _retrieve_in_thread(turn: Turn, rewritten: str) -> Retrieved:
    """No thread is waited for if there is nothing to search."""
    if not (turn.kb_ids or turn.files):
        return Retrieved(small_talk=small_talk_of(turn.question, turn.about.name))
    judge = not getattr(get_engine(turn.engine), "uses_model", True)
    return await in_search_thread(turn.user_id, retrieve, turn, rewritten, judge)
