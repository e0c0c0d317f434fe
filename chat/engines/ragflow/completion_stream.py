"""Reads a completion of RAGFlow as it comes."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing

from chat.engines.http.event_stream import EventStreamReader, Mark, TooLongEvent
from chat.engines.http.patience import Patience
from chat.engines.http.response_body import unpacked
from chat.engines.http.responses import headers_of, read_rest, wire_of
from chat.engines.ragflow.chat_events import ChatEvent, End, parse_event
from chat.engines.ragflow.remote_api import Body, requested
from chat.engines.ragflow.remote_settings import RemoteSettings

# Other tasks have their turn after so many events.
EVENTS_PER_TURN = 20


class Unfinished(Exception):
    """The stream ended without the event that ends one."""


class NotRAGFlow(Exception):
    """What came is no JSON at all, such as a page of a proxy."""


class CompletionStream:
    """One completion: what is known of it while it is read."""

    def __init__(self, settings: RemoteSettings) -> None:
        self._settings = settings
        self._events = EventStreamReader(settings.max_line_bytes)
        self._patience = Patience(settings.timeout_s, settings.max_answer_s)
        self._idle_bytes = 0
        self._is_done = False
        self.status = 0
        self.kind = ""

    @property
    def beginning(self) -> str:
        """Of what came, if it is no JSON."""
        return "" if self._events.has_json else self._events.first

    async def read(self, path: str, body: Body) -> AsyncGenerator[ChatEvent]:
        """Closed early, it closes the request: there is no other way to stop RAGFlow."""
        async with requested(self._settings, self._patience, "POST", path, body) as response:
            headers = headers_of(response)
            self.status, self.kind = response.status, headers.get("content-type", "")
            async with aclosing(wire_of(response)) as wire:
                pieces = unpacked(wire, headers.get("content-encoding", ""))
                async with aclosing(pieces), aclosing(self._read_pieces(pieces)) as events:
                    async for event in events:
                        yield event
                await read_rest(wire)

    async def _read_pieces(self, pieces: AsyncGenerator[bytes]) -> AsyncGenerator[ChatEvent]:
        while not self._is_done and (piece := await self._patience.next(pieces)) is not None:
            self._count(piece)
            for number, event in enumerate(self._parsed(self._events.feed(piece)), 1):
                yield event
                if number % EVENTS_PER_TURN == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(0)
        if not self._is_done:
            for event in self._parsed(self._events.finish()):
                yield event
        if not self._is_done:
            raise Unfinished if self._events.has_json else NotRAGFlow

    def _count(self, piece: bytes) -> None:
        """Comments and empty events are no answer, however many there are."""
        self._idle_bytes += len(piece)
        if self._idle_bytes > self._settings.max_line_bytes + len(piece):
            raise TooLongEvent

    def _parsed(self, values: Iterator[object]) -> Iterator[ChatEvent]:
        for value in values:
            event = End.REGULAR if value is Mark.DONE else parse_event(value)
            if isinstance(event, End):
                self._is_done = True
                return
            if event.text:
                self._idle_bytes = 0
            yield event
