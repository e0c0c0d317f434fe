"""What all our consumers are, and those that only say no."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from channels.exceptions import StopConsumer
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from chat.websocket.frames import error_frame
from chat.websocket.throttling import Queue, TokenBucket
from core.close_codes import INTERNAL_ERROR, POLICY_VIOLATION
from core.errors import AppError, NotFound

# Refusals of this process. Who is refused and comes again at once, many times, has to wait longer
# and longer, and keeps nobody else waiting.
refusal_bucket = Queue(a_second=50, most_s=2)
# The sub-protocol: what is spoken here.
PROTOCOL = "ragws.v1"


class BaseConsumer(AsyncJsonWebsocketConsumer):
    """Channels' consumer, less what hurts when there are many sockets.

    No channel of the layer for each: `live.doorbell` has one for all, so that a layer out of
    reach closes no socket. And no closing of old database connections before each message, in the
    one thread that all ORM calls share: a slow query anywhere would delay every socket.
    """

    # Channels types neither the keys that middleware adds nor what tests send.
    scope: Any

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.scope, self.base_send = scope, send
        self.pace = TokenBucket()
        try:
            while True:
                await self.dispatch(await receive())
                await self.pace.keep()
        except StopConsumer:
            return

    async def accept(self, subprotocol: str | None = None, headers: Any = None) -> None:
        """A browser that offered protocols breaks off if none comes back. Ours is the only one
        that does: the credential, offered beside it, is never echoed."""
        offered = self.scope.get("subprotocols", ())
        await super().accept(PROTOCOL if PROTOCOL in offered else subprotocol, headers)

    async def dispatch(self, message: Any) -> None:
        await getattr(self, message["type"].replace(".", "_"))(message)

    async def websocket_disconnect(self, _message: Any) -> None:
        raise StopConsumer

    async def refuse(self, error: AppError) -> None:
        """A close before the accept would reach the client as a bare HTTP 403."""
        await self.accept()
        await self.send(error_frame(error))
        # By what the code means, a client knows whether to come back as it is.
        is_ours = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR
        await self.close(INTERNAL_ERROR if is_ours else POLICY_VIOLATION, str(error))


class RefusalConsumer(BaseConsumer):
    """Tells a client why it may not come in; crowds are told one after the other, later."""

    async def connect(self) -> None:
        await refusal_bucket.wait()
        await self.refuse(self.scope["refusal"])


class UnknownPathConsumer(BaseConsumer):
    """A socket at an address where there is none."""

    async def connect(self) -> None:
        await self.refuse(NotFound("There is no socket at this address"))
