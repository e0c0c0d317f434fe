"""A process is frozen in mid-answer and wakes up: an ending that others were told stands."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contract.conftest import CHAT
from tests.support.frame_client import open_client
from tests.support.long_answers import begin, read_for, tokens
from tests.support.redis_server import RedisServer
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running_servers


@pytest.fixture(params=[1, 2])
def checkpoint_s(request: pytest.FixtureRequest) -> int:
    seconds: int = request.param
    return seconds


@pytest.fixture
def with_redis(
    data: Path, seeded: SeededData, redis: RedisServer, checkpoint_s: int
) -> Iterator[list[Server]]:
    settings = {"REDIS_URL": redis.url, "CHECKPOINT_S": checkpoint_s}
    with running_servers(data, ["uvicorn", "uvicorn"], **settings) as servers:
        yield servers


@pytest.fixture
def without_redis(data: Path, seeded: SeededData, checkpoint_s: int) -> Iterator[list[Server]]:
    with running_servers(data, ["uvicorn", "uvicorn"], CHECKPOINT_S=checkpoint_s) as servers:
        yield servers


async def test_a_process_that_wakes_up_shows_nothing_beyond_the_told_end(
    with_redis: list[Server], seeded: SeededData
) -> None:
    said, told = await freeze_and_wake(with_redis, seeded)
    assert said == told


async def test_without_redis_the_told_end_stands_as_well(
    without_redis: list[Server], seeded: SeededData
) -> None:
    said, told = await freeze_and_wake(without_redis, seeded)
    # What it showed since its last save was nowhere else, so that its reader starts over.
    assert said.startswith(told)


async def freeze_and_wake(servers: list[Server], seeded: SeededData) -> tuple[str, str]:
    """What the frozen process showed of its answer, and what the other one told."""
    frozen, other = servers
    async with (
        open_client(frozen.ws + CHAT, seeded.token) as asker,
        open_client(other.ws + CHAT, seeded.token) as reader,
    ):
        first = await begin(asker, seeded)
        await reader.send(type="resume", id=first["id"])
        said = first["answer"] + await read_for(asker, 2.3)
        assert frozen.process
        frozen.process.send_signal(signal.SIGSTOP)
        try:
            told = await reader.rest()
        finally:
            frozen.process.send_signal(signal.SIGCONT)
        assert told.completion["status"] == "interrupted"

        while not (frame := await asker.frame())["code"]:
            said += frame["data"]["answer"]
        if said == told.text:
            assert frame["code"] == 503
            assert (await asker.frame())["status"] == "interrupted"
        else:
            assert frame["code"] == 409
        for client in (asker, reader):
            recorded = await client.ask(type="resume", id=first["id"])
            assert (recorded.text, recorded.completion["status"]) == (told.text, "interrupted")
        more = await asker.ask(
            chat_id=seeded.load_chat_id, question="bench n=3", session_id=first["session_id"]
        )
        assert tokens(more) == 3
        return said, told.text
