"""The health socket: says whether the server works, without authentication."""

from __future__ import annotations

from typing import Any

from chat.answers.hub import Hub
from chat.websocket.base import BaseConsumer
from chat.websocket.frame_encoder import status_frame
from chat.websocket.sender import Sender
from core.close_codes import NORMAL
from core.database_health import database_health

MAX_LIFE_S = 10
MAX_MESSAGES = 5
OK, DEGRADED = (status_frame(status, status=status) for status in ("ok", "degraded"))


class HealthConsumer(BaseConsumer):
    """Answers each message with the status, and never echoes anything of the client's."""

    def __init__(self, hub: Hub) -> None:
        super().__init__()
        self._hub = hub

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._received = 0
        sender = Sender(send)
        sender.close_in(MAX_LIFE_S, NORMAL, "")
        try:
            await super().__call__(scope, receive, send)
        finally:
            sender.cancel_timers()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any
    ) -> None:
        self._received += 1
        is_well = await self._hub.store.is_reachable() and await database_health().is_writable()
        await self.send(OK if is_well else DEGRADED)
        if self._received >= MAX_MESSAGES:
            await self.close(NORMAL)
