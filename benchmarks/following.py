"""One answer and all who follow it: what a token costs for each of them."""

from __future__ import annotations

import asyncio
import re

from benchmarks.client import Client, close_all, connect, look_now_and_then
from benchmarks.servers import Server

# As many frames a second as one core sends with ease, at most as many tokens as somebody reads.
FRAMES_A_SECOND, TOKENS_A_SECOND = 20_000, 200
# Longer than anybody takes to join: it is stopped.
LENGTH = 1_000_000
JOINING_AT_ONCE = 200
LOOK_S = 0.01
ANSWER_ID, SESSION_ID = re.compile(rb'"id":"(\w{32})"'), re.compile(rb'"session_id":"(\w{32})"')


async def followed(server: Server, followers: int, seconds: float) -> float:
    """Microseconds of CPU per token and follower, without what open sockets cost by themselves."""
    clients = await connect(server, followers)
    [asker] = await connect(server, 1)
    looking = asyncio.create_task(look_now_and_then(LOOK_S))
    idle_s = await _cpu_s(server, seconds)
    answer_id = await _join(asker, clients)
    frames = sum(client.frames for client in clients)
    cpu_s = await _cpu_s(server, seconds) - idle_s
    frames = sum(client.frames for client in clients) - frames
    asker.send({"type": "stop", "id": answer_id})
    if not all(await asyncio.gather(*(client.ended for client in clients))):
        raise RuntimeError("A follower was lost")
    looking.cancel()
    close_all([*clients, asker])
    return round(cpu_s / frames * 1e6, 1)


async def _cpu_s(server: Server, seconds: float) -> float:
    before = server.cpu_s()
    await asyncio.sleep(seconds)
    return server.cpu_s() - before


async def _join(asker: Client, clients: list[Client]) -> str:
    """All follow the answer, whose id comes back."""
    rate = min(TOKENS_A_SECOND, FRAMES_A_SECOND / len(clients))
    asker.ask(f"bench n={LENGTH} rate={rate:g}")
    while not (session := SESSION_ID.search(asker.last_seen)):  # noqa: ASYNC110
        await asyncio.sleep(LOOK_S)
    found = ANSWER_ID.search(asker.last_seen)
    assert found
    for start in range(0, len(clients), JOINING_AT_ONCE):
        some = clients[start : start + JOINING_AT_ONCE]
        for client in some:
            client.send({"type": "resume", "session_id": session[1].decode()})
        while not all(client.frames for client in some):  # noqa: ASYNC110
            await asyncio.sleep(LOOK_S)
    return found[1].decode()
