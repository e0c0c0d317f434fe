"""Floods of frames and of refusals are slowed down; questions that are answered are not."""

from __future__ import annotations

import asyncio
from typing import Any

from chat.websocket.throttling import BURST_S, LeakyBucket, TokenBucket
from tests.chat.conftest import Connect
from tests.support.scripted_engine import ScriptedEngine


async def test_a_flood_is_slowed_down(alice: Connect, settings: Any) -> None:
    settings.MAX_FRAMES_PER_S = 1
    async with alice() as socket:
        for _ in range(BURST_S + 3):
            await socket.send(type="ping")
        # The accept was one of them.
        for _ in range(BURST_S):
            assert (await socket.frame())["message"] == "pong"
        assert await socket.is_silent()
        assert (await socket.frame())["message"] == "pong"


async def test_questions_that_are_answered_do_not_count(
    alice: Connect, engine: ScriptedEngine, settings: Any
) -> None:
    settings.MAX_FRAMES_PER_S = 1
    loop = asyncio.get_running_loop()
    began = loop.time()
    async with alice() as socket:
        for _ in range(4 * BURST_S):
            engine.end()
            await socket.ask("Where is Tilos?")
            await socket.until_the_end()
    assert loop.time() - began < 2 * BURST_S


async def test_without_a_limit_no_frame_waits() -> None:
    loop = asyncio.get_running_loop()
    began = loop.time()
    bucket = TokenBucket(0)
    for _ in range(1000):
        await bucket.take()
    assert loop.time() - began < 1


async def test_other_sockets_get_their_turn() -> None:
    """Also while there are tokens left."""
    turns: list[str] = []

    async def talk(name: str) -> None:
        bucket = TokenBucket(20)
        for _ in range(3):
            turns.append(name)
            await bucket.take()

    await asyncio.gather(talk("one"), talk("two"))
    assert turns == ["one", "two"] * 3


async def test_a_leaky_bucket_spreads_a_crowd_over_time() -> None:
    loop = asyncio.get_running_loop()
    bucket = LeakyBucket(per_second=10, max_wait_s=0.5)

    async def waited() -> float:
        began = loop.time()
        await bucket.wait()
        return loop.time() - began

    times = await asyncio.gather(*(waited() for _ in range(30)))
    assert max(times[:10]) < min(times[15:])
    assert min(times[15:]) > 0.3
    assert max(times) < 5
