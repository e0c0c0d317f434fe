"""An HTTP request as its handlers see it, and the reading of its body and its query."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from accounts.credentials import MAX_PARAMETERS
from accounts.identity import Identity
from chat.answers.hub import Hub
from chat.http.connection import Connection
from core.errors import BadRequest

Receive = Callable[[], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class HttpRequest:
    identity: Identity
    hub: Hub
    connection: Connection
    # The parts of the path in angle brackets.
    path: Mapping[str, str]
    query_string: str
    # By their names in lower case.
    headers: Mapping[str, str]
    body: bytes

    def text(self) -> str:
        try:
            return self.body.decode()
        except UnicodeDecodeError:
            raise BadRequest("The body is not UTF-8") from None

    def query(self) -> dict[str, str]:
        """Each parameter once; those of a list are joined by commas."""
        try:
            pairs = parse_qsl(
                self.query_string, keep_blank_values=True, max_num_fields=MAX_PARAMETERS
            )
        except ValueError:
            raise BadRequest("The address has too many parameters") from None
        found: dict[str, str] = {}
        for name, value in pairs:
            found[name] = f"{found[name]},{value}" if name in found else value
        return found


async def read_body(receive: Receive) -> bytes | None:
    """None if the client leaves before its end. How large it may be was checked before."""
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += message.get("body", b"")
        if not message.get("more_body"):
            return bytes(body)
