"""Errors of a model's server as `EngineFailed`, whose sentence has no key and no address."""

import re

from chat.engines.base import EngineFailed, EngineTimedOut

TOO_LONG = re.compile(
    r"context.?(length|window|size)|maximum context|prompt is too long|too many tokens"
    r"|(range of )?input length|input is too long",
    re.IGNORECASE,
)
NO_CREDIT = re.compile(r"insufficient.?(quota|balance|credit)|billing", re.IGNORECASE)
SECRET = re.compile(r"https?://\S+|\b(sk|key|ragflow)-[\w*.-]+|Bearer\s+\S+", re.IGNORECASE)


BY_STATUS = {
    0: "The model's server broke off with an error.",
    401: "The model's server did not accept our key.",
    402: "The account at the model's server has no credit left.",
    403: "The model's server does not let us use the model {model!r}.",
    404: "The model's server does not know the model {model!r}, or its address is wrong.",
    413: "This is too much text for the model. Start a new session, ask a shorter question, or send"
    " fewer files.",
    429: "The model's server is too busy for us. {when}",
    503: "The model's server is overloaded. {when}",
    529: "The model's server is overloaded. {when}",
}
FAILED = "The model's server failed (HTTP {status}). {when}"
REFUSED = "The model's server refused the request (HTTP {status})."


def failure_of_status(status: int, message: str, model: str, retry_after: str = "") -> EngineFailed:
    """For an error status, or (status 0) an error in the middle of a stream."""
    if status in (408, 504):
        return EngineTimedOut("The model's server took too long.")
    if TOO_LONG.search(message):
        status = 413
    elif NO_CREDIT.search(message):
        status = 402
    sentence = BY_STATUS.get(status, FAILED if status >= 500 else REFUSED)
    return EngineFailed(sentence.format(status=status, model=model, when=retry_advice(retry_after)))


def retry_advice(retry_after: str) -> str:
    seconds = int(retry_after) if retry_after.isascii() and retry_after.isdigit() else 0
    return f"Try again in {seconds} s." if seconds else "Try again in a moment."


def failure_of_finish_reason(finish_reason: str) -> EngineFailed | None:
    """Why the answer is incomplete, if the finish reason says that it is."""
    match finish_reason:
        case "length":
            return EngineFailed(
                "The answer stops here because it reached the longest the model may write."
            )
        case "content_filter":
            return EngineFailed("The model's server held back the rest of the answer.")
        case "insufficient_system_resource":
            return EngineFailed("The model's server ran out of resources in mid-answer.")
        case _:
            return None


def redact(text: str, api_key: str) -> str:
    """The part of a server's error message that may be logged."""
    hidden = text.replace(api_key, "…") if api_key else text
    return SECRET.sub("…", hidden)[:500]
