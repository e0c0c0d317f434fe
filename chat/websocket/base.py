"""The base of all WebSocket consumers, and the consumers that only refuse a connection."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from chat.websocket.frame_encoder import error_frame
from chat.websocket.throttling import LeakyBucket, TokenBucket
from core.close_codes import INTERNAL_ERROR, POLICY_VIOLATION
from core.errors import AppError, NotFound

# All refusals of this process. Clients that reconnect at once, again and again, wait longer and
# longer for the next refusal, and delay no client that is let in.
refusal_bucket = LeakyBucket(per_second=50, max_wait_s=2)
# The WebSocket sub-protocol of this server.
SUBPROTOCOL = "ragws.v1"


class BaseConsumer(AsyncJsonWebsocketConsumer):
    """Channels' consumer, without two costs that grow with the number of sockets.

    It has no channel of its own in the layer: `core.broadcast` has one for the process, so that a
    layer that is out of reach closes no socket. And it does not close old database connections
    before each message, in the one thread that all ORM calls share: a slow query anywhere would
    delay every socket.
    """

    # Channels types neither the keys that middleware adds nor what tests send.
    scope: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        self.throttle = TokenBucket(settings.MAX_FRAMES_PER_S)
        try:
            while True:
                await self.dispatch(await receive())
                await self.throttle.take()
        except StopConsumer:
            return

    async def accept(self, subprotocol: str | None = None, headers: Any = None) -> None:
        """A browser that offered sub-protocols closes the connection unless one comes back. Only
        ours does: a credential that is offered beside it is never echoed."""
        offered = self.scope.get("subprotocols", ())
        await super().accept(SUBPROTOCOL if SUBPROTOCOL in offered else subprotocol, headers)

    async def dispatch(self, message: Any) -> None:
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_disconnect(self, _message: Any) -> None:
        raise StopConsumer

    async def refuse(self, error: AppError) -> None:
        # Accept first: a close before it would reach the client as a bare HTTP 403.
        await self.accept()
        await self.send(error_frame(error))
        # From the code, a client knows whether it makes sense to connect again unchanged.
        is_ours = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR
        await self.close(INTERNAL_ERROR if is_ours else POLICY_VIOLATION, str(error))


class RefusalConsumer(BaseConsumer):
    """Tells a client why its connection is refused. Many refusals are spread over time."""

    async def connect(self) -> None:
        await refusal_bucket.wait()
        await self.refuse(self.scope["refusal"])


class UnknownPathConsumer(BaseConsumer):
    """Refuses a connection to an address that has no socket."""

    async def connect(self) -> None:
        await self.refuse(NotFound("There is no socket at this address"))
