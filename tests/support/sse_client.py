"""A client of server-sent events over a real connection, which reads all bytes, or some of them."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx

WAIT_S = 20
COMPLETION = "/v1/conversation/completion"


@dataclass
class Event:
    """`data` is JSON; None for a comment."""

    data: Any = None
    id: str = ""
    name: str = ""
    retry: str = ""
    comment: bool = False


def parse(text: str) -> Event:
    """One block of lines, without the empty line that ends it."""
    event = Event()
    for line in text.split("\n"):
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "":
                event.comment = True
            case "data":
                event.data = json.loads(value)
            case "id":
                event.id = value
            case "event":
                event.name = value
            case "retry":
                event.retry = value
            case _:
                raise AssertionError(f"An unknown field: {line!r}")
    return event


class EventReader:
    """Takes bytes as they come, and makes events of those that are whole."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self._unread = b""

    def feed(self, data: bytes) -> None:
        *blocks, self._unread = (self._unread + data).split(b"\n\n")
        self.events += [parse(block.decode()) for block in blocks]

    @property
    def frames(self) -> list[Any]:
        return [event.data for event in self.events if event.data is not None]

    @property
    def text(self) -> str:
        return "".join(
            frame["data"]["answer"]
            for frame in self.frames
            if frame["code"] == 0 and frame["data"] is not True
        )

    @property
    def last_id(self) -> str:
        return next((event.id for event in reversed(self.events) if event.id), "")

    @property
    def completion(self) -> Any:
        assert self.frames[-1]["data"] is True, self.frames[-1]
        return self.frames[-1]


@dataclass
class HttpClient:
    http: httpx.AsyncClient
    headers: dict[str, str] = field(default_factory=dict)

    @asynccontextmanager
    async def stream(
        self, method: str, path: str, **options: Any
    ) -> AsyncIterator[tuple[httpx.Response, EventReader, AsyncIterator[bytes]]]:
        """The response, the events so far, and the pieces of it that are still to come."""
        async with self.http.stream(method, path, **options) as response:
            reader = EventReader()
            yield response, reader, response.aiter_raw()

    async def events(self, method: str, path: str, **options: Any) -> EventReader:
        """All of them."""
        return await self.events_until(method, path, None, **options)

    async def events_until(
        self, method: str, path: str, size: int | None, **options: Any
    ) -> EventReader:
        """Those that are whole in the first `size` bytes of the stream, which is cut there."""
        async with self.stream(method, path, **options) as (response, reader, pieces):
            assert response.status_code == 200, await response.aread()
            assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
            left = size
            async for piece in pieces:
                reader.feed(piece if left is None else piece[:left])
                left = None if left is None else left - len(piece)
                if left is not None and left <= 0:
                    break
        return reader

    async def ask(self, **fields: object) -> EventReader:
        return await self.events("POST", COMPLETION, json=fields)

    async def get(self, path: str, **query: Any) -> Any:
        """The `data` of a successful response."""
        response = await self.http.get(path, params=query)
        assert response.status_code == 200, response.text
        return response.json()["data"]

    async def post(self, path: str, status: int = 200, **fields: object) -> Any:
        response = await self.http.post(path, json=fields)
        assert response.status_code == status, response.text
        return response.json()["data"]


@asynccontextmanager
async def http_client(url: str, token: str = "") -> AsyncIterator[HttpClient]:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=WAIT_S) as http:
        yield HttpClient(http)
