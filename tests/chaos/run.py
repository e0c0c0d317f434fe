"""Runs 200 clients with their questions while faults are injected."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from random import Random

from tests.chaos.client import Client
from tests.chaos.faults import FaultInjector
from tests.chaos.question import Question, Violation, random_question

CLIENTS = 200
QUESTIONS = 2000
# Seconds over which they arrive.
ARRIVAL_S = 5


class ChaosRun:
    def __init__(self, ports: Sequence[int], path: str, chat_id: str, seed: int) -> None:
        self.ports = ports
        self.path = path
        self.chat_id = chat_id
        self.random = Random(seed)
        self.questions: list[Question] = []
        self.counts: Counter[str] = Counter()

    async def execute(self, faults: FaultInjector, seconds: float) -> None:
        """Until each client has asked its share of questions and each fault was injected."""
        injected = asyncio.Event()
        randoms = [Random(self.random.random()) for _ in range(CLIENTS)]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._inject_faults(faults, seconds, injected))
            for random in randoms:
                group.create_task(self._ask_in_turn(random, injected))

    async def _inject_faults(
        self, faults: FaultInjector, seconds: float, injected: asyncio.Event
    ) -> None:
        await faults.run(seconds)
        injected.set()

    async def _ask_in_turn(self, random: Random, injected: asyncio.Event) -> None:
        session_id, share = "", QUESTIONS // CLIENTS
        await asyncio.sleep(random.random() * ARRIVAL_S)
        async with aclosing(self._client(random)) as client:
            while share > 0 or not injected.is_set():
                share -= 1
                question = random_question(random, len(self.questions))
                self.questions.append(question)
                question.asked_in = session_id
                await self._ask_question(client, question, random)
                session_id = question.session_id if random.random() < 0.5 else ""
            await self._resume_later(client, question)

    def _client(self, random: Random) -> Client:
        return Client(self.ports, self.path, self.chat_id, random, self.counts)

    async def _ask_question(self, client: Client, question: Question, random: Random) -> None:
        if not question.is_asked_twice:
            await client.ask_until_complete(question)
            return
        # The same request on two connections at once: one answer, received twice.
        self.counts["duplicates"] += 1
        twin = replace(question, cuts=[*question.cuts], received=bytearray())
        async with aclosing(self._client(random)) as other:
            await asyncio.gather(
                client.ask_until_complete(question), other.ask_until_complete(twin)
            )
        compare(question, twin)

    async def _resume_later(self, client: Client, question: Question) -> None:
        """An answer that has ended can be resumed later, with the same text."""
        again = replace(question, cuts=[], is_stopped=False, received=bytearray(), status="")
        await client.ask_until_complete(again)
        compare(question, again)


def compare(question: Question, other: Question) -> None:
    """Raises Violation if two connections received different answers to the same question."""
    if other.answer_id != question.answer_id:
        raise Violation(f"{question}: also {other.answer_id}")
    if "interrupted" in (question.status, other.status):
        return
    if (other.status, other.received) != (question.status, question.received):
        raise Violation(f"{question}: received differently, {question.status} and {other.status}")
