"""OpenAI's API over our dialogs: each dialog is a model, and RAGFlow's address for one of them."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from functools import partial
from typing import Any

from accounts.scopes import Scope
from chat.answers import service
from chat.answers.requests import Conversation
from chat.http.request import HttpRequest
from chat.http.responses import EventStream, JsonResponse, Response
from chat.http.router import Route
from chat.live.answer import LiveAnswer
from chat.rest.openai import models
from chat.rest.openai.completions import Completion
from chat.rest.openai.errors import error_event, refuse
from chat.rest.openai.parsing import CompletionRequest, InvalidParameter, parse_completion
from core.db_thread import database_sync_to_async


async def list_models(request: HttpRequest) -> Response:
    return JsonResponse(await database_sync_to_async(models.list_models)(request.identity))


async def get_model(request: HttpRequest) -> Response:
    found = await database_sync_to_async(models.get_model)(request.identity, request.path["model"])
    return JsonResponse(found)


async def post_completion(request: HttpRequest) -> Response:
    parsed = parse_completion(request)
    if not parsed.model:
        raise InvalidParameter("model", "`model` is required: the name or the id of a dialog")
    chat_id = await database_sync_to_async(models.dialog_id)(request.identity, parsed.model)
    return await _complete(request, parsed, chat_id)


async def post_completion_of_chat(request: HttpRequest) -> Response:
    """The dialog is in the path; what `model` says does not matter."""
    parsed = parse_completion(request)
    chat_id = request.path["chat_id"]
    return await _complete(request, replace(parsed, model=parsed.model or chat_id), chat_id)


async def _complete(request: HttpRequest, parsed: CompletionRequest, chat_id: str) -> Response:
    conversation = Conversation(
        chat_id=chat_id,
        question=parsed.question,
        history=parsed.history,
        wishes=parsed.wishes,
        session=parsed.session,
    )
    answer = await _begin(request, conversation)
    completion = Completion(answer, parsed)
    close = partial(request.hub.stop_unattended, answer.id)
    if parsed.stream:
        return EventStream(completion.chunks(request.connection), error_event, close)
    try:
        async for _ in request.connection.follow(answer):
            pass
        return JsonResponse(completion.whole())
    finally:
        close()


async def _begin(request: HttpRequest, conversation: Conversation) -> LiveAnswer:
    """If the client leaves while the answer is being begun, it is stopped as soon as it is."""
    beginning = asyncio.ensure_future(service.converse(request.identity, conversation, request.hub))
    try:
        return await asyncio.shield(beginning)
    except asyncio.CancelledError:
        beginning.add_done_callback(partial(_stop_begun, request))
        raise


def _stop_begun(request: HttpRequest, beginning: asyncio.Future[Any]) -> None:
    if not beginning.cancelled() and beginning.exception() is None:
        request.hub.stop_unattended(beginning.result().id)


OF_ONE_CHAT = (
    "api/v1/chats_openai/<chat_id>/chat/completions",
    # Its address since RAGFlow 0.25.
    "api/v1/openai/<chat_id>/chat/completions",
)
OPENAI_ROUTES = [
    Route("GET", "v1/models", list_models, (Scope.READ,), refuse=refuse),
    Route("GET", "v1/models/<model>", get_model, (Scope.READ,), refuse=refuse),
    Route("POST", "v1/chat/completions", post_completion, (Scope.CHAT,), asks=True, refuse=refuse),
    *(
        Route("POST", pattern, post_completion_of_chat, (Scope.CHAT,), asks=True, refuse=refuse)
        for pattern in OF_ONE_CHAT
    ),
]
