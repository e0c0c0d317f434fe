"""`/api/v1/chats/<id>/completions`: asks a dialog as RAGFlow's programs do, up to its release 0.23.

Each event has the whole text so far, since its SDK replaces what it has by what comes.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from typing import Any

from accounts.scopes import Scope
from chat.answers import service
from chat.answers.requests import Ask
from chat.http.connection import Connection
from chat.http.events import KEEP_ALIVE, event
from chat.http.request import HttpRequest
from chat.http.responses import EventStream, JsonResponse, Response, envelope
from chat.http.router import Route
from chat.live.answer import LiveAnswer, Outcome
from chat.websocket.frame_encoder import dump
from chat.websocket.frame_parser import parse_fields, parse_object
from core.errors import AppError

# The fields of a question that a socket has, too; programs of RAGFlow also send others.
FIELDS = ("question", "stream", "session_id", "kb_ids", "doc_ids", "files", "request_id")
DONE = event(dump(envelope(True)))
# Sent again only when it has grown by this share: an answer is sent a few times over in all,
# however long it gets and however small its pieces are.
GROWTH = 0.125


async def post_completion(request: HttpRequest) -> Response:
    answer = await service.ask(request.identity, ask := _ask(request), request.hub)
    if ask.stream:
        return EventStream(_events(answer, request.connection), _last_events)
    async for _ in request.connection.follow(answer):
        pass
    return JsonResponse(dump(envelope(_data(answer, _ended(answer).reference))))


def _ask(request: HttpRequest) -> Ask:
    """As `null`, RAGFlow's programs send what they leave out."""
    body = parse_object(request.text(), "body")
    sent = {name: body[name] for name in FIELDS if body.get(name) is not None}
    ask = parse_fields("chat", {**sent, "chat_id": request.path["chat_id"]})
    assert isinstance(ask, Ask)  # noqa: S101 - `PARSERS` says so
    return ask


async def _events(answer: LiveAnswer, connection: Connection) -> AsyncGenerator[str, None]:
    """Raises the error with which the answer ends."""
    sent = 0
    async for new in connection.follow(answer):
        if new is None:
            yield KEEP_ALIVE
        elif answer.text.size > sent * (1 + GROWTH):
            sent = answer.text.size
            yield event(dump(envelope(_data(answer, {}))))
    yield event(dump(envelope(_data(answer, _ended(answer).reference))))
    yield DONE


def _data(answer: LiveAnswer, reference: dict[str, Any]) -> dict[str, Any]:
    return {
        "answer": str(answer.text),
        "reference": reference,
        "audio_binary": None,
        "prompt": "",
        "id": answer.id,
        "session_id": answer.session_id,
    }


def _ended(answer: LiveAnswer) -> Outcome:
    assert answer.outcome  # noqa: S101 - it has been read to its end
    if answer.outcome.error:
        raise answer.outcome.error
    return answer.outcome


def _last_events(error: AppError) -> str:
    """As RAGFlow tells errors in a stream: its programs show the text."""
    data = {"answer": f"**ERROR**: {error}", "reference": []}
    return event(dump({"code": 500, "message": str(error), "data": data})) + DONE


DIALOG_ROUTES = [
    Route("POST", "api/v1/chats/<chat_id>/completions", post_completion, (Scope.CHAT,), asks=True)
]
