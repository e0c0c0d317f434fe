"""Our own server, but everybody is let in unseen: what a handshake costs without a credential.

`python -m benchmarks.peers.without_lookup PORT` counts and notes who comes, as the true one does;
with `--bare` there are no limits and no audit log either.
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
from ragws.servers import uvicorn  # noqa: E402
from ragws.servers.listening import listen  # noqa: E402

identity = Identity(User(), "cookie", address="127.0.0.2")
chat = consumer_app(ChatConsumer)


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
