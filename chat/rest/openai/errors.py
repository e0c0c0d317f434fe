"""Errors in OpenAI's shape."""

from __future__ import annotations

import json
from http import HTTPStatus

from chat.http.events import event_with_space
from chat.http.responses import JsonResponse, error_headers
from core.errors import AppError, NotFound

# `type` and `code` by HTTP status, as OpenAI's clients know them.
KINDS = {
    HTTPStatus.UNAUTHORIZED: ("invalid_request_error", "invalid_api_key"),
    HTTPStatus.FORBIDDEN: ("permission_error", "insufficient_permissions"),
    HTTPStatus.TOO_MANY_REQUESTS: ("rate_limit_error", "rate_limit_exceeded"),
}


class NoSuchModel(NotFound):
    """There is no dialog of that id or name, or it is not the caller's."""

    def __init__(self, message: str) -> None:
        super().__init__(message, param="model", error_code="model_not_found")


def error_body(error: AppError) -> dict[str, object]:
    is_ours = error.code >= HTTPStatus.INTERNAL_SERVER_ERROR
    default = ("server_error" if is_ours else "invalid_request_error", None)
    kind, code = KINDS.get(HTTPStatus(error.code), default)
    return {
        "error": {
            "message": str(error),
            "type": kind,
            "param": error.details.get("param"),
            "code": error.details.get("error_code") or code,
        }
    }


def refuse(error: AppError) -> JsonResponse:
    return JsonResponse(error_body(error), error.code, error_headers(error))


def error_event(error: AppError) -> str:
    """The last event of a stream: OpenAI's clients raise it."""
    return event_with_space(json.dumps(error_body(error)))
