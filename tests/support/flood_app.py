"""An ASGI application that sends 60 MB to each client, for `test_stalled_readers`.

`python -m tests.support.flood_app uvicorn|daphne` prints the port it listens on.
"""

from __future__ import annotations

import asyncio
import sys
from typing import Any

import django

from ragws.servers.listening import listen

FRAME = "x" * 2000
FRAMES = 30_000
TIMEOUT_S = 2


async def application(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] != "websocket":
        return
    await receive()
    await send({"type": "websocket.accept"})
    try:
        for _ in range(FRAMES):
            frame = {"type": "websocket.send", "text": FRAME}
            await asyncio.wait_for(send(frame), TIMEOUT_S)
        await send({"type": "websocket.close", "code": 1000, "reason": "All sent"})
    except TimeoutError:
        await send({"type": "websocket.close", "code": 1008, "reason": "Nothing was read"})
    while (await receive())["type"] != "websocket.disconnect":
        pass


def main(kind: str) -> None:
    django.setup()
    # They import models.
    from ragws.servers.daphne import server as daphne
    from ragws.servers.uvicorn import server as uvicorn

    listener = listen("127.0.0.1", 0)
    sys.stdout.write(f"{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    run = uvicorn.run if kind == "uvicorn" else daphne.run
    run(application, listener)


if __name__ == "__main__":
    main(sys.argv[1])
