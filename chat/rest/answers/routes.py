"""Any answer over HTTP: its events, polling, stop, feedback, another answer."""

from __future__ import annotations

import asyncio
from http import HTTPStatus

from accounts.scopes import Scope
from chat.answers import service
from chat.answers.requests import Feedback, Regenerate, Resume, Stop, Switch
from chat.http.request import HttpRequest
from chat.http.responses import JsonResponse, Response, envelope
from chat.http.router import Route
from chat.live.answer import LiveAnswer
from chat.models import Message
from chat.rest.answers.completion import COMPLETION_ROUTES, LAST_EVENT_ID, wait_for_end
from chat.rest.answers.parsing import query_fields, request_in_body, request_in_query, whole_number
from chat.rest.answers.polling import MAX_WAIT_S, poll
from chat.rest.answers.streaming import Position, event_stream
from core.errors import BadRequest

ANSWER = "api/v1/answers/<answer_id>"
# How long an answer that is stopped has to end: more than a process that is asked to stop it needs.
STOP_S = 5


async def get_events(request: HttpRequest) -> Response:
    """From the last event that the client has seen, or from `offset`. Without either, reasoning is
    sent from its start, too."""
    resume = request_in_query(Resume, "resume", request, id=request.path["answer_id"])
    reasoning_offset, last = resume.reasoning_offset, request.headers.get(LAST_EVENT_ID)
    if last:
        offset = whole_number("Last-Event-ID", last)
        resume = Resume(id=resume.id, offset=offset, events=resume.events)
        reasoning_offset = None
    elif reasoning_offset is None and "offset" not in request.query():
        reasoning_offset = 0
    answer = await service.find(request.identity, resume, request.hub)
    position = Position(resume.offset, reasoning_offset)
    return event_stream(answer, request.connection, position, events=resume.events)


async def get_answer(request: HttpRequest) -> Response:
    """At once, or as soon as there is something new, within `wait` seconds."""
    resume = request_in_query(Resume, "resume", request, id=request.path["answer_id"])
    wait_s = query_fields(request).get("wait", 0)
    if wait_s > MAX_WAIT_S:
        raise BadRequest(f"`wait` may be at most {MAX_WAIT_S} seconds")
    answer = await service.find(request.identity, resume, request.hub)
    position = Position(resume.offset, resume.reasoning_offset)
    return JsonResponse(await poll(answer, request.connection, position, wait_s, resume.events))


async def post_stop(request: HttpRequest) -> Response:
    """Returns when the answer has ended."""
    before = await service.stop(request.identity, Stop(id=request.path["answer_id"]), request.hub)
    ids = {"id": before.pk.hex, "session_id": before.session_id.hex}
    if before.status != Message.Status.PENDING:
        return JsonResponse(envelope({**ids, "status": before.status}, "already ended"))
    answer = await service.find(request.identity, Resume(id=ids["id"]), request.hub)
    return JsonResponse(envelope({**ids, "status": await _status_at_end(request, answer)}))


async def _status_at_end(request: HttpRequest, answer: LiveAnswer) -> str:
    try:
        async with asyncio.timeout(STOP_S):
            return (await wait_for_end(request.connection, answer)).status
    except TimeoutError:
        return Message.Status.PENDING


async def post_feedback(request: HttpRequest) -> Response:
    feedback = request_in_body(Feedback, "feedback", request, id=request.path["answer_id"])
    answer = await service.rate(request.identity, feedback)
    ids = {"id": answer.pk.hex, "session_id": answer.session_id.hex}
    return JsonResponse(envelope({**ids, "rating": feedback.rating}))


async def post_switch(request: HttpRequest) -> Response:
    switch = Switch(id=request.path["answer_id"])
    session_id = await service.switch(request.identity, switch, request.hub)
    return JsonResponse(envelope({"session_id": session_id}))


async def post_regenerate(request: HttpRequest) -> Response:
    again = request_in_body(Regenerate, "regenerate", request, id=request.path["answer_id"])
    answer = await service.regenerate(request.identity, again, request.hub)
    ids = {"id": answer.id, "session_id": answer.session_id}
    return JsonResponse(envelope(ids), HTTPStatus.CREATED)


ANSWER_ROUTES = [
    *COMPLETION_ROUTES,
    Route("GET", ANSWER, get_answer, (Scope.READ,)),
    Route("GET", f"{ANSWER}/events", get_events, (Scope.READ,)),
    Route("POST", f"{ANSWER}/stop", post_stop, (Scope.CHAT,)),
    Route("POST", f"{ANSWER}/feedback", post_feedback, (Scope.CHAT,)),
    Route("POST", f"{ANSWER}/switch", post_switch, (Scope.CHAT,)),
    Route("POST", f"{ANSWER}/regenerate", post_regenerate, (Scope.CHAT, Scope.READ), asks=True),
]
