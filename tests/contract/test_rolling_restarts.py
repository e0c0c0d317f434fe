"""Two processes are restarted, one after the other, under load: every answer ends whole."""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import aclosing
from pathlib import Path
from random import Random

from tests.chaos.client import Client
from tests.chaos.consistency import read_records, violations
from tests.chaos.question import Question
from tests.contract.conftest import CHAT
from tests.support.redis_server import RedisServer
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running_servers

CLIENTS = 100
# An answer takes eight seconds, four times as long as one that stands still is given.
DRAIN_S, TOKENS, RATE = 2, 16, 2


async def test_a_rolling_restart_costs_nobody_a_word(
    data: Path, seeded: SeededData, redis: RedisServer
) -> None:
    settings = {"REDIS_URL": redis.url, "DRAIN_S": DRAIN_S}
    counts: Counter[str] = Counter()
    with running_servers(data, ["uvicorn", "uvicorn"], **settings) as servers:
        questions = await ask_during_restarts(servers, seeded, counts)
        found = list(violations(read_records(servers[0].data / "ragws.sqlite3"), questions))
    assert Counter(question.status for question in questions) == {"complete": len(questions)}
    assert found == []
    assert len(questions) >= CLIENTS
    assert counts["not taken"], "no question came to a server that was leaving"
    assert counts["started over"] == 0


async def ask_during_restarts(
    servers: list[Server], seeded: SeededData, counts: Counter[str]
) -> list[Question]:
    questions: list[Question] = []
    restarted = asyncio.Event()
    path = f"{CHAT}?token={seeded.token}"
    ports = [server.port for server in servers]

    async def ask_one_after_the_other(number: int) -> None:
        client = Client(ports, path, seeded.load_chat_id, Random(number), counts)
        async with aclosing(client):
            while not restarted.is_set():
                question = Question(len(questions), TOKENS, RATE)
                questions.append(question)
                await client.ask_until_complete(question)

    async with asyncio.TaskGroup() as group:
        for number in range(CLIENTS):
            group.create_task(ask_one_after_the_other(number))
        # Each has an answer that is being written.
        while counts["first chunks"] < CLIENTS:  # noqa: ASYNC110 - they set no event
            await asyncio.sleep(0.05)
        for server in servers:
            assert await asyncio.to_thread(server.stop) == 0
            await asyncio.to_thread(server.start)
        restarted.set()
    return questions
