"""A minimal ASGI application: one frame for each token, made with `json.dumps`."""

import asyncio
import json
from typing import Any

from benchmarks.peers.wire import END, frame, length


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        for _ in range(length(message["text"])):
            await asyncio.sleep(0)
            await send({"type": "websocket.send", "text": json.dumps(frame())})
        await send({"type": "websocket.send", "text": json.dumps(END)})
