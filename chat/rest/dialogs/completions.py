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
from core.errors import AppError, BadRequest

# The fields of a question that a socket has, too; programs of RAGFlow also send others.
FIELDS = ("question", "stream", "session_id", "kb_ids", "doc_ids", "files", "request_id")
DONE = event(dump(envelope(True)))
# Sent again only when it has grown by this share: an answer is sent a few times over in all,
# however long it gets and however small its pieces are.
GROWTH = 0.125


async def post_completion(request: HttpRequest) -> Response:
    answer = await service.ask(request.identity, ask := _ask(request), request.hub)
    if ask.stream:
        return EventStream(_events(answer, request.connection), last_events)
    async for _ in request.connection.follow(answer):
        pass
    return JsonResponse(dump(envelope(_data(answer, _ended(answer).reference))))


def ask_in(body: dict[str, Any], chat_id: str) -> Ask:
    """As `null`, RAGFlow's programs send what they leave out."""
    _check_condition(body.get("metadata_condition"))
    sent = {name: body[name] for name in FIELDS if body.get(name) is not None}
    if isinstance(sent.get("files"), list):
        sent["files"] = [_id_of(file) for file in sent["files"]]
    ask = parse_fields("chat", {**sent, "chat_id": chat_id})
    assert isinstance(ask, Ask)  # noqa: S101 - `PARSERS` says so
    return ask


def _check_condition(condition: object) -> None:
    """Documents have no metadata here: one that asks for nothing is accepted."""
    if condition is not None and not isinstance(condition, dict):
        raise BadRequest("metadata_condition must be an object.")
    if condition and condition.get("conditions"):
        raise BadRequest("`metadata_condition` can only be left out here")


def _id_of(file: Any) -> Any:
    """RAGFlow's programs send what they were told of a file when it was uploaded."""
    return file.get("id") if isinstance(file, dict) else file


def _ask(request: HttpRequest) -> Ask:
    return ask_in(parse_object(request.text(), "body"), request.path["chat_id"])


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


def last_events(error: AppError) -> str:
    """As RAGFlow tells errors in a stream: its programs show the text."""
    data = {"answer": f"**ERROR**: {error}", "reference": []}
    return event(dump({"code": 500, "message": str(error), "data": data})) + DONE


DIALOG_ROUTES = [
    Route("POST", "api/v1/chats/<chat_id>/completions", post_completion, (Scope.CHAT,), asks=True)
]
