"""Whatever fails at whatever moment: no question is lost, no byte is sent twice."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom

import pytest

from tests.chaos.consistency import read_records, violations
from tests.chaos.faults import FaultInjector
from tests.chaos.run import QUESTIONS, ChaosRun
from tests.contract.conftest import CHAT
from tests.support.redis_server import RedisServer
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running_servers

pytestmark = pytest.mark.alone
# One round of all faults takes longer.
SECONDS = 1
EXPECTED = {
    "kill -9",
    "SIGTERM",
    "Redis lost",
    "Redis frozen",
    "Redis emptied",
    "a process frozen",
    "a process frozen and Redis emptied",
    "a process and Redis lost",
    "cuts of what is sent",
    "cuts of what is received",
    "reconnected to another process",
    "duplicates",
    "stops",
    "stalls",
    "chunks merged while unread",
}


@pytest.fixture
def servers(data: Path, seeded: SeededData, redis: RedisServer) -> Iterator[list[Server]]:
    kinds = ["uvicorn", "uvicorn"]
    settings = {"REDIS_URL": redis.url, "DRAIN_S": 1, "DRAIN_MAX_S": 1, "LOG_LEVEL": "WARNING"}
    with running_servers(data, kinds, **settings) as servers:
        yield servers


async def test_no_question_is_lost_and_no_byte_is_sent_twice(
    servers: list[Server],
    seeded: SeededData,
    redis: RedisServer,
    request: pytest.FixtureRequest,
    capsys: pytest.CaptureFixture[str],
) -> None:
    seed = request.config.getoption("--chaos-seed")
    seed = SystemRandom().randrange(10**9) if seed is None else seed
    seconds = request.config.getoption("--chaos-seconds") or SECONDS
    ports = [server.port for server in servers]
    run = ChaosRun(ports, f"{CHAT}?token={seeded.token}", seeded.load_chat_id, seed)
    faults = FaultInjector(servers, redis, run.random, run.counts)
    started = time.monotonic()
    try:
        await run.execute(faults, seconds)
    except* Exception as errors:
        pytest.fail(f"With --chaos-seed={seed}: {list(errors.exceptions)}\n{run.counts}")
    assert [server.stop() for server in servers] == [0, 0]
    found = list(violations(read_records(servers[0].data / "ragws.sqlite3"), run.questions))
    ends = Counter(question.status for question in run.questions)
    with capsys.disabled():
        took = time.monotonic() - started
        sys.stdout.write(f"\n--chaos-seed={seed}: {len(run.questions)} questions, {took:.0f} s\n")
        sys.stdout.write(f"{dict(run.counts)}\n{dict(ends)}\n")
    assert not found, f"With --chaos-seed={seed}: {len(found)}, first of all {found[:10]}"
    assert len(run.questions) >= QUESTIONS
    assert {what for what, times in run.counts.items() if times} >= EXPECTED
    assert ends["complete"] > len(run.questions) / 2
