"""An answer as server-sent events: the frames of the socket, each with the offset it reaches."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from dataclasses import dataclass

from chat.http.connection import Connection
from chat.http.events import KEEP_ALIVE, event
from chat.http.responses import EventStream
from chat.live.answer import LiveAnswer, Outcome, Reader
from chat.websocket.frame_encoder import dump, error_frame, frames_of
from core.errors import AppError

# A browser's EventSource connects again after the end of each stream. After the end of an answer
# there is nothing more to read: a day later.
AFTER_THE_END_MS = 24 * 3600 * 1000
# The event of a stream that goes on elsewhere.
RECONNECT = "reconnect"


@dataclass(frozen=True, slots=True)
class Position:
    """Where a reader is. `reasoning_offset` None: reasoning so far is not repeated."""

    offset: int = 0
    reasoning_offset: int | None = 0


def event_stream(
    answer: LiveAnswer,
    connection: Connection,
    position: Position,
    *,
    events: bool = False,
    id_prefix: str = "",
) -> EventStream:
    """Raises Conflict for an impossible offset."""
    Reader(answer, position.offset, position.reasoning_offset).take_new()
    return EventStream(
        _events(answer, connection, position, events, id_prefix),
        lambda error: _last_event(error, answer),
    )


async def _events(
    answer: LiveAnswer, connection: Connection, position: Position, events: bool, id_prefix: str
) -> AsyncGenerator[str, None]:
    frames, known = frames_of(answer), None
    async for new in connection.follow(answer, position.offset, position.reasoning_offset):
        if new is None:
            yield KEEP_ALIVE
            continue
        for offset, frame in frames.numbered(new, known, events):
            yield event(frame, id=f"{id_prefix}{offset}")
        known = new.stage
    if answer.outcome:
        *last, completion = frames.ending(answer.outcome, events)
        for frame in last:
            yield event(frame, id=f"{id_prefix}{answer.text.size}")
        yield event(completion, retry_ms=AFTER_THE_END_MS)


def _last_event(error: AppError, answer: LiveAnswer) -> str:
    """Without a completion frame: the answer has not ended. The client may read on elsewhere, if
    `retry_after` says when."""
    frame = error_frame(
        error, id=answer.id, session_id=answer.session_id, request_id=answer.request_id
    )
    seconds = error.details.get("retry_after")
    if seconds is None:
        return event(frame, retry_ms=AFTER_THE_END_MS)
    return event(frame, name=RECONNECT, retry_ms=int(seconds) * 1000)


def whole_frame(answer: LiveAnswer, outcome: Outcome, events: bool) -> str:
    """All of an answer as one object: the `data` of its chunks, and what its completion frame has
    beside `data`."""
    ids = {"id": answer.id, "session_id": answer.session_id, "request_id": answer.request_id}
    ids = {name: id for name, id in ids.items() if id}
    data: dict[str, object] = {"answer": str(answer.text), "reference": outcome.reference, **ids}
    if answer.reasoning.size:
        data["reasoning"] = str(answer.reasoning)
    data["offset"] = answer.text.size
    ending = {"status": outcome.status, "usage": outcome.usage, "timing": outcome.timing}
    more = {"suggestions": outcome.suggestions} if events and outcome.suggestions else {}
    return dump({"code": 0, "message": "", "data": data, **ids, **ending, **more})
