"""The health socket: for anyone, says that the server is there, and nothing else."""

from __future__ import annotations

from typing import Any

from chat.frames import note
from chat.live.hub import hub
from chat.outlet import NORMAL, Outlet
from chat.quiet import QuietConsumer

LIFE_S = 10
MAX_MESSAGES = 5
OK, DEGRADED = (note(status, status=status) for status in ("ok", "degraded"))


class HealthConsumer(QuietConsumer):
    """Whatever it is sent, it says the same: nothing of the client's is ever echoed."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self._heard = 0
        outlet = Outlet(send)
        outlet.close_in(LIFE_S, NORMAL, "")
        try:
            await super().__call__(scope, receive, send)
        finally:
            outlet.retire()

    async def receive(
        self, text_data: str | None = None, bytes_data: bytes | None = None, **_: Any
    ) -> None:
        self._heard += 1
        await self.send(OK if await hub.store.check() else DEGRADED)
        if self._heard >= MAX_MESSAGES:
            await self.close(NORMAL)
