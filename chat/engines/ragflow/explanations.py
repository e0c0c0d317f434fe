"""From what went wrong while RAGFlow was asked to the `EngineFailed` that is told of it."""

from collections.abc import Mapping

import httpcore

from chat.engines.base import EngineFailed, EngineTimedOut
from chat.engines.http.connections import ForbiddenAddress
from chat.engines.http.event_stream import TooLongEvent
from chat.engines.http.failures import retry_seconds
from chat.engines.http.patience import TookTooLong
from chat.engines.http.response_body import UnknownEncoding
from chat.engines.http.responses import LOST
from chat.engines.ragflow import failures
from chat.engines.ragflow.chat_events import Refused
from chat.engines.ragflow.completion_stream import NotRAGFlow, Unfinished
from chat.engines.ragflow.remote_api import HTTPFailure

SENTENCES: Mapping[type[Exception], str] = {
    ForbiddenAddress: failures.FORBIDDEN,
    TookTooLong: failures.TOO_SLOW,
    TooLongEvent: failures.TOO_LONG_EVENT,
    UnknownEncoding: failures.PACKED,
    Unfinished: failures.UNFINISHED,
    NotRAGFlow: failures.NO_RAGFLOW,
}


def explain(
    error: Exception, timeout_s: float, has_begun: bool = False, has_status: bool = False
) -> EngineFailed:
    """`has_begun`: an event of the answer had come; `has_status`: a response had."""
    match error:
        case TimeoutError() | httpcore.TimeoutException() if has_begun:
            return EngineTimedOut(failures.SILENT.format(seconds=timeout_s))
        case TimeoutError() | httpcore.TimeoutException():
            return EngineTimedOut(failures.NOT_BEGUN)
        case Refused(code=code, message=message):
            return failures.failure_of_code(code, message)
        case HTTPFailure(status=status, headers=headers):
            return failures.failure_of_status(status, retry_seconds(headers, "", ""))
        case Unfinished() if not has_begun:
            return EngineFailed(failures.NO_ANSWER)
    for kind, words in SENTENCES.items():
        if isinstance(error, kind):
            return EngineFailed(words)
    if not isinstance(error, LOST):
        return EngineFailed(failures.MALFORMED)
    return EngineFailed(failures.BROKEN_OFF if has_status else failures.UNREACHABLE)
