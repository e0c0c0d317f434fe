"""A crowd of clients with their questions, while trouble goes on around them."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from contextlib import aclosing
from dataclasses import replace
from random import Random

from tests.chaos.client import Client
from tests.chaos.question import Question, Violation, draw
from tests.chaos.trouble import Trouble

CLIENTS = 200
QUESTIONS = 2000
# Seconds over which they arrive.
ARRIVAL_S = 5


class Run:
    def __init__(self, ports: Sequence[int], path: str, chat_id: str, seed: int) -> None:
        self.ports = ports
        self.path = path
        self.chat_id = chat_id
        self.random = Random(seed)
        self.questions: list[Question] = []
        self.counts: Counter[str] = Counter()

    async def go(self, trouble: Trouble, seconds: float) -> None:
        """Until everybody has asked their share, and every trouble was there."""
        troubled = asyncio.Event()
        randoms = [Random(self.random.random()) for _ in range(CLIENTS)]
        async with asyncio.TaskGroup() as group:
            group.create_task(self._trouble(trouble, seconds, troubled))
            for random in randoms:
                group.create_task(self._ask_in_turn(random, troubled))

    async def _trouble(self, trouble: Trouble, seconds: float, troubled: asyncio.Event) -> None:
        await trouble.go_on(seconds)
        troubled.set()

    async def _ask_in_turn(self, random: Random, troubled: asyncio.Event) -> None:
        session_id, share = "", QUESTIONS // CLIENTS
        await asyncio.sleep(random.random() * ARRIVAL_S)
        async with aclosing(self._client(random)) as client:
            while share > 0 or not troubled.is_set():
                share -= 1
                question = draw(random, len(self.questions))
                self.questions.append(question)
                question.asked_in = session_id
                await self._settle(client, question, random)
                session_id = question.session_id if random.random() < 0.5 else ""
            await self._look_again(client, question)

    def _client(self, random: Random) -> Client:
        return Client(self.ports, self.path, self.chat_id, random, self.counts)

    async def _settle(self, client: Client, question: Question, random: Random) -> None:
        if not question.is_asked_twice:
            await client.settle(question)
            return
        # The same request on two connections at once: one answer, heard twice.
        self.counts["duplicates"] += 1
        twin = replace(question, cuts=[*question.cuts], heard=bytearray())
        async with aclosing(self._client(random)) as other:
            await asyncio.gather(client.settle(question), other.settle(twin))
        compare(question, twin)

    async def _look_again(self, client: Client, question: Question) -> None:
        """What has ended is there for whoever comes later."""
        again = replace(question, cuts=[], is_stopped=False, heard=bytearray(), status="")
        await client.settle(again)
        compare(question, again)


def compare(question: Question, other: Question) -> None:
    """Two who heard the same answer."""
    if other.answer_id != question.answer_id:
        raise Violation(f"{question}: also {other.answer_id}")
    if "interrupted" in (question.status, other.status):
        return
    if (other.status, other.heard) != (question.status, question.heard):
        raise Violation(f"{question}: heard differently, {question.status} and {other.status}")
