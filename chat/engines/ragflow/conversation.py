"""Asks a question in a conversation that RAGFlow keeps, in the way that its release wants it."""

import asyncio
import logging
from collections.abc import AsyncGenerator, Mapping, Sequence
from contextlib import aclosing
from http import HTTPStatus
from typing import Any

from chat.engines.base import EngineFailed, Exchange, Prompt, SessionElsewhere
from chat.engines.citation_markers import MARKER
from chat.engines.http.failures import redact, without_echo
from chat.engines.http.responses import LOST
from chat.engines.ragflow import failures
from chat.engines.ragflow.chat_events import ChatEvent, MalformedEvent, Refused
from chat.engines.ragflow.completion_stream import CompletionStream, NotRAGFlow, Unfinished
from chat.engines.ragflow.explanations import explain
from chat.engines.ragflow.remote_api import FAILURES, HTTPFailure, call
from chat.engines.ragflow.remote_settings import RemoteSettings, is_remote_id

logger = logging.getLogger(__name__)

# Seconds before the first retry; twice as long before the second one.
RETRY_S = 0.3
MAX_RETRIES = 2
# Of a proxy that could not reach RAGFlow: it has not seen the question.
UNREACHED = (HTTPStatus.BAD_GATEWAY, HTTPStatus.SERVICE_UNAVAILABLE)
NO_SUCH_ROUTE = (HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED)
MAX_NAME_CHARS = 80
# Of earlier exchanges, the latest first.
MAX_HISTORY_CHARS = 60_000


async def converse(
    settings: RemoteSettings, prompt: Prompt
) -> AsyncGenerator[ChatEvent | SessionElsewhere]:
    """The events of the answer, and of a session that was begun for it. Raises `EngineFailed`."""
    conversation = Conversation(settings, prompt)
    try:
        async with aclosing(conversation.ask()) as events:
            async for event in events:
                yield event
    except (*FAILURES, Unfinished, NotRAGFlow) as error:
        logger.warning(
            "RAGFlow failed: %s", redact(conversation.detail_of(error), settings.api_key)
        )
        raise conversation.explain(error) from None


class Conversation:
    """What is known of the remote, and of this question, while it is asked."""

    def __init__(self, settings: RemoteSettings, prompt: Prompt) -> None:
        self._settings = settings
        self._prompt = prompt
        self._session = prompt.elsewhere.session
        self._stream = CompletionStream(settings)
        self._has_begun = False
        # What this release wants, as far as it has refused something else.
        self._sends_messages = False
        self._names_chat_in_body = False
        self._missing_routes: set[bool] = set()
        self._has_begun_session = False
        self._retries = 0

    async def ask(self) -> AsyncGenerator[ChatEvent | SessionElsewhere]:
        while True:
            try:
                if not self._session:
                    self._session = await self._begin_session()
                    yield SessionElsewhere(self._session)
                async with aclosing(self._complete()) as events:
                    async for event in events:
                        self._has_begun = True
                        yield event
                return
            except (Refused, HTTPFailure, *LOST) as error:
                if self._has_begun:
                    raise
                if self._adapt(error):
                    continue
                if not self._may_retry(error):
                    raise
            self._retries += 1
            await asyncio.sleep(RETRY_S * 2 ** (self._retries - 1))

    async def _begin_session(self) -> str:
        """Before the first question: until 0.25.0, one without a session is thrown away."""
        self._has_begun_session = True
        if self._prompt.history and not self._missing_routes:
            # Of what was said before, the new session knows nothing. Releases that have this route
            # take it from us; the others have no way to be told.
            self._names_chat_in_body = self._sends_messages = True
        name = " ".join(self._prompt.question.split())[:MAX_NAME_CHARS] or "?"
        body = {"name": name, "user_id": self._prompt.elsewhere.user}
        data = await call(
            self._settings, "POST", f"/api/v1/chats/{self._settings.chat_id}/sessions", body
        )
        session = data.get("id") if isinstance(data, Mapping) else None
        if not is_remote_id(session):
            raise MalformedEvent
        return str(session)

    def _complete(self) -> AsyncGenerator[ChatEvent]:
        self._stream = CompletionStream(self._settings)
        chat_id, body = self._settings.chat_id, self._body()
        if self._names_chat_in_body:
            return self._stream.read("/api/v1/chat/completions", {"chat_id": chat_id, **body})
        return self._stream.read(f"/api/v1/chats/{chat_id}/completions", body)

    def _body(self) -> dict[str, Any]:
        question = self._prompt.question
        body: dict[str, Any] = {"session_id": self._session, "stream": True}
        if self._sends_messages:
            last = {"role": "user", "content": question}
            body["messages"] = [*_messages(self._prompt.history), last]
        else:
            body["question"] = question
        if self._prompt.elsewhere.doc_ids:
            body["doc_ids"] = ",".join(self._prompt.elsewhere.doc_ids)
        return body

    def _adapt(self, error: Exception) -> bool:
        """Whether the question is to be asked in another way now."""
        if _is_no_route(error) and self._session:
            self._missing_routes.add(self._names_chat_in_body)
            self._names_chat_in_body = self._sends_messages = not self._names_chat_in_body
            return self._names_chat_in_body not in self._missing_routes
        if not isinstance(error, Refused):
            return False
        said = error.message.lower()
        if "messages" in said and not self._sends_messages:
            self._sends_messages = True
            return True
        if failures.is_about_session(said) and not self._has_begun_session:
            # Deleted there, or of another RAGFlow that the dialog was in front of.
            self._session = ""
            return True
        return False

    def _may_retry(self, error: Exception) -> bool:
        """Only before the first byte of a response, and not if RAGFlow may be slow."""
        is_unreached = isinstance(error, HTTPFailure) and error.status in UNREACHED
        is_lost = isinstance(error, LOST) and not isinstance(error, TimeoutError)
        is_first = not self._stream.status
        return (is_unreached or (is_lost and is_first)) and self._retries < MAX_RETRIES

    def explain(self, error: Exception) -> EngineFailed:
        return explain(error, self._settings.timeout_s, self._has_begun, bool(self._stream.status))

    def detail_of(self, error: Exception) -> str:
        """For the log: nothing of what was asked."""
        match error:
            case Refused(message=said):
                pass
            case HTTPFailure(beginning=beginning):
                said = beginning.decode(errors="replace")
            case _:
                said = "" if self._has_begun else self._stream.beginning
        status = f", HTTP {self._stream.status} {self._stream.kind}" if self._stream.status else ""
        name = f"{type(error).__name__} {error}" if isinstance(error, Refused | HTTPFailure) else ""
        words = f": {without_echo(said, [self._prompt.question])}" if said else ""
        return f"{name or type(error).__name__}{status}{words}"


def _is_no_route(error: Exception) -> bool:
    match error:
        case HTTPFailure(status=status):
            return status in NO_SUCH_ROUTE
        case Refused(code=code, message=message):
            is_route = code in NO_SUCH_ROUTE or "NotFound" in message
            return is_route and not failures.is_about_chat(message.lower())
    return False


def _messages(history: Sequence[Exchange]) -> list[dict[str, str]]:
    """As many of the latest exchanges as are allowed, without citations of what was found then."""
    messages: list[dict[str, str]] = []
    left = MAX_HISTORY_CHARS
    for past in reversed(history):
        left -= len(past.question) + len(past.answer)
        if left < 0:
            break
        messages.append({"role": "assistant", "content": MARKER.sub("", past.answer)})
        messages.append({"role": "user", "content": past.question})
    return messages[::-1]
