"""An answer as one JSON object: what is new since an offset, waited for if need be."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from chat.http.connection import Connection
from chat.http.responses import envelope
from chat.live.answer import LiveAnswer, Outcome, Progress, Reader
from chat.models import Message
from chat.rest.answers.streaming import Position
from chat.websocket.frame_encoder import dump

# Below the time after which proxies take a server that says nothing for dead.
MAX_WAIT_S = 50


async def poll(
    answer: LiveAnswer, connection: Connection, position: Position, wait_s: float, events: bool
) -> str:
    """Raises Conflict for an impossible offset."""
    reader = Reader(answer, position.offset, position.reasoning_offset)
    new = reader.take_new()
    if not answer.outcome and not (new and _has_text(new, position)):
        await _wait(answer, connection, position, wait_s)
        new = Reader(answer, position.offset, position.reasoning_offset).take_new()
    state = _state(answer, new, position)
    if answer.outcome:
        state |= _ending(answer.outcome, events)
    return dump(envelope(state))


def _has_text(new: Progress, position: Position) -> bool:
    return bool(new.text or (new.reasoning and position.reasoning_offset is not None))


async def _wait(
    answer: LiveAnswer, connection: Connection, position: Position, wait_s: float
) -> None:
    try:
        async with (
            asyncio.timeout(wait_s),
            aclosing(connection.follow(answer, *_offsets(position))) as news,
        ):
            async for new in news:
                if new and _has_text(new, position):
                    return
    except TimeoutError:
        return


def _offsets(position: Position) -> tuple[int, int | None]:
    return position.offset, position.reasoning_offset


def _state(answer: LiveAnswer, new: Progress | None, position: Position) -> dict[str, object]:
    state: dict[str, object] = {
        "id": answer.id,
        "session_id": answer.session_id,
        "answer": new.text if new else "",
        "offset": answer.text.size,
        "status": answer.outcome.status if answer.outcome else Message.Status.PENDING,
        "stage": answer.stage,
        **({"request_id": answer.request_id} if answer.request_id else {}),
    }
    if position.reasoning_offset is not None:
        state["reasoning"] = new.reasoning if new else ""
        state["reasoning_offset"] = answer.reasoning.size
    return state


def _ending(outcome: Outcome, events: bool) -> dict[str, object]:
    error = outcome.error
    more = {"suggestions": outcome.suggestions} if events and outcome.suggestions else {}
    return {
        **more,
        "reference": outcome.reference,
        "usage": outcome.usage,
        "timing": outcome.timing,
        "error": {"code": int(error.code), "message": str(error)} if error else None,
    }
