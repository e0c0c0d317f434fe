"""The worker: reads queued documents, a few at the same time, until it is told to stop."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar
from uuid import UUID

from django.conf import settings
from django.db import Error, close_old_connections

from core.broadcast import DOCUMENTS, BroadcastMessage, broadcaster
from core.outage import Outage, is_away
from core.tasks import TaskSet
from knowledge import reading_queue
from knowledge.embedding.vector_writing import write_some_vectors
from knowledge.index.pgvector_upkeep import GraphUpkeep
from knowledge.orphan_originals import delete_orphans
from knowledge.parsing.reader_pool import pool
from knowledge.reading import read_claimed
from knowledge.reading_queue import Claim

logger = logging.getLogger(__name__)

T = TypeVar("T")

# Seconds between two looks into the queue if nothing wakes the worker.
POLL_S = 5
# Seconds until files that no document names are looked for, and between two times.
SWEEP_AFTER_S = 600
SWEEP_EVERY_S = 24 * 3600
# Seconds between two looks whether a knowledge base lacks a graph, and after an error.
UPKEEP_EVERY_S, UPKEEP_PAUSE_S = 60, 600

_outage = Outage("The database")


class Worker:
    """Two of its threads at most read documents of the same owner, if it has three."""

    def __init__(self) -> None:
        self._slots = max(1, settings.MAX_READERS)
        # One more makes vectors, and another one graphs of them.
        self._threads = ThreadPoolExecutor(self._slots + 2, thread_name_prefix="reading")
        self._claims: dict[UUID, Claim] = {}
        self._tasks = TaskSet()
        self._changed = asyncio.Event()
        self._is_stopping = False
        self._has_failed = False
        self._sweep_at = time.monotonic() + SWEEP_AFTER_S
        self._graphs = GraphUpkeep()
        # Not one of the others: these count as readings, and it may take minutes.
        self._upkeep_tasks = TaskSet()
        self._upkeep_at = time.monotonic()

    def wake(self, _message: BroadcastMessage | None = None) -> None:
        self._changed.set()
        # A document that one of them reads may have been stopped.
        for claim in tuple(self._claims.values()):
            claim.woken.set()

    def stop(self) -> None:
        self._is_stopping = True
        self._changed.set()

    async def run(self) -> None:
        """Until `stop` is called. What is being read then is queued again."""
        broadcaster().subscribe(DOCUMENTS, self.wake)
        try:
            while not self._is_stopping:
                self._changed.clear()
                await self._start_readings()
                if time.monotonic() >= self._sweep_at:
                    self._sweep_at = time.monotonic() + SWEEP_EVERY_S
                    self._tasks.start(self._sweep())
                if time.monotonic() >= self._upkeep_at and not self._upkeep_tasks:
                    self._upkeep_at = time.monotonic() + UPKEEP_EVERY_S
                    self._upkeep_tasks.start(self._keep_graphs())
                if not await self._write_vectors():
                    await self._wait_for_change()
        finally:
            broadcaster().unsubscribe(DOCUMENTS, self.wake)
            await self._close()

    async def run_until_empty(self) -> None:
        """Until no document waits, no chunk lacks vectors, and no knowledge base its graph."""
        try:
            await self._start_readings()
            while self._tasks and not self._is_stopping:
                self._changed.clear()
                await self._changed.wait()
                await self._start_readings()
            while await self._write_vectors():
                pass
            await self._keep_graphs_once()
        finally:
            await self._close()

    async def _wait_for_change(self) -> None:
        try:
            async with asyncio.timeout(POLL_S):
                # After an error it is not tried again at once.
                await (asyncio.Event() if self._has_failed else self._changed).wait()
        except TimeoutError:
            self._has_failed = False

    async def _start_readings(self) -> None:
        while len(self._tasks) < self._slots and not self._is_stopping and not self._has_failed:
            claim = await self._guarded(self._claim)
            if claim is None:
                return
            self._claims[claim.id] = claim
            self._tasks.start(self._read(claim))

    async def _write_vectors(self) -> bool:
        """Those of a few chunks, while no document is read: reading comes first."""
        if self._claims or self._is_stopping or self._has_failed:
            return False
        return bool(await self._guarded(write_some_vectors))

    def _claim(self) -> Claim | None:
        reading_queue.queue_lost()
        share = max(1, self._slots - 1)
        held = Counter(owner_of(claim) for claim in tuple(self._claims.values()))
        busy = [owner for owner, count in held.items() if count >= share]
        return reading_queue.claim(busy_owners=busy if self._slots > 1 else ())

    async def _read(self, claim: Claim) -> None:
        try:
            await self._guarded(partial(read_claimed, claim))
        finally:
            del self._claims[claim.id]
            # The set drops this task only after its end.
            asyncio.get_running_loop().call_soon(self._changed.set)

    async def _sweep(self) -> None:
        if count := await self._guarded(delete_orphans):
            logger.info("Deleted %s files that no document names", count)

    async def _keep_graphs_once(self) -> None:
        """Or until the worker is told to stop."""
        upkeep = self._upkeep_tasks.start(self._keep_graphs())
        upkeep.add_done_callback(lambda _: self._changed.set())
        while not upkeep.done() and not self._is_stopping:
            self._changed.clear()
            await self._changed.wait()

    async def _keep_graphs(self) -> None:
        try:
            await self._in_thread(self._graphs.run)
        except Error as error:
            # Without them it is searched all the same.
            logger.warning("The graphs of vectors cannot be kept: %s", error)
            self._upkeep_at = time.monotonic() + UPKEEP_PAUSE_S

    async def _guarded(self, work: Callable[[], T]) -> T | None:
        """Runs it in a thread. Errors are logged; the worker goes on after a pause."""
        try:
            result = await self._in_thread(work)
        except Exception as error:
            self._has_failed = True
            if is_away(error):
                _outage.begins(error)
            else:
                logger.exception("Reading documents failed")
            return None
        _outage.is_over()
        return result

    async def _in_thread(self, work: Callable[[], T]) -> T:
        def run() -> T:
            close_old_connections()
            try:
                return work()
            finally:
                close_old_connections()

        return await asyncio.get_running_loop().run_in_executor(self._threads, run)

    async def _close(self) -> None:
        for claim in tuple(self._claims.values()):
            # Before the readers are ended, so that no document is taken for a bad one.
            await self._guarded(partial(reading_queue.give_back, claim))
        pool.close()
        await asyncio.to_thread(self._graphs.stop)
        if unfinished := {*self._tasks, *self._upkeep_tasks}:
            await asyncio.wait(unfinished)
        self._threads.shutdown()


def owner_of(claim: Claim) -> UUID:
    """Of the first of its documents: for sharing slots, that is near enough."""
    return claim.documents[0].knowledge_base.owner_id
