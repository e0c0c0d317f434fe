"""A minimal ASGI application whose tokens come at a given rate."""

import json
import re
from typing import Any

from benchmarks.peers.wire import END, frame
from chat.engines.base import Delta
from chat.engines.load import DEFAULT_LENGTH, paced, unpaced

ASKED = re.compile(r"bench(?: n=(\d+))?(?: rate=(\d+))?")


async def app(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    while (message := await receive())["type"] == "websocket.receive":
        found = ASKED.search(message["text"])
        length, rate = found.groups() if found else (None, None)
        count = int(length or DEFAULT_LENGTH)
        async for event in paced(count, float(rate)) if rate else unpaced(count):
            if isinstance(event, Delta):
                said = frame()
                said["data"]["answer"] = event.text
                await send({"type": "websocket.send", "text": json.dumps(said)})
        await send({"type": "websocket.send", "text": json.dumps(END)})
