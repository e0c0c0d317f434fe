"""A server process, or Redis, is lost in mid-answer: no question is, and no byte that was shown."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from tests.contract.conftest import CHAT, KINDS
from tests.contract.test_processes import begin, tokens
from tests.support.frame_client import FrameClient, open_client
from tests.support.redis_server import RedisServer
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running_servers

HEALTH = "/v1/ws/health"
TIMEOUT_S = 15


@pytest.fixture
def own_pair(data: Path, seeded: SeededData, redis: RedisServer) -> Iterator[list[Server]]:
    with running_servers(data, KINDS, REDIS_URL=redis.url, DRAIN_S=2) as servers:
        yield servers


async def health(server: Server) -> str:
    async with open_client(server.ws + HEALTH) as talk:
        await talk.send_raw("ping")
        return str((await talk.frame())["message"])


async def until_health_is(server: Server, wanted: str) -> None:
    deadline = time.monotonic() + TIMEOUT_S
    while await health(server) != wanted:
        assert time.monotonic() < deadline, f"It is not {wanted}:\n{server.log()}"


async def until_cut_off(talk: FrameClient) -> str:
    said = ""
    try:
        while True:
            said += (await talk.chunk())["data"]["answer"]
    except ConnectionClosed:
        return said


@pytest.mark.parametrize("direction", [1, -1])
async def test_killed_while_another_follows(
    own_pair: list[Server], seeded: SeededData, direction: int
) -> None:
    victim, survivor = own_pair[::direction]
    async with (
        open_client(victim.ws + CHAT, seeded.token) as asker,
        open_client(survivor.ws + CHAT, seeded.token) as other,
    ):
        first = await begin(asker, seeded)
        await other.send(type="resume", id=first["id"])
        shown = first["answer"]
        started = time.monotonic()
        while time.monotonic() < started + 2.3:
            shown += (await asker.chunk())["data"]["answer"]
        victim.kill()
        killed = time.monotonic()
        shown += await until_cut_off(asker)
        followed = await other.rest()
        assert time.monotonic() - killed < 10
        assert [error["code"] for error in followed.errors] == [503]
        assert followed.completion["status"] == "interrupted"

        kept = await other.ask(type="resume", id=first["id"])
        assert kept.text.startswith(followed.text)
        assert kept.text.startswith(shown)
        assert kept.completion["status"] == "interrupted"
        more = await other.ask(
            chat_id=seeded.load_chat_id, question="bench n=3", session_id=first["session_id"]
        )
        assert tokens(more) == 3


@pytest.mark.parametrize("direction", [1, -1])
async def test_drained_while_another_follows(
    own_pair: list[Server], seeded: SeededData, direction: int
) -> None:
    leaver, stayer = own_pair[::direction]
    async with (
        open_client(leaver.ws + CHAT, seeded.token) as quick,
        open_client(leaver.ws + CHAT, seeded.token) as slow,
        open_client(stayer.ws + CHAT, seeded.token) as other,
    ):
        soon = await begin(quick, seeded, "bench n=40 rate=40")
        never = await begin(slow, seeded)
        await other.send(type="resume", id=never["id"])
        await other.chunk()
        assert leaver.process
        leaver.process.terminate()
        in_time, too_late = await quick.rest(), await slow.rest()
        assert in_time.completion["status"] == "complete"
        assert [error["code"] for error in too_late.errors] == [503]
        assert too_late.completion["status"] == "interrupted"
        for talk in (quick, slow):
            code, reason = await talk.closed()
            assert code == 1012
            assert "retry after" in str(reason)
        assert leaver.wait() == 0
        assert (await other.rest()).completion["status"] == "interrupted"
        kept = await other.ask(type="resume", id=never["id"])
        assert kept.text == never["answer"] + too_late.text
        assert tokens(await other.ask(type="resume", id=soon["id"])) == 40


async def goes_on(talk: FrameClient, seconds: float) -> str:
    """What an answer says while nothing holds it up for longer than that."""
    said, started = "", time.monotonic()
    while time.monotonic() < started + seconds:
        said += (await talk.chunk())["data"]["answer"]
    return said


@pytest.mark.parametrize("direction", [1, -1])
async def test_redis_is_lost_and_comes_back_empty(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer, direction: int
) -> None:
    one, two = own_pair[::direction]
    async with (
        open_client(one.ws + CHAT, seeded.token) as asker,
        open_client(one.ws + CHAT, seeded.token) as neighbour,
        open_client(two.ws + CHAT, seeded.token) as other,
    ):
        first = await begin(asker, seeded)
        await other.send(type="resume", id=first["id"])
        followed = (await other.chunk())["data"]["answer"]
        redis.stop()
        lost = time.monotonic()
        said = first["answer"] + await goes_on(asker, 0.5)
        assert time.monotonic() - lost < 4
        await until_health_is(one, "degraded")
        await until_health_is(two, "degraded")
        new = await neighbour.ask(chat_id=seeded.load_chat_id, question="bench n=20 rate=40")
        assert tokens(new) == 20
        # From the database, up to a second behind.
        followed += await goes_on(other, 1)

        redis.start()
        await until_health_is(one, "ok")
        await until_health_is(two, "ok")
        # New followers find the whole text.
        async with open_client(two.ws + CHAT, seeded.token) as third:
            await third.send(type="resume", id=first["id"])
            whole = (await third.chunk())["data"]["answer"]
            assert whole.startswith(followed[: len(whole)])
            asked = time.monotonic()
            await third.send(type="stop", id=first["id"])
            assert (await third.rest()).completion["status"] == "stopped"
            assert time.monotonic() - asked < 3
        rest, followed_rest = await asker.rest(), await other.rest()
        assert rest.completion["status"] == followed_rest.completion["status"] == "stopped"
        assert said + rest.text == followed + followed_rest.text


async def test_redis_loses_its_memory_unnoticed(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, two = own_pair
    async with open_client(one.ws + CHAT, seeded.token) as asker:
        first = await begin(asker, seeded)
        said = first["answer"] + await goes_on(asker, 1)
        redis.stop()
        redis.start()
        said += await goes_on(asker, 2)
        await until_health_is(one, "ok")
        said += await goes_on(asker, 1)
        one.kill()
    async with open_client(two.ws + CHAT, seeded.token) as other:
        kept = await other.ask(type="resume", id=first["id"])
    assert kept.text.startswith(said)
    assert kept.completion["status"] == "interrupted"


async def test_redis_freezes(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, _ = own_pair
    async with open_client(one.ws + CHAT, seeded.token) as asker:
        first = await begin(asker, seeded)
        redis.freeze()
        try:
            frozen = time.monotonic()
            said = first["answer"] + await goes_on(asker, 3)
            assert time.monotonic() - frozen < 6
            await until_health_is(one, "degraded")
        finally:
            redis.thaw()
        await until_health_is(one, "ok")
        await asker.send(type="stop", id=first["id"])
        rest = await asker.rest()
        kept = await asker.ask(type="resume", id=first["id"])
    assert kept.text == said + rest.text


async def test_started_while_redis_is_away(
    own_pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, two = own_pair
    one.kill()
    redis.stop()
    one.start()
    async with (
        open_client(one.ws + CHAT, seeded.token) as asker,
        open_client(two.ws + CHAT, seeded.token) as other,
    ):
        received = await asker.ask(chat_id=seeded.load_chat_id, question="bench n=20 rate=40")
        assert tokens(received) == 20
        await asker.send(type="follow", session_id=received.session_id)
        assert (await asker.frame())["message"] == "following"
        redis.start()
        await until_health_is(one, "ok")
        await until_health_is(two, "ok")
        asked, followed = await asyncio.gather(
            other.ask(
                chat_id=seeded.load_chat_id, question="bench n=9", session_id=received.session_id
            ),
            asker.rest(),
        )
        assert followed.text == asked.text
