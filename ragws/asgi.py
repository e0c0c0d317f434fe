"""The way in: HTTP to Django, WebSockets to the consumers."""

import os
from typing import Any, cast

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from ragws.log_filters import hide_queries

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")
hide_queries()
# Django has to be set up before anything that imports models.
django_application = get_asgi_application()

from accounts.middleware import App, IdentityMiddleware, Receive, Scope, Send  # noqa: E402
from chat.answers.recovery import recovery_task  # noqa: E402
from chat.websocket.base import RefusalConsumer, UnknownPathConsumer  # noqa: E402
from chat.websocket.consumer import ChatConsumer  # noqa: E402
from chat.websocket.health import HealthConsumer  # noqa: E402
from ragws.hub import hub  # noqa: E402


def application_of(consumer: type[AsyncWebsocketConsumer], **options: Any) -> App:
    return cast(App, consumer.as_asgi(**options))


SOCKETS: dict[str, App] = {
    "/v1/ws/chat": IdentityMiddleware(
        application_of(ChatConsumer, hub=hub), application_of(RefusalConsumer)
    ),
    "/v1/ws/health": application_of(HealthConsumer, hub=hub),
}
NO_SOCKET = application_of(UnknownPathConsumer)
recovery = recovery_task(hub)


async def sockets(scope: Scope, receive: Receive, send: Send) -> None:
    recovery().ensure_running()
    await SOCKETS.get(scope["path"].rstrip("/"), NO_SOCKET)(scope, receive, send)


application: Any = ProtocolTypeRouter({"http": django_application, "websocket": sockets})
