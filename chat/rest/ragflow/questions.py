"""Questions to a chat since release 0.25, in pieces, and questions beside one, in both releases."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from http import HTTPStatus
from typing import Any

from accounts.scopes import Scope
from chat.answers import service
from chat.answers.related_questions import related_questions
from chat.answers.requests import Ask
from chat.answers.search_threads import in_search_thread
from chat.http.events import KEEP_ALIVE, event
from chat.http.request import HttpRequest
from chat.http.responses import EventStream, JsonResponse, Response, envelope, error_response
from chat.http.router import Route
from chat.live.answer import LiveAnswer, Outcome
from chat.rest.dialogs.completions import DONE, ask_in, last_events
from chat.rest.ragflow.releases import NEW, OLD
from chat.rest.ragflow_errors import ARGUMENTS, AUTHENTICATION, DATA
from chat.websocket.frame_encoder import dump
from chat.websocket.frame_parser import parse_object
from core.errors import AppError, BadRequest, NotFound

MAX_QUESTION = 16_000
# What our sentences are since release 0.25.
REFUSALS = {
    "There is no such dialog": (AUTHENTICATION, "no authorization"),
    "There is no such session": (DATA, "Session not found!"),
}


class MissingArgument(BadRequest):
    """RAGFlow names it in a sentence of its own."""


def refuse(error: AppError) -> JsonResponse:
    if isinstance(error, MissingArgument):
        sentence = f"required argument are missing: {error}; "
        return _refused(ARGUMENTS, sentence)
    if isinstance(error, NotFound) and str(error) in REFUSALS:
        return _refused(*REFUSALS[str(error)])
    return error_response(error)


def _refused(code: int, message: str) -> JsonResponse:
    return JsonResponse({"code": code, "message": message, "data": None}, HTTPStatus.OK)


async def post_completion(request: HttpRequest) -> Response:
    """`chat_id` is in the path, or in the body."""
    body = parse_object(request.text(), "body")
    answer = await service.ask(request.identity, ask := _ask(request, body), request.hub)
    if ask.stream:
        return EventStream(_events(answer, request), last_events)
    async for _ in request.connection.follow(answer):
        pass
    outcome = _ended(answer)
    data = _data(answer, str(answer.text), outcome.reference, is_final=True)
    return JsonResponse(dump(envelope(data)))


def _ask(request: HttpRequest, body: dict[str, Any]) -> Ask:
    chat_id = request.path.get("chat_id") or body.get("chat_id")
    if not isinstance(chat_id, str):
        raise MissingArgument("chat_id")
    question = body.get("question")
    if question is None:
        question = _last_message(body.get("messages"))
    return ask_in({**body, "question": question}, chat_id)


def _last_message(messages: object) -> str:
    """What was said before is in the session, if one is named."""
    if not isinstance(messages, list) or not messages:
        raise MissingArgument("messages")
    match messages[-1]:
        case {"role": "user", "content": str(text)}:
            return text
    raise BadRequest("The last message must be from user.")


async def _events(answer: LiveAnswer, request: HttpRequest) -> AsyncGenerator[str, None]:
    """Raises the error with which the answer ends."""
    async for new in request.connection.follow(answer):
        if new is None:
            yield KEEP_ALIVE
        elif new.text:
            yield event(dump(envelope(_data(answer, new.text, {}, is_final=False))))
    outcome = _ended(answer)
    yield event(dump(envelope(_data(answer, "", outcome.reference, is_final=True))))
    yield DONE


def _data(
    answer: LiveAnswer, text: str, reference: dict[str, Any], is_final: bool
) -> dict[str, Any]:
    return {
        "answer": text,
        "reference": reference,
        "audio_binary": None,
        "prompt": "",
        "id": answer.id,
        "session_id": answer.session_id,
        "final": is_final,
    }


def _ended(answer: LiveAnswer) -> Outcome:
    assert answer.outcome  # noqa: S101 - it has been read to its end
    if answer.outcome.error:
        raise answer.outcome.error
    return answer.outcome


async def post_related_questions(request: HttpRequest) -> Response:
    """Of `industry` nothing is known here: the documents say what there is to ask."""
    question = parse_object(request.text(), "body").get("question")
    if not isinstance(question, str) or not question.strip():
        raise MissingArgument("question")
    if len(question) > MAX_QUESTION:
        raise BadRequest(f"`question` may have at most {MAX_QUESTION} characters")
    identity = request.identity
    found = await in_search_thread(identity.user.pk, related_questions, identity, question)
    return JsonResponse(envelope(found))


def _ask_route(path: str) -> Route:
    pattern = f"{NEW.prefix}/api/v1/{path}"
    return Route("POST", pattern, post_completion, (Scope.CHAT,), asks=True, refuse=refuse)


def _related_route(path: str) -> Route:
    return Route("POST", path, post_related_questions, (Scope.READ,), refuse=refuse)


QUESTION_ROUTES = [
    _ask_route("chats/<chat_id>/completions"),
    _ask_route("chat/completions"),
    *(
        _related_route(f"{release.prefix}/api/v1/{path}")
        for release in (OLD, NEW)
        # The last is how RAGFlow's manual spells it.
        for path in ("sessions/related_questions", "chat/recommendation", "chat/recommandation")
    ),
]
