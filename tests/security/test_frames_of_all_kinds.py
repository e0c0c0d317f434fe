"""Fuzzing: each bad frame gets one error frame, and the next valid question is answered."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import chain
from typing import Any
from uuid import UUID

import pytest

from chat.models import Dialog
from ragws.asgi import application
from tests.support.bad_frames import CHAT_ID, CODES, Batch, batches
from tests.support.world import World

FRAMES = 3000 if os.environ.get("CI") else 1000
AT_ONCE = 40
TIMEOUT_S = 20


class Socket:
    """Calls the application directly: Channels' communicator would cost more than the frames."""

    def __init__(self, token: str) -> None:
        self._in: asyncio.Queue[Any] = asyncio.Queue()
        self._out: asyncio.Queue[Any] = asyncio.Queue()
        scope = {
            "type": "websocket",
            "path": "/v1/ws/chat",
            "query_string": b"",
            "headers": [(b"authorization", f"Bearer {token}".encode())],
            "client": ("192.0.2.1", 5000),
        }
        self.running = asyncio.ensure_future(application(scope, self._in.get, self._out.put))

    def put(self, kind: str, **fields: object) -> None:
        self._in.put_nowait({"type": f"websocket.{kind}", **fields})

    def send(self, frame: str | bytes) -> None:
        self.put("receive", **{"text" if isinstance(frame, str) else "bytes": frame})

    async def output(self) -> Any:
        """The next event; raises the application's exception if it has ended."""
        coming = asyncio.ensure_future(self._out.get())
        await asyncio.wait(
            [coming, self.running], timeout=TIMEOUT_S, return_when=asyncio.FIRST_COMPLETED
        )
        if not coming.done():
            coming.cancel()
            end = self.running.exception() if self.running.done() else None
            raise AssertionError("Nothing comes") from end
        return coming.result()

    async def frame(self) -> Any:
        return json.loads((await self.output())["text"])


@asynccontextmanager
async def connected(token: str) -> AsyncIterator[Socket]:
    socket = Socket(token)
    socket.put("connect")
    assert (await socket.output())["type"] == "websocket.accept"
    try:
        yield socket
    finally:
        socket.put("disconnect", code=1000)
        await asyncio.wait_for(socket.running, TIMEOUT_S)


@pytest.fixture
def dialog(transactional_db: None, world: World) -> Dialog:
    return Dialog.objects.create(pk=UUID(CHAT_ID), owner=world.alice.user, name="Tilos")


async def check_a_batch(token: str, batch: Batch) -> None:
    async with connected(token) as socket:
        for frame in batch:
            socket.send(frame)
        replies = [await socket.frame() for _ in batch]
        assert {reply["code"] for reply in replies} <= CODES
        assert all(isinstance(reply["data"]["answer"], str) for reply in replies)
        await check_a_good_question(socket)


async def check_a_good_question(socket: Socket) -> None:
    """Only its answer comes: each bad frame before it had one error frame."""
    socket.send(json.dumps({"chat_id": CHAT_ID, "question": "Where is Tilos?"}))
    frames = [await socket.frame()]
    while frames[-1]["data"] is not True:
        frames.append(await socket.frame())
    assert {frame["code"] for frame in frames} == {0}
    assert frames[-1]["status"] == "complete"


@pytest.mark.usefixtures("dialog")
def test_each_bad_frame_gets_one_error_frame(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    sent = batches(FRAMES, AT_ONCE)
    with asyncio.Runner() as runner:
        for batch in sent:
            runner.run(check_a_batch(world.alice.token, batch))
    assert len(set(chain.from_iterable(sent))) >= FRAMES / 2
    assert [record.getMessage() for record in caplog.records if record.levelname == "ERROR"] == []
