"""Our server without authentication: what a handshake costs apart from looking up the token.

`python -m benchmarks.peers.no_lookup PORT` checks limits and writes the audit log as usual;
with `--bare` it does neither.
"""

import sys
from typing import Any

import django

django.setup()

from accounts import middleware  # noqa: E402
from accounts.credentials import Credentials  # noqa: E402
from accounts.identity import Identity  # noqa: E402
from accounts.models import User  # noqa: E402
from chat.websocket.consumer import ChatConsumer  # noqa: E402
from ragws.asgi import application, consumer_app  # noqa: E402
from ragws.server_hub import hub  # noqa: E402
from ragws.servers.listening import listen  # noqa: E402
from ragws.servers.uvicorn import server as uvicorn  # noqa: E402

identity = Identity(User(), "cookie", address="127.0.0.2")
chat = consumer_app(ChatConsumer, hub=hub)


async def bare(scope: Any, receive: Any, send: Any) -> None:
    if scope["type"] == "websocket":
        await chat({**scope, "identity": identity}, receive, send)


def main() -> None:
    listener = listen("127.0.0.1", int(sys.argv[1]))
    if "--bare" in sys.argv:
        uvicorn.run(bare, listener)
        return
    vars(middleware)["_cached_identity"] = lambda _scope: (Credentials(), identity)
    uvicorn.run(application, listener)


if __name__ == "__main__":
    main()
