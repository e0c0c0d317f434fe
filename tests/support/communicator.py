"""A WebSocket client without a network, on Channels' communicator, for tests of the consumer."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from channels.testing import WebsocketCommunicator

from ragws.asgi import application
from tests.support.world import Person

# For a machine that is busy with other things.
TIMEOUT_S = 20


class Socket:
    def __init__(self, communicator: WebsocketCommunicator, chat_id: str) -> None:
        self._communicator = communicator
        self._chat_id = chat_id

    async def send(self, **frame: Any) -> None:
        await self.send_text(json.dumps(frame))

    async def send_text(self, text: str) -> None:
        # Not `send_to`, which cannot send an empty frame.
        await self._communicator.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, data: bytes) -> None:
        await self._communicator.send_to(bytes_data=data)

    async def ask(self, question: str, **fields: Any) -> None:
        await self.send(**{"chat_id": self._chat_id, "question": question, **fields})

    async def frame(self) -> Any:
        return json.loads(await self._communicator.receive_from(TIMEOUT_S))

    async def text(self) -> str:
        """The `answer` of the next chunk that has text."""
        while not (text := (await self.frame())["data"]["answer"]):
            pass
        return str(text)

    async def until_the_end(self) -> list[Any]:
        """The frames up to and including the completion frame."""
        frames = [await self.frame()]
        while frames[-1]["data"] is not True:
            frames.append(await self.frame())
        return frames

    async def event(self) -> Any:
        return await self._communicator.receive_output(TIMEOUT_S)

    async def is_silent(self) -> bool:
        return await self._communicator.receive_nothing(0.05)

    async def drop(self) -> None:
        await self._communicator.disconnect()


@asynccontextmanager
async def connected(
    person: Person, chat_id: str = "", path: str = "/v1/ws/chat", **headers: str
) -> AsyncIterator[Socket]:
    """With the person's token, unless other headers are given or the path has a query."""
    if not headers and "?" not in path:
        headers = {"authorization": f"Bearer {person.token}"}
    communicator = WebsocketCommunicator(
        application, path, [(name.encode(), value.encode()) for name, value in headers.items()]
    )
    is_open, _ = await communicator.connect(TIMEOUT_S)
    assert is_open
    try:
        yield Socket(communicator, chat_id)
    finally:
        await communicator.disconnect()


def whole_text(frames: list[Any]) -> str:
    return "".join(frame["data"]["answer"] for frame in frames if frame["data"] is not True)
