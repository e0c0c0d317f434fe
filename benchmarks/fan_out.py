"""Many clients that read the same answer: what a token costs for each of them."""

from __future__ import annotations

import asyncio
import re

from benchmarks.client import Client, close_all, connect, poll_sockets
from benchmarks.servers import Server

# Frames that one core sends with ease; tokens that one client reads.
FRAMES_A_SECOND, TOKENS_A_SECOND = 20_000, 200
# The answer is stopped before it gets so long.
LENGTH = 1_000_000
JOINING_AT_ONCE = 200
POLL_S = 0.01
ANSWER_ID, SESSION_ID = re.compile(rb'"id":"(\w{32})"'), re.compile(rb'"session_id":"(\w{32})"')


async def cpu_us_per_follower(server: Server, followers: int, seconds: float) -> float:
    """Microseconds of CPU per token and follower, less the cost of the idle sockets."""
    clients = await connect(server, followers)
    [asker] = await connect(server, 1)
    polling = asyncio.create_task(poll_sockets(POLL_S))
    idle_s = await _cpu_s(server, seconds)
    answer_id = await _join(asker, clients)
    frames = sum(client.frames for client in clients)
    cpu_s = await _cpu_s(server, seconds) - idle_s
    frames = sum(client.frames for client in clients) - frames
    asker.send({"type": "stop", "id": answer_id})
    if not all(await asyncio.gather(*(client.ended for client in clients))):
        raise RuntimeError("A follower was lost")
    polling.cancel()
    close_all([*clients, asker])
    return round(cpu_s / frames * 1e6, 1)


async def _cpu_s(server: Server, seconds: float) -> float:
    before = server.cpu_s()
    await asyncio.sleep(seconds)
    return server.cpu_s() - before


async def _join(asker: Client, clients: list[Client]) -> str:
    """All clients resume the same answer; returns its id."""
    rate = min(TOKENS_A_SECOND, FRAMES_A_SECOND / len(clients))
    asker.ask(f"bench n={LENGTH} rate={rate:g}")
    while not (session := SESSION_ID.search(asker.last_seen)):  # noqa: ASYNC110
        await asyncio.sleep(POLL_S)
    found = ANSWER_ID.search(asker.last_seen)
    assert found
    for start in range(0, len(clients), JOINING_AT_ONCE):
        some = clients[start : start + JOINING_AT_ONCE]
        for client in some:
            client.send({"type": "resume", "session_id": session[1].decode()})
        while not all(client.frames for client in some):  # noqa: ASYNC110
            await asyncio.sleep(POLL_S)
    return found[1].decode()
