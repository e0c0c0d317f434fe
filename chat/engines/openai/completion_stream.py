"""Asks a model's server for a completion, and reads it as it comes."""

import asyncio
import json
import logging
import re
import zlib
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from typing import Any

import httpcore

from chat.engines.base import EngineFailed, EngineTimedOut
from chat.engines.http.connections import ForbiddenAddress
from chat.engines.http.event_stream import (
    EventStreamReader,
    MalformedEvent,
    Mark,
    TooLongEvent,
)
from chat.engines.http.failures import (
    BUSY,
    NO_CREDIT,
    PARAMETER,
    TOO_LONG,
    failure_of_status,
    named_parameters,
    redact,
    retry_seconds,
    without_echo,
)
from chat.engines.http.patience import Patience, TookTooLong
from chat.engines.http.response_body import UnknownEncoding, unpacked
from chat.engines.http.responses import LOST, beginning_of, headers_of, read_rest, wire_of
from chat.engines.http.server_errors import ServerError, read_error
from chat.engines.openai.completion_chunks import (
    CompletionChunk,
    ErrorChunk,
    MalformedChunk,
    parse_chunk,
)
from chat.engines.openai.completion_request import post
from chat.engines.openai.model_settings import ModelSettings

logger = logging.getLogger(__name__)

# How long to wait for the usage after a complete answer.
USAGE_TIMEOUT_S = 2.0
ADDRESS = re.compile(r"['(].*", re.DOTALL)
# So many requests with ever fewer fields are tried.
MAX_ATTEMPTS = 6
# Other tasks have their turn after so many events.
EVENTS_PER_TURN = 20

Body = dict[str, Any]

SILENT = "The model's server fell silent for {seconds:g} s."
NOT_BEGUN = "The model's server did not begin to answer in time."
UNFINISHED = "The model's server ended in mid-answer."
NO_ANSWER = "The model's server sent something that is no answer."
TOO_LONG_LINE = "The model's server sent more at once than this server takes."
TOO_SLOW = "The answer stops here because the model took longer than this server waits."
PACKED = "The model's server packed its answer in a way that was not asked for."
FORBIDDEN = (
    "The address of this dialog's model server is in a network that dialogs may not use. Ask the"
    " administrator of this server."
)
BROKEN_OFF = "The connection to the model's server broke in mid-answer."
UNREACHABLE = "The model's server cannot be reached."


class UnusableAnswer(Exception):
    """The server sent what is no answer, or too much. The words are for the client."""


class ErrorResponse(Exception):
    def __init__(self, status: int, headers: Mapping[str, str], error: ServerError) -> None:
        super().__init__(f"HTTP {status}")
        self.status = status
        self.headers = headers
        self.error = error


SENTENCES: Mapping[type[Exception], str] = {
    ForbiddenAddress: FORBIDDEN,
    TookTooLong: TOO_SLOW,
    TooLongEvent: TOO_LONG_LINE,
    UnknownEncoding: PACKED,
    zlib.error: PACKED,
    MalformedChunk: NO_ANSWER,
    MalformedEvent: NO_ANSWER,
}

FAILURES = (
    *LOST,
    *(TimeoutError, httpcore.TimeoutException, ErrorResponse, ErrorChunk, TookTooLong),
    *(MalformedChunk, MalformedEvent, TooLongEvent, UnknownEncoding, ForbiddenAddress, zlib.error),
)


async def stream_completion(settings: ModelSettings, body: Body) -> AsyncGenerator[CompletionChunk]:
    """The chunks as they come. Raises `EngineFailed`; closed early, it closes the request."""
    completion = Completion(settings)
    try:
        async with aclosing(completion.read(body)) as chunks:
            async for chunk in chunks:
                yield chunk
    except FAILURES as error:
        if completion.is_complete:
            return
        _log(error, completion, body)
        raise completion.explain(error, body) from None
    if not completion.is_complete:
        sentence = UNFINISHED if completion.has_text else NO_ANSWER
        _log(UnusableAnswer(sentence), completion, body)
        raise EngineFailed(sentence)


class Completion:
    """One completion: what is known of it while it is read."""

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings
        self.model, self.api_key = settings.model, settings.api_key
        self._events = EventStreamReader(settings.max_line_bytes)
        self._patience = Patience(settings.timeout_s, settings.max_answer_s)
        # Whether a chunk has come, and whether text or reasoning has.
        self.has_begun = False
        self.has_text = False
        # Since the last of it.
        self._idle_bytes = 0
        # Some servers give a finish reason with every chunk: then it ends nothing.
        self._has_reason = False
        self._reasons_end_nothing = False
        self._is_done = False
        self._awaits_usage = False
        self.status = 0
        self.kind = ""

    @property
    def is_complete(self) -> bool:
        return self._is_done or (self._has_reason and not self._reasons_end_nothing)

    @property
    def beginning(self) -> str:
        """Of what the server sent, if it is no answer."""
        return "" if self._events.has_json else self._events.first

    async def read(self, body: Body) -> AsyncGenerator[CompletionChunk]:
        response = await self._open(body)
        async with aclosing(response), aclosing(wire_of(response)) as wire:
            pieces = unpacked(wire, headers_of(response).get("content-encoding", ""))
            async with aclosing(pieces):
                while not self._is_done:
                    wait_s = USAGE_TIMEOUT_S if self._awaits_usage else None
                    if (piece := await self._patience.next(pieces, wait_s)) is None:
                        break
                    self._count(piece)
                    for number, chunk in enumerate(self._chunks(self._events.feed(piece)), 1):
                        yield chunk
                        if number % EVENTS_PER_TURN == 0:
                            await asyncio.sleep(0)
                    await asyncio.sleep(0)
                for chunk in self._chunks(self._events.finish()):
                    yield chunk
                self._is_done = self._is_done or self._has_reason
                await read_rest(wire)

    async def _open(self, body: Body) -> httpcore.Response:
        """Asks again with fewer fields if the server refuses one."""
        for _ in range(MAX_ATTEMPTS):
            try:
                return await self._ask(body)
            except ErrorResponse as refusal:
                simpler = simplify(body, refusal.status, refusal.error.message)
                if simpler is None:
                    raise
                body = simpler
        return await self._ask(body)

    async def _ask(self, body: Body) -> httpcore.Response:
        content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
        async with asyncio.timeout(self._patience.seconds()):
            response = await post(self._settings, content)
        headers = headers_of(response)
        self.status, self.kind = response.status, headers.get("content-type", "")
        if 200 <= response.status < 300:
            return response
        async with aclosing(response), asyncio.timeout(self._patience.seconds()):
            error = read_error(await beginning_of(response))
        raise ErrorResponse(response.status, headers, error)

    def _count(self, piece: bytes) -> None:
        self._idle_bytes += len(piece)
        if self._idle_bytes > self._settings.max_line_bytes + len(piece):
            raise TooLongEvent

    def _chunks(self, values: Iterator[object]) -> Iterator[CompletionChunk]:
        for value in values:
            if value is Mark.DONE:
                self._is_done = True
                return
            chunk = parse_chunk(value)
            if chunk.is_whole and self.has_text:
                # MiniMax repeats the whole answer at its end.
                chunk = CompletionChunk(finish_reason=chunk.finish_reason, usage=chunk.usage)
            self._note(chunk)
            yield chunk

    def _note(self, chunk: CompletionChunk) -> None:
        self.has_begun = True
        if chunk.text or chunk.reasoning:
            self._idle_bytes = 0
            self._reasons_end_nothing = self._reasons_end_nothing or self._has_reason
            self.has_text, self._awaits_usage = True, False
        elif chunk.finish_reason and self.has_text:
            # A reason in a chunk of its own, after the text, is the end.
            self._awaits_usage = not self._reasons_end_nothing
        is_whole = chunk.is_whole and bool(chunk.text)
        self._has_reason = self._has_reason or bool(chunk.finish_reason) or is_whole

    def explain(self, error: Exception, body: Body) -> EngineFailed:
        match error:
            case TimeoutError() | httpcore.TimeoutException() if self.has_begun:
                return EngineTimedOut(SILENT.format(seconds=self._settings.timeout_s))
            case TimeoutError() | httpcore.TimeoutException():
                return EngineTimedOut(NOT_BEGUN)
            case ErrorResponse(status=status, error=said, headers=headers):
                return _failure(status, said, self.model, headers, body)
            case ErrorChunk(error=said):
                return _failure(said.status, said, self.model, {}, body)
        sentence = next((words for kind, words in SENTENCES.items() if isinstance(error, kind)), "")
        return EngineFailed(sentence or (BROKEN_OFF if self.has_begun else UNREACHABLE))


def _failure(
    status: int, said: ServerError, model: str, headers: Mapping[str, str], body: Body
) -> EngineFailed:
    retry_after = retry_seconds(headers, said.retry_delay, said.message)
    return failure_of_status(status, said.message, model, retry_after, _parameters(body))


def _parameters(body: Body) -> list[str]:
    return [name for name in PARAMETER if name in body]


def simplify(body: Body, status: int, message: str) -> Body | None:
    """The request without the field that it was refused for, or with another name for it."""
    if status not in (400, 404, 405, 415, 422, 500, 501) or TOO_LONG.search(message):
        return None
    if "max_tokens" in body and "max_completion_tokens" in message:
        renamed = {name: value for name, value in body.items() if name != "max_tokens"}
        return {**renamed, "max_completion_tokens": body["max_tokens"]}
    # A limit is no detail: without it, an answer may cost more than was allowed.
    limits = ("max_tokens", "max_completion_tokens", "stream")
    named = [name for name in named_parameters(message, _parameters(body)) if name not in limits]
    if named:
        return {name: value for name, value in body.items() if name not in named}
    if _is_about_system(message) and body["messages"][0]["role"] == "system":
        return {**body, "messages": merge_system(body["messages"])}
    is_understood = NO_CREDIT.search(message) or BUSY.search(message)
    if "stream_options" in body and status in (400, 422) and not is_understood:
        return {name: value for name, value in body.items() if name != "stream_options"}
    return None


SYSTEM_WORDS = ("role", "message", "instruction", "prompt", "not support", "角色", "消息", "不支持")


def _is_about_system(message: str) -> bool:
    words = message.lower()
    return "system" in words and any(word in words for word in SYSTEM_WORDS)


def merge_system(messages: list[Mapping[str, str]]) -> list[Mapping[str, str]]:
    """For models that know no system message: the instructions stand before the first question."""
    system, first, *others = messages
    content = f"{system['content']}\n\n{first['content']}"
    return [{"role": "user", "content": content}, *others]


def _log(error: Exception, completion: Completion, body: Body) -> None:
    """One short line, with nothing in it of the request."""
    logger.warning(
        "The server of model %s failed: %s",
        completion.model,
        redact(_detail(error, completion, body), completion.api_key),
    )


def _detail(error: Exception, completion: Completion, body: Body) -> str:
    name = type(error).__name__
    match error:
        case ErrorResponse(status=status, error=said):
            return f"HTTP {status} {completion.kind}: {_without_request(said.message, body)}"
        case ErrorChunk(error=said):
            return f"an error in its answer: {_without_request(said.message, body)}"
        case OSError() | httpcore.NetworkError() | httpcore.ProtocolError():
            # What is quoted, or in brackets, is an address.
            return f"{name} {ADDRESS.sub('', str(error))}"
        case _ if completion.beginning and not completion.has_begun:
            first = _without_request(completion.beginning, body)
            return f"{name}, HTTP {completion.status} {completion.kind}: {first}"
        case _:
            return (
                f"{name}, HTTP {completion.status} {completion.kind}" if completion.status else name
            )


def _without_request(text: str, body: Body) -> str:
    return without_echo(text, [message["content"] for message in body["messages"]])
