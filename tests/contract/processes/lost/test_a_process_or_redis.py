"""A process or Redis is lost in mid-answer: no question and no byte already sent is lost."""

from __future__ import annotations

import asyncio
import time

import pytest

from tests.contract.conftest import CHAT
from tests.support.frame_client import FrameClient, open_client
from tests.support.long_answers import begin, read_for, read_until_cut, tokens
from tests.support.redis_server import RedisServer
from tests.support.restored_servers import wait_for_health
from tests.support.seeded_data import SeededData
from tests.support.server import Server


@pytest.mark.parametrize("direction", [1, -1])
async def test_a_process_is_killed_while_another_serves_a_reader(
    pair: list[Server], seeded: SeededData, direction: int
) -> None:
    victim, survivor = pair[::direction]
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
        shown += await read_until_cut(asker)
        followed = await other.rest()
        assert time.monotonic() - killed < 10
        assert [error["code"] for error in followed.errors] == [503]
        assert followed.completion["status"] == "interrupted"

        resumed = await other.ask(type="resume", id=first["id"])
        assert resumed.text.startswith(followed.text)
        assert resumed.text.startswith(shown)
        assert resumed.completion["status"] == "interrupted"
        more = await other.ask(
            chat_id=seeded.load_chat_id, question="bench n=3", session_id=first["session_id"]
        )
        assert tokens(more) == 3


@pytest.mark.parametrize("direction", [1, -1])
async def test_a_process_drains_while_another_serves_a_reader(
    pair: list[Server], seeded: SeededData, direction: int
) -> None:
    draining, survivor = pair[::direction]
    async with (
        open_client(draining.ws + CHAT, seeded.token) as short_asker,
        open_client(draining.ws + CHAT, seeded.token) as long_asker,
        open_client(survivor.ws + CHAT, seeded.token) as other,
    ):
        short = await begin(short_asker, seeded, "bench n=40 rate=40")
        long = await begin(long_asker, seeded)
        await other.send(type="resume", id=long["id"])
        await other.chunk()
        assert draining.process
        draining.process.terminate()
        in_time, too_late = await short_asker.rest(), await long_asker.rest()
        assert in_time.completion["status"] == "complete"
        assert [error["code"] for error in too_late.errors] == [503]
        assert too_late.completion["status"] == "interrupted"
        for client in (short_asker, long_asker):
            code, reason = await client.closed()
            assert code == 1012
            assert "retry after" in str(reason)
        assert draining.wait() == 0
        assert (await other.rest()).completion["status"] == "interrupted"
        resumed = await other.ask(type="resume", id=long["id"])
        assert resumed.text == long["answer"] + too_late.text
        assert tokens(await other.ask(type="resume", id=short["id"])) == 40


@pytest.mark.parametrize("direction", [1, -1])
async def test_redis_is_lost_and_comes_back_empty(
    pair: list[Server], seeded: SeededData, redis: RedisServer, direction: int
) -> None:
    one, two = pair[::direction]
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
        text = first["answer"] + await read_for(asker, 0.5)
        assert time.monotonic() - lost < 4
        await wait_for_health(one, "degraded")
        await wait_for_health(two, "degraded")
        new = await neighbour.ask(chat_id=seeded.load_chat_id, question="bench n=20 rate=40")
        assert tokens(new) == 20
        # From the database, which is up to a second behind.
        followed += await read_for(other, 1)

        redis.start()
        await wait_for_health(one, "ok")
        await wait_for_health(two, "ok")
        # New readers get the whole text.
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
        assert text + rest.text == followed + followed_rest.text


async def test_an_answer_that_stands_still_is_resumed_elsewhere_though_redis_came_back_empty(
    asker: FrameClient,
    other: FrameClient,
    pair: list[Server],
    seeded: SeededData,
    redis: RedisServer,
) -> None:
    # A token now, and the next one in fifty seconds.
    first = await begin(asker, seeded, "bench n=2 rate=0.02")
    redis.empty()
    await other.send(type="resume", id=first["id"], offset=first["offset"])
    await other.send(type="stop", id=first["id"])
    rest = await other.rest()
    assert (rest.errors, rest.text) == ([], "")
    assert rest.completion["status"] == "stopped"


async def test_an_offset_that_was_never_reached_is_refused_on_another_process(
    asker: FrameClient, other: FrameClient, seeded: SeededData
) -> None:
    first = await begin(asker, seeded)
    frame = await other.refused(type="resume", id=first["id"], offset=10**9)
    assert frame["code"] == 409
    assert "beyond" in frame["message"]
    await asker.ask(type="stop", id=first["id"])


async def test_redis_is_restarted_empty_between_two_commands(
    pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, two = pair
    async with open_client(one.ws + CHAT, seeded.token) as asker:
        first = await begin(asker, seeded)
        text = first["answer"] + await read_for(asker, 1)
        redis.stop()
        redis.start()
        text += await read_for(asker, 2)
        await wait_for_health(one, "ok")
        text += await read_for(asker, 1)
        one.kill()
    async with open_client(two.ws + CHAT, seeded.token) as other:
        resumed = await other.ask(type="resume", id=first["id"])
    assert resumed.text.startswith(text)
    assert resumed.completion["status"] == "interrupted"


async def test_redis_freezes(pair: list[Server], seeded: SeededData, redis: RedisServer) -> None:
    one, _ = pair
    async with open_client(one.ws + CHAT, seeded.token) as asker:
        first = await begin(asker, seeded)
        redis.freeze()
        try:
            frozen = time.monotonic()
            text = first["answer"] + await read_for(asker, 3)
            assert time.monotonic() - frozen < 6
            await wait_for_health(one, "degraded")
        finally:
            redis.thaw()
        await wait_for_health(one, "ok")
        await asker.send(type="stop", id=first["id"])
        rest = await asker.rest()
        resumed = await asker.ask(type="resume", id=first["id"])
    assert resumed.text == text + rest.text


async def test_started_while_redis_is_away(
    pair: list[Server], seeded: SeededData, redis: RedisServer
) -> None:
    one, two = pair
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
        await wait_for_health(one, "ok")
        await wait_for_health(two, "ok")
        more = {"session_id": received.session_id, "question": "bench n=9"}
        asked, followed = await asyncio.gather(
            other.ask(chat_id=seeded.load_chat_id, **more), asker.rest()
        )
        assert followed.text == asked.text
