"""Sends requests to a model's server. The only module that knows the `openai` package.

The package takes most of a second and 45 MB to import, so this is imported with the first question.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import openai

from chat.engines.base import EngineFailed, EngineTimedOut
from chat.engines.openai.completion_chunks import (
    CompletionChunk,
    ErrorChunk,
    MalformedChunk,
    parse_chunk,
)
from chat.engines.openai.failures import TOO_LONG, failure_of_status, redact
from chat.engines.openai.model_settings import ModelSettings

logger = logging.getLogger(__name__)

CONNECT_S = 10.0
# How long to wait for the usage after a complete answer.
USAGE_TIMEOUT_S = 2.0
FAILURES = (openai.OpenAIError, MalformedChunk, ErrorChunk, TimeoutError, ValueError)
END = object()

# They log the whole address of each request, with any secret in it.
for library in ("httpx", "httpx2", "httpcore", "httpcore2"):
    logging.getLogger(library).setLevel(logging.WARNING)

Body = dict[str, Any]
Stream = openai.AsyncStream[object]
ClientKey = tuple[asyncio.AbstractEventLoop, str, str]


async def stream_completion(settings: ModelSettings, body: Body) -> AsyncGenerator[CompletionChunk]:
    """The chunks as they come. Raises `EngineFailed`; closed early, it closes the request."""
    stream: Stream | None = None
    begun = complete = False
    try:
        async with asyncio.timeout(settings.timeout_s):
            stream = await _open(settings, body)
        while True:
            async with asyncio.timeout(USAGE_TIMEOUT_S if complete else settings.timeout_s):
                received = await anext(stream, END)
            if received is END:
                break
            chunk = parse_chunk(received)
            begun = True
            complete = complete or bool(chunk.finish_reason)
            yield chunk
    except FAILURES as error:
        if not complete:
            _log(error, settings)
            raise _explain(error, settings, begun) from None
    finally:
        if stream:
            await stream.close()
    if not complete:
        raise EngineFailed(UNFINISHED if begun else NO_ANSWER)


UNFINISHED = "The model's server ended in mid-answer."
NO_ANSWER = "The model's server sent something that is no answer."


async def _open(settings: ModelSettings, body: Body) -> Stream:
    client = await _client(settings)
    while True:
        try:
            # `cast_to=object`: typed chunks take six times the CPU and validate nothing.
            return await client.post(
                "/chat/completions", body=body, cast_to=object, stream=True, stream_cls=Stream
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            simpler = _simplify(body, str(error.body))
            if simpler is None:
                raise
            body = simpler


def _simplify(body: Body, message: str) -> Body | None:
    """The request with fields that more servers know, if that may be why it was refused."""
    if "max_tokens" in body and "max_completion_tokens" in message:
        renamed = {name: value for name, value in body.items() if name != "max_tokens"}
        return {**renamed, "max_completion_tokens": body["max_tokens"]}
    if "stream_options" in body and not TOO_LONG.search(message):
        return {name: value for name, value in body.items() if name != "stream_options"}
    return None


def _explain(error: Exception, settings: ModelSettings, begun: bool) -> EngineFailed:
    match error:
        case TimeoutError() | openai.APITimeoutError() if begun:
            return EngineTimedOut(f"The model's server fell silent for {settings.timeout_s:g} s.")
        case TimeoutError() | openai.APITimeoutError():
            return EngineTimedOut("The model's server did not begin to answer in time.")
        case openai.APIConnectionError() if begun:
            return EngineFailed("The connection to the model's server broke in mid-answer.")
        case openai.APIConnectionError():
            return EngineFailed("The model's server cannot be reached.")
        case openai.APIStatusError():
            retry_after = error.response.headers.get("retry-after", "")
            return failure_of_status(
                error.status_code, str(error.body), settings.model, retry_after
            )
        case openai.APIError():
            return failure_of_status(0, f"{error.message} {error.body}", settings.model)
        case ErrorChunk():
            return failure_of_status(0, str(error), settings.model)
        case _:
            return EngineFailed(NO_ANSWER)


def _log(error: Exception, settings: ModelSettings) -> None:
    parts = (repr(error), getattr(error, "body", None), error.__cause__)
    detail = " · ".join(str(part) for part in parts if part)
    logger.warning(
        "The server of model %s failed: %s",
        settings.model,
        redact(detail, settings.api_key),
    )


# One client, with its pool of connections, for each event loop, server and key.
_clients: dict[ClientKey, tuple[openai.AsyncOpenAI, AsyncGenerator[openai.AsyncOpenAI]]] = {}


async def _client(settings: ModelSettings) -> openai.AsyncOpenAI:
    key = (asyncio.get_running_loop(), settings.base_url, settings.api_key)
    if key not in _clients:
        opening = _open_client(key)
        _clients[key] = (await anext(opening), opening)
    return _clients[key][0]


async def _open_client(key: ClientKey) -> AsyncGenerator[openai.AsyncOpenAI]:
    """Yields one client, which is closed with its event loop: a loop that ends closes its
    generators."""
    _, base_url, api_key = key
    client = openai.AsyncOpenAI(
        # The package requires a key; local servers need none.
        api_key=api_key or "none",
        base_url=base_url,
        timeout=openai.Timeout(None, connect=CONNECT_S),
        max_retries=0,
    )
    try:
        yield client
    finally:
        del _clients[key]
        await client.close()
