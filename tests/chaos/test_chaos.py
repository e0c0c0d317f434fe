"""Whatever happens at whatever moment: no question is lost, no byte is doubled."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import SystemRandom

import pytest

from tests.chaos.run import QUESTIONS, Run
from tests.chaos.trouble import Trouble
from tests.chaos.verdict import read, violations
from tests.contract.conftest import CHAT
from tests.support.facts import Facts
from tests.support.redis_server import RedisServer
from tests.support.server import Server, running_together, seed

pytestmark = pytest.mark.alone
# One round of troubles takes longer.
SECONDS = 1
HAPPENED = {
    "kill -9",
    "SIGTERM",
    "Redis lost",
    "Redis frozen",
    "a process and Redis lost",
    "cuts of what is sent",
    "cuts of what is received",
    "came back elsewhere",
    "duplicates",
    "stops",
    "stalls",
    "pieces that piled up",
}


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
    ports = [server.port for server in servers]
    run = Run(ports, f"{CHAT}?token={facts.token}", facts.load_chat_id, seed)
    trouble = Trouble(servers, redis, run.random, run.counts)
    started = time.monotonic()
    try:
        await run.go(trouble, seconds)
    except* Exception as errors:
        pytest.fail(f"With --chaos-seed={seed}: {list(errors.exceptions)}\n{run.counts}")
    assert [server.stop() for server in servers] == [0, 0]
    found = list(violations(read(servers[0].data / "ragws.sqlite3"), run.questions))
    ends = Counter(question.status for question in run.questions)
    with capsys.disabled():
        took = time.monotonic() - started
        sys.stdout.write(f"\n--chaos-seed={seed}: {len(run.questions)} questions, {took:.0f} s\n")
        sys.stdout.write(f"{dict(run.counts)}\n{dict(ends)}\n")
    assert not found, f"With --chaos-seed={seed}: {len(found)}, first of all {found[:10]}"
    assert len(run.questions) >= QUESTIONS
    assert {what for what, times in run.counts.items() if times} >= HAPPENED
    assert ends["complete"] > len(run.questions) / 2
