"""The ASGI application: HTTP goes to Django, WebSockets to the consumers."""

import os
from typing import Any, cast

from channels.generic.websocket import AsyncWebsocketConsumer
from channels.routing import ProtocolTypeRouter
from django.core.asgi import get_asgi_application

from ragws.log_filters import install_query_string_filters

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")
install_query_string_filters()
# Django has to be set up before anything that imports models.
django_application = get_asgi_application()

from accounts.middleware import App, IdentityMiddleware, Receive, Scope, Send  # noqa: E402
from chat.answers.lost_process_watcher import recovery_task  # noqa: E402
from chat.http.router import with_routes  # noqa: E402
from chat.rest.answers.routes import ANSWER_ROUTES  # noqa: E402
from chat.rest.datasets.retrieval import RETRIEVAL_ROUTES  # noqa: E402
from chat.rest.dialogs.completions import DIALOG_ROUTES  # noqa: E402
from chat.rest.openai.routes import OPENAI_ROUTES  # noqa: E402
from chat.rest.ragflow.questions import QUESTION_ROUTES  # noqa: E402
from chat.websocket.base import RefusalConsumer, UnknownPathConsumer  # noqa: E402
from chat.websocket.consumer import ChatConsumer  # noqa: E402
from chat.websocket.health import HealthConsumer  # noqa: E402
from ragws.probes import with_probes  # noqa: E402
from ragws.ragflow_addresses import with_ragflow_addresses  # noqa: E402
from ragws.request_bodies import with_limited_bodies  # noqa: E402
from ragws.server_hub import hub  # noqa: E402
from ragws.url_prefix import below_prefix, path_in_site  # noqa: E402


def consumer_app(consumer: type[AsyncWebsocketConsumer], **options: Any) -> App:
    return cast(App, consumer.as_asgi(**options))


WEBSOCKETS: dict[str, App] = {
    "/v1/ws/chat": IdentityMiddleware(
        consumer_app(ChatConsumer, hub=hub), consumer_app(RefusalConsumer)
    ),
    "/v1/ws/health": consumer_app(HealthConsumer, hub=hub),
}
UNKNOWN_PATH = consumer_app(UnknownPathConsumer)
recovery = recovery_task(hub)


async def websocket_app(scope: Scope, receive: Receive, send: Send) -> None:
    recovery().ensure_running()
    await WEBSOCKETS.get(path_in_site(scope["path"]).rstrip("/"), UNKNOWN_PATH)(
        scope, receive, send
    )


HTTP_ROUTES = [
    *ANSWER_ROUTES,
    *OPENAI_ROUTES,
    *RETRIEVAL_ROUTES,
    *DIALOG_ROUTES,
    *QUESTION_ROUTES,
]
routed_app = with_routes(
    cast(App, django_application), HTTP_ROUTES, hub, lambda: recovery().ensure_running()
)
limited_app = with_limited_bodies(below_prefix(routed_app))


def is_routed(path: str) -> bool:
    return any(route.match(path) is not None for route in HTTP_ROUTES)


http_app = with_probes(with_ragflow_addresses(limited_app, is_routed), WEBSOCKETS)
application: Any = ProtocolTypeRouter({"http": http_app, "websocket": websocket_app})
