"""As Quart's documentation shows it: `send_json` for each token."""

import asyncio

from quart import Quart, websocket

from benchmarks.peers.wire import END, frame, length

app = Quart(__name__)


@app.websocket("/v1/ws/chat")
async def chat() -> None:
    while True:
        asked = await websocket.receive_json()
        for _ in range(length(asked["question"])):
            await asyncio.sleep(0)
            await websocket.send_json(frame())
        await websocket.send_json(END)
