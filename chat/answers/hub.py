"""The answers of this process: begun here, found here, stopped here, and seen through to their end.

No socket owns any of them. Who asked may leave; the hub goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.utils import timezone

from accounts.limits.kinds import MODEL_TOKENS
from accounts.limits.leases import Lease
from chat.answers import records
from chat.answers.costs import cost_of
from chat.answers.generation import Generation, make
from chat.answers.turn import Turn
from chat.engines.base import EngineFailed
from chat.errors import Interrupted
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.live.redis_store import RedisStore
from chat.live.store import MemoryStore, Store, StoredText
from core import error_reporting
from core.broadcast import BroadcastMessage, broadcaster, hub_group
from core.db_thread import database_sync_to_async
from core.errors import AppError
from core.ids import new_id

logger = logging.getLogger(__name__)

Opened = TypeVar("Opened")

# Seconds. An answer that grows no more is touched that often, so that it does not look abandoned.
HEARTBEAT_S = 2
# Answers are saved some at a time, each once in a checkpoint: all at once would hold up their text.
ROUNDS_PER_CHECKPOINT = 5
# Saving is tried again after twice, four times, eight times as long, and so on: 15 seconds in all.
SAVE_ATTEMPTS = 6
RETRY_S = 0.25


@dataclass(slots=True)
class _Held:
    generation: Generation
    work: asyncio.Task[None]
    lease: Lease | None = None
    seen_through: asyncio.Task[None] | None = None
    # How it counts if it is cancelled.
    cancelled_as: Status = Status.STOPPED
    kept_bytes: int = 0
    kept_at: float = 0.0
    reference_kept: bool = False
    alone_since: float | None = None

    @property
    def size(self) -> int:
        return self.generation.live.text.size + self.generation.live.reasoning.size

    def is_due(self, now: float) -> bool:
        every = settings.CHECKPOINT_S if self.size != self.kept_bytes else HEARTBEAT_S
        return now - self.kept_at >= every


class Hub:
    """`name` marks its answers in the database. A process that comes back under the same name
    knows that what it does not hold is lost."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.began = timezone.now()
        self.store = store
        self.draining = False
        self._held: dict[str, _Held] = {}
        self._rounds: asyncio.Task[None] | None = None
        self._openings: set[asyncio.Task[Any]] = set()

    def __contains__(self, answer_id: object) -> bool:
        return answer_id in self._held

    def __len__(self) -> int:
        return len(self._held)

    def find(self, answer_id: str) -> LiveAnswer | None:
        held = self._held.get(answer_id)
        return held.generation.live if held else None

    def rescue(self, answer_id: str) -> StoredText | None:
        return self.store.read_whole_sync(answer_id)

    def is_running(self, name: str) -> bool | None:
        return self.store.is_hub_alive_sync(name)

    async def see_to(self, opening: Coroutine[Any, Any, Opened]) -> Opened:
        """A question is taken in. Who asked may leave meanwhile: once saved, it is answered."""
        task = asyncio.create_task(opening)
        self._openings.add(task)
        task.add_done_callback(self._openings.discard)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_hear_no_more)
            raise

    def start(self, turn: Turn, lease: Lease | None = None) -> LiveAnswer:
        """The answer's lease is released when it ends."""
        live = LiveAnswer(turn.answer_id.hex, turn.session_id.hex, turn.request_id, turn.question)
        self.store.begin(live)
        generation = Generation(turn, live, self.store)
        now = asyncio.get_running_loop().time()
        held = _Held(generation, asyncio.create_task(make(generation)), lease, kept_at=now)
        self._held[live.id] = held
        held.seen_through = asyncio.create_task(self._see_through(held))
        if self._rounds is None:
            self._rounds = asyncio.create_task(self._make_rounds())
        return live

    def stop(self, answer_id: str, status: Status = Status.STOPPED) -> None:
        """The text so far is kept. Nothing happens if the answer has ended already."""
        if held := self._held.get(answer_id):
            held.cancelled_as = status
            held.work.cancel()

    async def drain(self, timeout_s: float) -> None:
        """Take no more questions, let answers end; those that do not in time are interrupted."""
        self.draining = True
        if self._openings:
            await asyncio.wait(self._openings)
        if endings := self._endings():
            await asyncio.wait(endings, timeout=timeout_s)
        for answer_id in list(self._held):
            self.stop(answer_id, Status.INTERRUPTED)
        if endings := self._endings():
            await asyncio.wait(endings)

    def _endings(self) -> list[asyncio.Task[None]]:
        return [held.seen_through for held in self._held.values() if held.seen_through]

    async def _see_through(self, held: _Held) -> None:
        """Never cancelled itself, so that every answer ends: saved first, told afterwards."""
        live = held.generation.live
        await asyncio.wait([held.work])
        try:
            await self.store.flush(live)
            outcome = _outcome(held)
            await self._save(held, outcome)
        except Exception as error:
            outcome = Outcome(Status.FAILED, error=error_reporting.report(error))
        finally:
            # Before it ends for its followers: they may ask the next question at once.
            await self._release_lease(held, outcome)
            del self._held[live.id]
            live.end(outcome)
            await self.store.end(live)

    async def _release_lease(self, held: _Held, outcome: Outcome) -> None:
        if held.lease is None:
            return
        try:
            await held.lease.release({MODEL_TOKENS: cost_of(held.generation, outcome.status)})
        except Exception:
            logger.exception("What an answer took could not be counted")
            await held.lease.release()

    async def _save(self, held: _Held, outcome: Outcome) -> None:
        """A database that is locked or out of space gets a few seconds to come back."""
        for attempt in range(1, SAVE_ATTEMPTS + 1):
            try:
                await database_sync_to_async(records.finish)(_draft(held), outcome)
            except Exception:
                if attempt == SAVE_ATTEMPTS:
                    raise
                logger.warning("An answer could not be saved yet", exc_info=True)
                await asyncio.sleep(RETRY_S * 2**attempt)
            else:
                return

    async def _make_rounds(self) -> None:
        """While there are answers: keep how far they are, and hear what others want of them."""
        broadcaster().subscribe(hub_group(self.name), self._hear)
        try:
            while self._held:
                for _ in range(ROUNDS_PER_CHECKPOINT):
                    await asyncio.sleep(settings.CHECKPOINT_S / ROUNDS_PER_CHECKPOINT)
                    await self._keep_drafts()
                for answer_id in await self.store.stop_requests():
                    self.stop(answer_id)
                self._stop_the_lonely(await self.store.watched_elsewhere())
        finally:
            self._rounds = None
            broadcaster().unsubscribe(hub_group(self.name), self._hear)

    def _hear(self, message: BroadcastMessage) -> None:
        """The same as on the rounds, without the wait."""
        if answer_id := message.get("stop"):
            self.stop(answer_id)
        if answer_id := message.get("watch"):
            self.store.mark_watched(answer_id)

    async def _keep_drafts(self) -> None:
        now = asyncio.get_running_loop().time()
        news = [(held, held.size, _draft(held)) for held in self._held.values() if held.is_due(now)]
        if not news:
            return
        try:
            gone = await database_sync_to_async(records.checkpoint)([draft for _, _, draft in news])
        except Exception:
            logger.warning("A checkpoint could not be saved", exc_info=True)
            return
        for held, size, draft in news:
            held.kept_bytes, held.kept_at = size, now
            held.reference_kept |= draft.reference is not None
        for answer_id in gone:
            self.stop(answer_id.hex)

    def _stop_the_lonely(self, watched: set[str]) -> None:
        now = asyncio.get_running_loop().time()
        for held in list(self._held.values()):
            live, patience = held.generation.live, held.generation.turn.stop_after_seconds_alone
            if patience is None or live.readers or live.id in watched:
                held.alone_since = None
            elif held.alone_since is None:
                held.alone_since = now
            elif now - held.alone_since >= patience:
                self.stop(live.id)


def _hear_no_more(opening: asyncio.Task[Any]) -> None:
    """Who asked has left: why they were refused is nobody's business, a failure of ours is."""
    error = None if opening.cancelled() else opening.exception()
    if error and not isinstance(error, AppError):
        error_reporting.report(error)


def _draft(held: _Held) -> records.Draft:
    generation, turn, live = held.generation, held.generation.turn, held.generation.live
    reference = None
    if generation.chunks is not None and not held.reference_kept:
        reference = generation.reference()
    return records.Draft(
        turn.answer_id,
        turn.session_id,
        str(live.text),
        str(live.reasoning),
        reference,
        turn.token_id,
    )


def _outcome(held: _Held) -> Outcome:
    generation, work = held.generation, held.work
    if work.cancelled():
        if held.cancelled_as is Status.INTERRUPTED:
            return generation.outcome(Status.INTERRUPTED, Interrupted(records.INTERRUPTED))
        return generation.outcome(held.cancelled_as)
    match work.exception():
        case None:
            return generation.outcome(Status.COMPLETE)
        case EngineFailed() as error:
            return generation.outcome(Status.FAILED, error)
        case error:
            return generation.outcome(Status.FAILED, error_reporting.report(error))


def make_store(name: str) -> Store:
    if settings.REDIS_URL:
        return RedisStore(settings.REDIS_URL, settings.STORE_TICK_S, name)
    return MemoryStore()


def make_hub(name: str = "") -> Hub:
    """With Redis there are many hubs, each with a name of its own; alone, a hub that comes back
    takes over the name, and the answers, of the one that was there before."""
    name = name or (new_id().hex if settings.REDIS_URL else "server")
    return Hub(name, make_store(name))
