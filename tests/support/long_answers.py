"""Answers that are still being written while a test does something to their server."""

from __future__ import annotations

import time

from websockets.exceptions import ConnectionClosed

from tests.support.frame_client import Frame, FrameClient, Received
from tests.support.seeded_data import SeededData

LONG = "bench n=20000 rate=40"


async def begin(
    client: FrameClient, seeded: SeededData, question: str = LONG, **fields: object
) -> Frame:
    """The first chunk of a new answer."""
    await client.send(chat_id=seeded.load_chat_id, question=question, **fields)
    chunk = (await client.chunk())["data"]
    assert isinstance(chunk, dict)
    return chunk


async def read_for(client: FrameClient, seconds: float) -> str:
    """The text that an answer brings in that time."""
    text, started = "", time.monotonic()
    while time.monotonic() < started + seconds:
        text += (await client.chunk())["data"]["answer"]
    return text


async def read_until_cut(client: FrameClient) -> str:
    text = ""
    try:
        while True:
            text += (await client.chunk())["data"]["answer"]
    except ConnectionClosed:
        return text


def tokens(received: Received) -> int:
    return len(received.text.split())
