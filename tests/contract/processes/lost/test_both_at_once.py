"""A process and Redis are lost together: what can be recovered of the answer is stored."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.support.frame_client import FrameClient, open_client
from tests.support.long_answers import begin, read_for, read_until_cut
from tests.support.redis_server import RedisServer, running_redis
from tests.support.restored_servers import wait_for_health
from tests.support.seeded_data import SeededData
from tests.support.server import POLL_S, Server, running_servers

TIMEOUT_S = 20


@pytest.fixture
def persistent_redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as redis:
        yield redis


@pytest.fixture
def pair_with_persistent_redis(
    data: Path, seeded: SeededData, persistent_redis: RedisServer
) -> Iterator[list[Server]]:
    with running_servers(data, KINDS, REDIS_URL=persistent_redis.url) as servers:
        yield servers


async def received_until_killed(
    asker: FrameClient, seeded: SeededData, victim: Server
) -> tuple[str, str]:
    """The id of an answer, and the text that its asker received before the kill."""
    first = await begin(asker, seeded)
    shown = first["answer"] + await read_for(asker, 1.7)
    victim.kill()
    return first["id"], shown + await read_until_cut(asker)


async def test_with_a_persistent_redis_nothing_is_lost(
    pair_with_persistent_redis: list[Server], seeded: SeededData, persistent_redis: RedisServer
) -> None:
    victim, survivor = pair_with_persistent_redis
    async with open_client(victim.ws + CHAT, seeded.token) as asker:
        answer_id, shown = await received_until_killed(asker, seeded, victim)
    persistent_redis.stop()
    persistent_redis.start()
    async with open_client(survivor.ws + CHAT, seeded.token) as other:
        resumed = await other.ask(type="resume", id=answer_id)
    assert resumed.text.startswith(shown)
    assert resumed.completion["status"] == "interrupted"


async def test_text_read_in_another_process_survives_the_loss_of_redis(
    asker: FrameClient,
    other: FrameClient,
    pair: list[Server],
    seeded: SeededData,
    redis: RedisServer,
) -> None:
    victim = pair[0]
    first = await begin(asker, seeded)
    await other.send(type="resume", id=first["id"])
    followed = await read_for(other, 1.7)
    victim.kill()
    redis.stop()
    redis.start()
    followed += (await other.rest()).text
    resumed = await other.ask(type="resume", id=first["id"])
    assert resumed.text == followed
    assert resumed.completion["status"] == "interrupted"


async def test_a_lost_answer_is_saved_before_it_is_requested(
    pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    victim, survivor = pair
    await wait_for_health(survivor, "ok")
    async with open_client(victim.ws + CHAT, seeded.token) as asker:
        answer_id, shown = await received_until_killed(asker, seeded, victim)
    killed = time.monotonic()
    while not text_of(survivor, answer_id).startswith(shown):
        assert time.monotonic() - killed < TIMEOUT_S
        await asyncio.sleep(POLL_S)
    redis.stop()
    async with open_client(survivor.ws + CHAT, seeded.token) as other:
        await other.send(type="resume", id=answer_id, offset=len(shown))
        redis.start()
        assert (await other.rest()).completion["status"] == "interrupted"


def text_of(server: Server, answer_id: str) -> str:
    """The text of an answer in the database."""
    with closing(sqlite3.connect(server.data / "ragws.sqlite3")) as connection:
        found = connection.execute("SELECT content FROM chat_message WHERE id = ?", [answer_id])
        return str(found.fetchone()[0])


async def test_a_stop_that_cannot_be_passed_on_is_refused(
    asker: FrameClient,
    other: FrameClient,
    pair: list[Server],
    seeded: SeededData,
    redis: RedisServer,
) -> None:
    one, two = pair
    first = await begin(asker, seeded)
    redis.stop()
    refused = await other.refused(type="stop", id=first["id"])
    assert (refused["code"], refused["data"]["id"]) == (503, first["id"])
    redis.start()
    await wait_for_health(two, "ok")
    await wait_for_health(one, "ok")
    await other.send(type="stop", id=first["id"])
    assert (await asker.rest()).completion["status"] == "stopped"


def outage_lines(server: Server) -> list[str]:
    """The lines of the log without the audit log's, which depend on the connections."""
    return [line for line in server.log().splitlines() if not line.startswith("{")]


async def test_few_lines_are_written_while_redis_is_away(
    pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, two = pair
    async with (
        open_client(one.ws + CHAT, seeded.token) as asker,
        open_client(one.ws + CHAT, seeded.token) as neighbour,
        open_client(two.ws + CHAT, seeded.token) as other,
    ):
        first = await begin(asker, seeded)
        await other.send(type="resume", id=first["id"])
        await read_for(other, 0.5)
        earlier = [len(outage_lines(server)) for server in pair]
        redis.stop()
        for _ in range(10):
            await neighbour.ask(chat_id=seeded.load_chat_id, question="bench n=3")
        await asyncio.gather(read_for(asker, 3), read_for(other, 3))
        redis.start()
        for server in pair:
            await wait_for_health(server, "ok")
        await read_for(asker, 1)
    for server, lines in zip(pair, earlier, strict=True):
        new = outage_lines(server)[lines:]
        # One line each for the texts, the channel layer and the limits, and one when each is back.
        assert sum("out of reach" in line for line in new) <= 3, new
        assert len(new) <= 6, new
