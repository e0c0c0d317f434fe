"""The health socket: for anyone, says that the server is there, and nothing else."""

from __future__ import annotations

from typing import Any

from chat.answers.hub import Hub
from chat.websocket.base import BaseConsumer
from chat.websocket.frames import status_frame
from chat.websocket.sender import Sender
from core.close_codes import NORMAL

LIFE_S = 10
MAX_MESSAGES = 5
OK, DEGRADED = (status_frame(status, status=status) for status in ("ok", "degraded"))


class HealthConsumer(BaseConsumer):
    """Whatever it is sent, it says the same: nothing of the client's is ever echoed."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._heard = 0
        outlet = Sender(send)
        outlet.close_in(LIFE_S, NORMAL, "")
        try:
            await super().__call__(scope, receive, send)
        finally:
            outlet.retire()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any
    ) -> None:
        self._heard += 1
        await self.send(OK if await self._hub.store.is_reachable() else DEGRADED)
        if self._heard >= MAX_MESSAGES:
            await self.close(NORMAL)
