"""A process is lost, and Redis at the same time or a moment later: what can be kept is kept."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.contract.conftest import CHAT, KINDS
from tests.contract.test_lost_processes import goes_on, until_cut_off, until_health_is
from tests.contract.test_processes import begin
from tests.support.frame_client import FrameClient, open_client
from tests.support.redis_server import RedisServer, running_redis
from tests.support.seeded_data import SeededData
from tests.support.server import POLL_S, Server, running_servers

TIMEOUT_S = 20


@pytest.fixture
def own_pair(data: Path, seeded: SeededData, redis: RedisServer) -> Iterator[list[Server]]:
    with running_servers(data, KINDS, REDIS_URL=redis.url) as servers:
        yield servers


@pytest.fixture
def writing_redis(tmp_path: Path) -> Iterator[RedisServer]:
    with running_redis(tmp_path) as redis:
        yield redis


@pytest.fixture
def careful_pair(
    data: Path, seeded: SeededData, writing_redis: RedisServer
) -> Iterator[list[Server]]:
    with running_servers(data, KINDS, REDIS_URL=writing_redis.url) as servers:
        yield servers


async def shown_until_killed(
    asker: FrameClient, seeded: SeededData, victim: Server
) -> tuple[str, str]:
    """The id of an answer, and all that its asker has seen of it."""
    first = await begin(asker, seeded)
    shown = first["answer"] + await goes_on(asker, 1.7)
    victim.kill()
    return first["id"], shown + await until_cut_off(asker)


async def test_a_redis_that_writes_everything_down_forgets_nothing(
    careful_pair: list[Server], seeded: SeededData, writing_redis: RedisServer
) -> None:
    victim, survivor = careful_pair
    async with open_client(victim.ws + CHAT, seeded.token) as asker:
        answer_id, shown = await shown_until_killed(asker, seeded, victim)
    writing_redis.stop()
    writing_redis.start()
    async with open_client(survivor.ws + CHAT, seeded.token) as other:
        kept = await other.ask(type="resume", id=answer_id)
    assert kept.text.startswith(shown)
    assert kept.completion["status"] == "interrupted"


async def test_what_was_shown_elsewhere_is_kept_though_redis_forgets(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    victim, survivor = own_pair
    async with (
        open_client(victim.ws + CHAT, seeded.token) as asker,
        open_client(survivor.ws + CHAT, seeded.token) as other,
    ):
        first = await begin(asker, seeded)
        await other.send(type="resume", id=first["id"])
        followed = await goes_on(other, 1.7)
        victim.kill()
        redis.stop()
        redis.start()
        followed += (await other.rest()).text
        kept = await other.ask(type="resume", id=first["id"])
    assert kept.text == followed
    assert kept.completion["status"] == "interrupted"


async def test_saved_before_anybody_looks(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    victim, survivor = own_pair
    await until_health_is(survivor, "ok")
    async with open_client(victim.ws + CHAT, seeded.token) as asker:
        answer_id, shown = await shown_until_killed(asker, seeded, victim)
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
    """What the database has of an answer."""
    with closing(sqlite3.connect(server.data / "ragws.sqlite3")) as connection:
        found = connection.execute("SELECT content FROM chat_message WHERE id = ?", [answer_id])
        return str(found.fetchone()[0])


async def test_a_stop_that_cannot_be_passed_on_is_refused(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, two = own_pair
    async with (
        open_client(one.ws + CHAT, seeded.token) as asker,
        open_client(two.ws + CHAT, seeded.token) as other,
    ):
        first = await begin(asker, seeded)
        redis.stop()
        refused = await other.refused(type="stop", id=first["id"])
        assert (refused["code"], refused["data"]["id"]) == (503, first["id"])
        redis.start()
        await until_health_is(two, "ok")
        await until_health_is(one, "ok")
        await other.send(type="stop", id=first["id"])
        assert (await asker.rest()).completion["status"] == "stopped"


def troubles(server: Server) -> list[str]:
    """The lines of the log, less those of the audit log, which come when somebody does."""
    return [line for line in server.log().splitlines() if not line.startswith("{")]


async def test_few_lines_are_written_while_redis_is_away(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, two = own_pair
    async with (
        open_client(one.ws + CHAT, seeded.token) as asker,
        open_client(one.ws + CHAT, seeded.token) as neighbour,
        open_client(two.ws + CHAT, seeded.token) as other,
    ):
        first = await begin(asker, seeded)
        await other.send(type="resume", id=first["id"])
        await goes_on(other, 0.5)
        earlier = [len(troubles(server)) for server in own_pair]
        redis.stop()
        for _ in range(10):
            await neighbour.ask(chat_id=seeded.load_chat_id, question="bench n=3")
        await asyncio.gather(goes_on(asker, 3), goes_on(other, 3))
        redis.start()
        for server in own_pair:
            await until_health_is(server, "ok")
        await goes_on(asker, 1)
    for server, lines in zip(own_pair, earlier, strict=True):
        new = troubles(server)[lines:]
        # Of the texts, the layer and the limits, each once, and once more when it is back.
        assert sum("out of reach" in line for line in new) <= 3, new
        assert len(new) <= 6, new
