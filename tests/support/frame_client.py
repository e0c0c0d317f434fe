"""A WebSocket client over a real socket that returns every frame, for tests of the protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

WAIT_S = 15
Frame = dict[str, Any]


@dataclass
class Received:
    """The frames of one answer, up to its completion frame or its error frame."""

    frames: list[Frame] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(chunk["answer"] for chunk in self.chunks)

    @property
    def chunks(self) -> list[Frame]:
        return [frame["data"] for frame in self.frames if is_chunk(frame)]

    @property
    def errors(self) -> list[Frame]:
        return [frame for frame in self.frames if frame["code"] != 0]

    @property
    def reference(self) -> Any:
        return self.chunks[-1]["reference"]

    @property
    def session_id(self) -> str:
        return str(self.chunks[0]["session_id"])

    @property
    def id(self) -> str:
        return str(self.chunks[0]["id"])

    @property
    def completion(self) -> Frame:
        assert self.frames[-1]["data"] is True, self.frames[-1]
        return self.frames[-1]


def is_chunk(frame: Frame) -> bool:
    return frame["code"] == 0 and frame["data"] is not True


class FrameClient:
    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket

    async def send(self, **fields: object) -> None:
        await self.socket.send(json.dumps(fields))

    async def send_raw(self, frame: str | bytes) -> None:
        await self.socket.send(frame)

    async def frame(self) -> Frame:
        async with asyncio.timeout(WAIT_S):
            text = await self.socket.recv()
        assert isinstance(text, str)
        frame: Frame = json.loads(text)
        check_envelope(frame)
        return frame

    async def chunk(self) -> Frame:
        """The next frame with text."""
        while True:
            frame = await self.frame()
            if is_chunk(frame) and frame["data"]["answer"]:
                return frame

    async def rest(self) -> Received:
        """All frames up to the completion frame."""
        received = Received()
        while not received.frames or received.frames[-1]["data"] is not True:
            try:
                received.frames.append(await self.frame())
            except TimeoutError:
                raise AssertionError(f"No completion frame after {received.frames[-3:]}") from None
        return received

    async def ask(self, **fields: object) -> Received:
        await self.send(**fields)
        return await self.rest()

    async def refused(self, **fields: object) -> Frame:
        """The error frame of a refused request; the connection stays usable."""
        await self.send(**fields)
        return await self.refusal()

    async def refusal(self) -> Frame:
        frame = await self.frame()
        assert frame["code"] != 0, frame
        await self.send(type="ping")
        assert (await self.frame())["message"] == "pong"
        return frame

    async def closed(self) -> tuple[int | None, str | None]:
        """The close code and reason; frames before the close are dropped."""
        async with asyncio.timeout(WAIT_S):
            try:
                while True:
                    await self.socket.recv()
            except ConnectionClosed:
                return self.socket.close_code, self.socket.close_reason


def check_envelope(frame: Frame) -> None:
    """The fields of part A of the protocol, which every frame has."""
    assert {"code", "message", "data"} <= frame.keys(), frame
    if frame["data"] is not True:
        assert isinstance(frame["data"]["answer"], str), frame
    if frame["code"] != 0:
        assert frame["message"], frame
        assert frame["data"]["answer"] == f"**ERROR**: {frame['message']}"
        assert frame["data"]["reference"] == []


@asynccontextmanager
async def open_client(
    url: str, token: str = "", headers: Mapping[str, str] | None = None
) -> AsyncIterator[FrameClient]:
    address = f"{url}?token={token}" if token else url
    async with connect(address, additional_headers=headers, max_size=None) as socket:
        yield FrameClient(socket)
