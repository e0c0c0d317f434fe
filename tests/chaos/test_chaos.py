"""Whatever happens at whatever moment: no question is lost, no byte is doubled."""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from copy import deepcopy
from pathlib import Path
from random import Random, SystemRandom

import pytest

from tests.chaos.client import Client
from tests.chaos.question import Question, draw
from tests.chaos.trouble import Trouble
from tests.chaos.verdict import violations
from tests.contract.conftest import CHAT
from tests.facts import Facts
from tests.redis_server import RedisServer
from tests.server import Server, running_together, seed

CLIENTS = 200
QUESTIONS = 2000
SECONDS = 60


@pytest.fixture
def facts(tmp_path: Path) -> Facts:
    (tmp_path / "data").mkdir()
    return seed(tmp_path / "data")


@pytest.fixture
def servers(tmp_path: Path, facts: Facts, redis: RedisServer) -> Iterator[list[Server]]:
    kinds = ["uvicorn", "uvicorn"]
    settings = {"REDIS_URL": redis.url, "DRAIN_S": 1, "LOG_LEVEL": "WARNING"}
    with running_together(tmp_path / "data", kinds, **settings) as servers:
        yield servers


class Run:
    """200 clients with their questions, while trouble goes on around them."""

    def __init__(self, urls: list[str], chat_id: str, seed: int) -> None:
        self.urls = urls
        self.chat_id = chat_id
        self.random = Random(seed)
        self.questions: list[Question] = []
        self.counts: Counter[str] = Counter()

    async def go(self, trouble: Trouble, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        async with asyncio.TaskGroup() as group:
            group.create_task(trouble.go_on(seconds))
            for _ in range(CLIENTS):
                group.create_task(self._ask_in_turn(Random(self.random.random()), deadline))

    async def _ask_in_turn(self, random: Random, deadline: float) -> None:
        async with aclosing(self._client(random)) as client:
            await self._ask_with(client, random, deadline)

    def _client(self, random: Random) -> Client:
        return Client(self.urls, self.chat_id, random, self.counts)

    async def _ask_with(self, client: Client, random: Random, deadline: float) -> None:
        session_id, share = "", QUESTIONS // CLIENTS
        # They arrive one by one, as people do.
        await asyncio.sleep(random.random() * 5)
        while share > 0 or time.monotonic() < deadline:
            share -= 1
            question = draw(random, len(self.questions))
            self.questions.append(question)
            if question.is_asked_twice:
                await self._settle_twice(client, question, session_id, random)
            else:
                await client.settle(question, session_id)
            session_id = question.session_id if random.random() < 0.5 else ""

    async def _settle_twice(
        self, client: Client, question: Question, session_id: str, random: Random
    ) -> None:
        """The same request on two connections at once: one answer, heard twice."""
        self.counts["duplicates"] += 1
        twin = deepcopy(question)
        async with aclosing(self._client(random)) as other:
            await asyncio.gather(
                client.settle(question, session_id), other.settle(twin, session_id)
            )
        assert twin.answer_id == question.answer_id, f"{question}: also {twin.answer_id}"
        assert twin.status == question.status, f"{question}: also ended {twin.status}"
        if question.status != "interrupted":
            assert twin.heard == question.heard, f"{question}: heard differently"


async def test_chaos(
    servers: list[Server],
    facts: Facts,
    redis: RedisServer,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = request.config.getoption("--chaos-seed")
    seed = SystemRandom().randrange(10**9) if seed is None else seed
    seconds = request.config.getoption("--chaos-seconds") or SECONDS
    urls = [f"{server.ws}{CHAT}?token={facts.token}" for server in servers]
    run = Run(urls, facts.load_chat_id, seed)
    trouble = Trouble(servers, redis, run.random, run.counts)
    started = time.monotonic()
    try:
        await run.go(trouble, seconds)
    except* Exception as errors:
        pytest.fail(f"With --chaos-seed={seed}: {list(errors.exceptions)}\n{run.counts}")
    assert [server.stop() for server in servers] == [0, 0]
    found = list(violations(servers[0].data, run.questions))
    ends = Counter(question.status for question in run.questions)
    with capsys.disabled():
        took = time.monotonic() - started
        sys.stdout.write(f"\n--chaos-seed={seed}: {len(run.questions)} questions, {took:.0f} s\n")
        sys.stdout.write(f"{dict(run.counts)}\n{dict(ends)}\n")
    assert not found, f"With --chaos-seed={seed}: {len(found)}, first of all {found[:10]}"
    assert ends["complete"] > len(run.questions) / 2
