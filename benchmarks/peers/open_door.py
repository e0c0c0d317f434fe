"""Our own server, but everybody is let in unseen: what a handshake costs without a credential."""

import sys
from typing import Any

import django

django.setup()

from accounts.identity import Identity  # noqa: E402
from accounts.models import User  # noqa: E402
from chat.consumers import ChatConsumer  # noqa: E402
from ragws import server  # noqa: E402
from ragws.asgi import application_of  # noqa: E402
from ragws.listening import listen  # noqa: E402

chat = application_of(ChatConsumer)


def main() -> None:
    identity = Identity(User(), "cookie")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await chat({**scope, "identity": identity}, receive, send)

    server.run(app, listen("127.0.0.1", int(sys.argv[1])))


if __name__ == "__main__":
    main()
