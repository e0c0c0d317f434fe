"""Failures of a remote RAGFlow as `EngineFailed`, whose sentence has no key and no address."""

from http import HTTPStatus

from chat.engines.base import EngineFailed, EngineTimedOut
from chat.engines.http.failures import TIMED_OUT, TOO_MUCH_TEXT, meaning_of, retry_advice

SILENT = "RAGFlow fell silent for {seconds:g} s."
NOT_BEGUN = "RAGFlow did not begin to answer in time."
TOO_SLOW = "The answer stops here because RAGFlow took longer than this server waits."
MALFORMED = "RAGFlow sent something that is no answer."
UNFINISHED = "RAGFlow ended in mid-answer."
NO_ANSWER = "RAGFlow gave no answer."
NO_RAGFLOW = "What answers at RAGFlow's address is no RAGFlow."
TOO_LONG_EVENT = "RAGFlow sent more at once than this server takes."
PACKED = "RAGFlow, or a proxy before it, packed its answer in a way that was not asked for."
BROKEN_OFF = "The connection to RAGFlow broke in mid-answer."
UNREACHABLE = "RAGFlow cannot be reached."
FORBIDDEN = (
    "The address of this dialog's RAGFlow is in a network that dialogs may not use. Ask the"
    " administrator of this server."
)
WRONG_KEY = "RAGFlow did not accept our key."
NO_CHAT = "RAGFlow has no such chat, or our key is not for it."
REFUSED = "RAGFlow refused the question."
FAILED = "RAGFlow failed with an error of its own."
# By what a status would mean. The model is asked by RAGFlow, with RAGFlow's key.
OF_MODEL = {
    401: "The server of RAGFlow's model did not accept RAGFlow's key.",
    402: "The account of RAGFlow's model has no credit left.",
    404: "The model that RAGFlow's chat names is not known to its server.",
    413: TOO_MUCH_TEXT,
    429: "The model behind RAGFlow is too busy. {when}",
    451: "The content filter of RAGFlow's model refused this question.",
}
MODEL_FAILED = "The model behind RAGFlow failed."

# RAGFlow's own codes.
EXCEPTION, ARGUMENT, DATA, FORBIDDEN_CODE, AUTHENTICATION = 100, 101, 102, 108, 109


def failure_of_code(code: int, message: str) -> EngineFailed:
    """For an envelope with a code that is not 0."""
    said = message.lower()
    if code in (AUTHENTICATION, HTTPStatus.UNAUTHORIZED) and is_about_chat(said):
        return EngineFailed(NO_CHAT)
    if code in (AUTHENTICATION, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, FORBIDDEN_CODE):
        return EngineFailed(WRONG_KEY)
    if code in (DATA, HTTPStatus.NOT_FOUND) and is_about_chat(said):
        return EngineFailed(NO_CHAT)
    if code in (ARGUMENT, DATA, HTTPStatus.BAD_REQUEST, HTTPStatus.NOT_FOUND):
        return EngineFailed(REFUSED)
    return failure_of_model(message, otherwise=FAILED)


def failure_of_model(message: str, otherwise: str = MODEL_FAILED) -> EngineFailed:
    """For what RAGFlow tells of its model, in the words of that model's server."""
    sentence = OF_MODEL.get(meaning_of(0, message, None), otherwise)
    return EngineFailed(sentence.format(when=retry_advice(None)))


def failure_of_status(status: int, retry_after: int | None) -> EngineFailed:
    """For a response that is no envelope, mostly of a proxy before RAGFlow."""
    if status in TIMED_OUT:
        return EngineTimedOut("RAGFlow took too long for the proxy before it.")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        return EngineFailed(WRONG_KEY)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        sentence = f"RAGFlow is too busy for us. {retry_advice(retry_after)}"
    elif status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        sentence = f"RAGFlow failed (HTTP {status}). {retry_advice(retry_after)}"
    elif 300 <= status < 400:
        sentence = (
            f"RAGFlow sends us to another address (HTTP {status}), which is not followed: the"
            " address in the settings must be the right one."
        )
    else:
        sentence = f"What answers at RAGFlow's address is no RAGFlow (HTTP {status})."
    return EngineFailed(sentence, retry_after=retry_after)


ABOUT_CHAT = ("own the chat", "own the assistant", "chat not found", "no authorization")


def is_about_chat(said: str) -> bool:
    return any(word in said for word in ABOUT_CHAT)


def is_about_session(said: str) -> bool:
    return "session" in said and any(
        word in said for word in ("own", "not found", "not exist", "belong")
    )
