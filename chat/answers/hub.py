"""The hub: runs the answers of this process as tasks of its own, from their start to their record.

No socket owns an answer. The client that asked may disconnect; the answer goes on.
"""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, NamedTuple, TypeVar

from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from accounts.limits.kinds import MODEL_TOKENS
from accounts.limits.leases import Lease
from chat.answers.costs import cost_of
from chat.answers.generation import Generation, generate
from chat.answers.obsolete_pieces import ObsoletePieces
from chat.answers.ownership import NOTE_S, FreezeDetector, Ownership
from chat.answers.revocation import stopping_if_revoked
from chat.answers.running_answer import RunningAnswer
from chat.answers.saving import save_drafts, save_ending
from chat.answers.turn import Turn
from chat.live.answer import LiveAnswer, Outcome, Status
from chat.live.redis_store import RedisStore
from chat.live.store import MemoryStore, Store
from core import error_reporting
from core.broadcast import BroadcastMessage, broadcaster, hub_group
from core.errors import AppError
from core.ids import new_id
from core.log_context import log_context
from core.tasks import PeriodicTask, TaskSet

logger = logging.getLogger(__name__)

Result = TypeVar("Result")

# Each answer is saved once in a checkpoint interval, but not all in the same tick: saving all of
# them at once would delay their text.
TICKS_PER_CHECKPOINT = 5
DRAIN_POLL_S = 0.2


class _Growth(NamedTuple):
    size: tuple[int, int]
    at: float


class Hub:
    """`name` marks its answers in the database. When a process starts again under the same name,
    answers of that name that it does not run itself are lost."""

    def __init__(self, name: str, store: Store) -> None:
        self.name = name
        self.started_at = timezone.now()
        self.store = store
        self.draining = False
        # How many of its answers ended in each way.
        self.ended: Counter[Status] = Counter()
        self._running: dict[str, RunningAnswer] = {}
        self._shielded = TaskSet()
        self._ticks = 0
        self._obsolete_pieces = ObsoletePieces()
        self._freezes = FreezeDetector()
        self._noting = PeriodicTask(
            self._freezes.note_periodically,
            interval_s=lambda: NOTE_S,
            is_needed=lambda: bool(self._running),
            failure="Whether this process stands still cannot be noted",
        )
        self._periodic = PeriodicTask(
            self._tick,
            interval_s=lambda: settings.CHECKPOINT_S / TICKS_PER_CHECKPOINT,
            is_needed=lambda: bool(self._running),
            failure="Stop requests and readers elsewhere could not be checked",
            context=self._subscribed,
        )

    def __contains__(self, answer_id: object) -> bool:
        return answer_id in self._running

    def __len__(self) -> int:
        return len(self._running)

    def find(self, answer_id: str) -> LiveAnswer | None:
        running = self._running.get(answer_id)
        return running.generation.live if running else None

    async def run_shielded(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Runs `work` to its end even if the caller is cancelled, because its client left: a
        question that has been saved must be answered."""
        task = self._shielded.start(work)
        try:
            return await asyncio.shield(task)
        except asyncio.CancelledError:
            task.add_done_callback(_report_unseen_error)
            raise

    def start(
        self, turn: Turn, lease: Lease | None = None, identity: Identity | None = None
    ) -> LiveAnswer:
        """The answer's lease is released when it ends. It is stopped if the identity is revoked."""
        live = LiveAnswer(
            *(turn.answer_id.hex, turn.session_id.hex, turn.request_id, turn.question),
            question_id=turn.question_id.hex if turn.question_id else "",
            edit=turn.edit_of_id.hex if turn.edit_of_id else "",
        )
        # Other processes cannot know of what is not kept.
        store = self.store if turn.is_kept else MemoryStore()
        store.begin(live, lambda: self._give_up(live.id))
        generation = Generation(turn, live, store, Ownership(self._freezes))
        now = asyncio.get_running_loop().time()
        with log_context(f"answer {live.id}"):
            generating = asyncio.create_task(generate(generation))
            running = RunningAnswer(
                generation, generating, lease, identity, saved_at=now, signed_at=now
            )
            self._running[live.id] = running
            running.finishing = asyncio.create_task(self._finish(running))
        self._periodic.ensure_running()
        self._noting.ensure_running()
        return live

    def stop(self, answer_id: str, status: Status = Status.STOPPED) -> None:
        """The text so far is saved. Nothing happens if the answer has ended already."""
        if running := self._running.get(answer_id):
            running.cancelled_as = status
            running.generating.cancel()

    def stop_unattended(self, answer_id: str) -> None:
        """Its client has left: it is stopped now, unless its dialog says how long it may go on."""
        running = self._running.get(answer_id)
        if running and running.generation.turn.stop_after_seconds_alone is None:
            self.stop(answer_id)

    def _give_up(self, answer_id: str) -> None:
        """Another process has ended the answer, or its session was deleted."""
        self.stop(answer_id, Status.INTERRUPTED)

    async def drain(self, stalled_s: float, limit_s: float | None = None) -> None:
        """Take no more questions, and let answers end as long as they grow: one that does not for
        `stalled_s` is interrupted, and after `limit_s`, by default as long, all are."""
        self.draining = True
        if self._shielded:
            await asyncio.wait(set(self._shielded))
        now = asyncio.get_running_loop().time
        ends_at = now() + (stalled_s if limit_s is None else limit_s)
        growth: dict[str, _Growth] = {}
        while self._running and now() < ends_at:
            growth = self._growth(growth, now())
            for answer_id, grown in growth.items():
                if now() - grown.at >= stalled_s:
                    self.stop(answer_id, Status.INTERRUPTED)
            await asyncio.wait(self._finishing(), timeout=min(DRAIN_POLL_S, ends_at - now()))
        for answer_id in list(self._running):
            self.stop(answer_id, Status.INTERRUPTED)
        if finishing := self._finishing():
            await asyncio.wait(finishing)
        await self._obsolete_pieces.close()

    def _growth(self, before: dict[str, _Growth], now: float) -> dict[str, _Growth]:
        """Of each running answer: its size, and since when it has had it."""
        growth = {}
        for answer_id, running in self._running.items():
            known = before.get(answer_id)
            is_same = known is not None and known.size == running.size
            growth[answer_id] = known if known and is_same else _Growth(running.size, now)
        return growth

    def _finishing(self) -> list[asyncio.Task[None]]:
        return [running.finishing for running in self._running.values() if running.finishing]

    async def _finish(self, running: RunningAnswer) -> None:
        """Never cancelled itself, so that every answer ends: saved first, ended for its readers
        afterwards."""
        live = running.generation.live
        with stopping_if_revoked(running.identity, partial(self.stop, live.id)):
            await asyncio.wait([running.generating])
        try:
            await running.generation.store.flush(live)
            outcome = running.outcome()
            recorded = await save_ending(running, outcome)
            if recorded.outcome is not outcome:
                live.replace_text(recorded.content, recorded.reasoning)
            outcome = recorded.outcome
        except Exception as error:
            outcome = Outcome(Status.FAILED, error=error_reporting.report(error))
        finally:
            # Before it ends for its readers: they may ask the next question at once.
            await self._release_lease(running, outcome)
            del self._running[live.id]
            self.ended[outcome.status] += 1
            live.end(outcome)
            if running.was_drafted:
                self._obsolete_pieces.add(running.generation.turn.answer_id)
            await running.generation.store.end(live)

    async def _release_lease(self, running: RunningAnswer, outcome: Outcome) -> None:
        if running.lease is None:
            return
        try:
            await running.lease.release({MODEL_TOKENS: cost_of(running.generation, outcome.status)})
        except Exception:
            logger.exception("What an answer took could not be counted")
            await running.lease.release()

    @contextmanager
    def _subscribed(self) -> Iterator[None]:
        """Messages from other processes, which save them the wait for the next tick."""
        broadcaster().subscribe(hub_group(self.name), self._on_message)
        try:
            yield
        finally:
            broadcaster().unsubscribe(hub_group(self.name), self._on_message)

    def _on_message(self, message: BroadcastMessage) -> None:
        if answer_id := message.get("stop"):
            self.stop(answer_id)
        if answer_id := message.get("watch"):
            self.store.mark_watched(answer_id)

    async def _tick(self) -> None:
        for answer_id in await save_drafts(list(self._running.values())):
            self._give_up(answer_id)
        self._ticks += 1
        if self._ticks % TICKS_PER_CHECKPOINT == 0:
            for answer_id in await self.store.stop_requests():
                self.stop(answer_id)
            self._stop_unwatched(await self.store.watched_elsewhere())

    def _stop_unwatched(self, watched_elsewhere: set[str]) -> None:
        """Answers that no one reads are stopped after the seconds their dialog allows."""
        now = asyncio.get_running_loop().time()
        for running in list(self._running.values()):
            live, turn = running.generation.live, running.generation.turn
            limit_s = turn.stop_after_seconds_alone
            if limit_s is None or live.readers or live.id in watched_elsewhere:
                running.unwatched_since = None
            elif running.unwatched_since is None:
                running.unwatched_since = now
            elif now - running.unwatched_since >= limit_s:
                self.stop(live.id)


def _report_unseen_error(task: asyncio.Task[Any]) -> None:
    """The client has left. A refusal concerned that client only; an error of ours is reported."""
    error = None if task.cancelled() else task.exception()
    if error and not isinstance(error, AppError):
        error_reporting.report(error)


def make_store(name: str) -> Store:
    if settings.REDIS_URL:
        return RedisStore(settings.REDIS_URL, settings.STORE_TICK_S, name)
    return MemoryStore()


def make_hub(name: str = "") -> Hub:
    """With Redis there are many hubs, each with a name of its own. Without, the hub of a restarted
    server takes over the name, and the answers, of the one before."""
    name = name or (new_id().hex if settings.REDIS_URL else "server")
    return Hub(name, make_store(name))
