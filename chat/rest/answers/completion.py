"""`/v1/conversation/completion`: asks a question and streams its answer as server-sent events."""

from __future__ import annotations

from collections.abc import Callable

from accounts.scopes import Scope
from chat.answers import service
from chat.answers.requests import Ask, Resume
from chat.answers.scopes import check_scope
from chat.http.connection import Connection
from chat.http.request import HttpRequest
from chat.http.responses import JsonResponse, Response, error_headers
from chat.http.router import Route
from chat.live.answer import LiveAnswer, Outcome
from chat.rest.answers.parsing import request_in_body, request_in_query, whole_number
from chat.rest.answers.streaming import Position, event_stream, whole_frame
from chat.websocket.frame_encoder import error_frame
from core.errors import AppError

PATTERN = "v1/conversation/completion"
LAST_EVENT_ID = "last-event-id"
SEPARATOR = ":"


def refuse(error: AppError) -> JsonResponse:
    """As the socket's error frame, with HTTP's status."""
    return JsonResponse(error_frame(error), error.code, error_headers(error))


async def post_completion(request: HttpRequest) -> Response:
    return await _ask_or_read_on(request, request_in_body)


async def get_completion(request: HttpRequest) -> Response:
    """EventSource can do nothing else."""
    return await _ask_or_read_on(request, request_in_query)


async def _ask_or_read_on(request: HttpRequest, parse: Callable[..., Ask]) -> Response:
    """A client that comes back by itself after it has lost its connection sends the same request
    again, with the id of the last event: then nothing is asked twice."""
    if last := request.headers.get(LAST_EVENT_ID):
        return await _read_on(request, last)
    return await _ask(request, parse(Ask, "chat", request))


async def _ask(request: HttpRequest, ask: Ask) -> Response:
    answer = await service.ask(request.identity, ask, request.hub)
    if ask.stream:
        return _stream(request, answer, Position(ask.offset), ask.events)
    outcome = await wait_for_end(request.connection, answer)
    if outcome.error:
        ids = {"id": answer.id, "session_id": answer.session_id}
        frame = error_frame(outcome.error, **ids, request_id=answer.request_id)
        return JsonResponse(frame, outcome.error.code, error_headers(outcome.error))
    return JsonResponse(whole_frame(answer, outcome, ask.events))


async def wait_for_end(connection: Connection, answer: LiveAnswer) -> Outcome:
    async for _ in connection.follow(answer):
        pass
    assert answer.outcome  # noqa: S101 - `follow` has returned
    return answer.outcome


async def _read_on(request: HttpRequest, last_event_id: str) -> Response:
    answer_id, _, offset = last_event_id.partition(SEPARATOR)
    resume = Resume(id=answer_id, offset=whole_number("Last-Event-ID", offset))
    check_scope(request.identity, resume)
    answer = await service.find(request.identity, resume, request.hub)
    return _stream(request, answer, Position(resume.offset, None), events=False)


def _stream(request: HttpRequest, answer: LiveAnswer, position: Position, events: bool) -> Response:
    prefix = f"{answer.id}{SEPARATOR}"
    return event_stream(answer, request.connection, position, events=events, id_prefix=prefix)


COMPLETION_ROUTES = [
    Route("POST", PATTERN, post_completion, (Scope.CHAT,), asks=True, refuse=refuse),
    Route("GET", PATTERN, get_completion, (Scope.CHAT,), asks=True, refuse=refuse),
]
