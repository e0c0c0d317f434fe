"""The way in: HTTP to Django, WebSockets to the consumers."""

import os
from typing import Any, cast

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from ragws.logs import hide_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")
hide_queries()
# Django has to be set up before anything that imports models.
django_application = get_asgi_application()

from accounts.middleware import App, IdentityMiddleware, Receive, Scope, Send  # noqa: E402
from chat.consumers import ChatConsumer  # noqa: E402
from chat.health import HealthConsumer  # noqa: E402
from chat.live.caretaker import look_after_lost  # noqa: E402
from chat.live.hub import hub  # noqa: E402
from chat.quiet import LostConsumer, RefusalConsumer  # noqa: E402


def application_of(consumer: type[AsyncWebsocketConsumer]) -> App:
    return cast(App, consumer.as_asgi())


SOCKETS: dict[str, App] = {
    "/v1/ws/chat": IdentityMiddleware(
        application_of(ChatConsumer), application_of(RefusalConsumer)
    ),
    "/v1/ws/health": application_of(HealthConsumer),
}
NO_SOCKET = application_of(LostConsumer)


async def sockets(scope: Scope, receive: Receive, send: Send) -> None:
    look_after_lost(hub)
    await SOCKETS.get(scope["path"].rstrip("/"), NO_SOCKET)(scope, receive, send)


application: Any = ProtocolTypeRouter({"http": django_application, "websocket": sockets})
