"""Our own server, but everybody is let in unseen: what a handshake costs without a credential."""

import os
import sys
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ragws.settings")

from accounts.identity import Identity
from accounts.models import User
from ragws import server
from ragws.asgi import application_of  # noqa: E402  sets Django up
from ragws.listening import listen

chat = application_of(ChatConsumer)


def main() -> None:
    identity = Identity(User(), "cookie")

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "websocket":
            await chat({**scope, "identity": identity}, receive, send)

    server.run(app, listen("127.0.0.1", int(sys.argv[1])))


if __name__ == "__main__":
    main()
