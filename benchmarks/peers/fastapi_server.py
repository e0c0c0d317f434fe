"""As FastAPI's documentation shows it: `send_json` for each token."""

import asyncio

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

from benchmarks.peers.wire import END, frame, length

app = FastAPI()


@app.websocket("/v1/ws/chat")
async def chat(socket: WebSocket) -> None:
    await socket.accept()
    try:
        while True:
            asked = await socket.receive_json()
            for _ in range(length(asked["question"])):
                await asyncio.sleep(0)
                await socket.send_json(frame())
            await socket.send_json(END)
    except WebSocketDisconnect:
        return
