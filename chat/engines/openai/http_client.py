"""The request to a model's server. Only this room knows the `openai` package.

The package takes most of a second and 45 MB to import, so this is imported with the first question.
"""

import asyncio
import logging
from collections.abc import AsyncGenerator
from typing import Any

import openai

from chat.engines.base import EngineFailed, EngineTimedOut
from chat.engines.openai.chunks import Complaint, Malformed, Piece, read_chunk
from chat.engines.openai.failures import TOO_LONG, refused, without_secrets
from chat.engines.openai.options import ModelSettings

logger = logging.getLogger(__name__)

CONNECT_S = 10.0
# How long a complete answer is held up to hear what it cost.
LAST_WORDS_S = 2.0
FAILURES = (openai.OpenAIError, Malformed, Complaint, TimeoutError, ValueError)
END = object()

# They log the whole address of each request, with whatever secret it has in it.
for library in ("httpx", "httpx2", "httpcore", "httpcore2"):
    logging.getLogger(library).setLevel(logging.WARNING)

Body = dict[str, Any]
Stream = openai.AsyncStream[object]
Place = tuple[asyncio.AbstractEventLoop, str, str]


async def ask(settings: ModelSettings, body: Body) -> AsyncGenerator[Piece]:
    """The answer as it comes. Raises `EngineFailed`; closed early, it closes the request."""
    stream: Stream | None = None
    begun = complete = False
    try:
        async with asyncio.timeout(settings.timeout_s):
            stream = await _open(settings, body)
        while True:
            async with asyncio.timeout(LAST_WORDS_S if complete else settings.timeout_s):
                chunk = await anext(stream, END)
            if chunk is END:
                break
            piece = read_chunk(chunk)
            begun = True
            complete = complete or bool(piece.finish_reason)
            yield piece
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
            # Asked for as plain objects: typed chunks take six times the CPU and check nothing.
            return await client.post(
                "/chat/completions", body=body, cast_to=object, stream=True, stream_cls=Stream
            )
        except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
            simpler = _simpler(body, str(error.body))
            if simpler is None:
                raise
            body = simpler


def _simpler(body: Body, complaint: str) -> Body | None:
    """The request in words that more servers understand, if that may be what is wrong with it."""
    if "max_tokens" in body and "max_completion_tokens" in complaint:
        renamed = {name: value for name, value in body.items() if name != "max_tokens"}
        return {**renamed, "max_completion_tokens": body["max_tokens"]}
    if "stream_options" in body and not TOO_LONG.search(complaint):
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
            return refused(error.status_code, str(error.body), settings.model, retry_after)
        case openai.APIError():
            return refused(0, f"{error.message} {error.body}", settings.model)
        case Complaint():
            return refused(0, str(error), settings.model)
        case _:
            return EngineFailed(NO_ANSWER)


def _log(error: Exception, settings: ModelSettings) -> None:
    parts = (repr(error), getattr(error, "body", None), error.__cause__)
    detail = " · ".join(str(part) for part in parts if part)
    logger.warning(
        "The server of model %s failed: %s",
        settings.model,
        without_secrets(detail, settings.api_key),
    )


# The connections of each event loop to each server, under each key.
_pools: dict[Place, tuple[openai.AsyncOpenAI, AsyncGenerator[openai.AsyncOpenAI]]] = {}


async def _client(settings: ModelSettings) -> openai.AsyncOpenAI:
    place = (asyncio.get_running_loop(), settings.base_url, settings.api_key)
    if place not in _pools:
        lease_renewer = _keep(place)
        _pools[place] = (await anext(lease_renewer), lease_renewer)
    return _pools[place][0]


async def _keep(place: Place) -> AsyncGenerator[openai.AsyncOpenAI]:
    """A loop that ends closes its generators: so the connections go when their loop goes."""
    _, base_url, api_key = place
    client = openai.AsyncOpenAI(
        # The package insists on a key; servers at home want none.
        api_key=api_key or "none",
        base_url=base_url,
        timeout=openai.Timeout(None, connect=CONNECT_S),
        max_retries=0,
    )
    try:
        yield client
    finally:
        del _pools[place]
        await client.close()
