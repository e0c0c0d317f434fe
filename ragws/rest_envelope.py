"""The REST envelope: `{"code": 0, "message": "", "data": …}`, for results and errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation
from rest_framework.exceptions import ErrorDetail, NotAuthenticated, ParseError
from rest_framework.parsers import JSONParser
from rest_framework.renderers import JSONRenderer
from rest_framework.response import Response
from rest_framework.views import exception_handler

from accounts.errors import NO_CREDENTIAL
from core import error_reporting
from core.errors import AppError

# Headers of DRF's own error responses.
FORWARDED_HEADERS = ("Allow", "Retry-After")


class ShallowJSONParser(JSONParser):
    def parse(self, *args: Any, **options: Any) -> Any:
        try:
            return super().parse(*args, **options)
        except RecursionError:
            raise ParseError("The body is nested too deeply") from None


class EnvelopeRenderer(JSONRenderer):
    """Wraps results; errors are wrapped by `handle_exception` already."""

    def render(
        self,
        data: Any,
        accepted_media_type: str | None = None,
        renderer_context: Mapping[str, Any] | None = None,
    ) -> bytes:
        response = (renderer_context or {}).get("response")
        if response is None or not response.exception:
            data = {"code": 0, "message": "", "data": data}
        return super().render(data, accepted_media_type, renderer_context)


def handle_exception(error: Exception, context: dict[str, Any]) -> Response:
    """Turns any exception of a view into a response. An unexpected one is logged under a name."""
    match error:
        case AppError():
            return _error_response(int(error.code), str(error), error.details)
        case NotAuthenticated():
            return _error_response(401, NO_CREDENTIAL)
        case RequestDataTooBig():
            return _error_response(413, "The request is larger than this server reads")
        case SuspiciousOperation():
            # Django's own limits, among them how many files and fields a form may have.
            return _error_response(400, str(error))
    response = exception_handler(error, context)
    if response is None:
        failed = error_reporting.report(error)
        return _error_response(int(failed.code), str(failed), failed.details)
    headers = {
        name: response.headers[name] for name in FORWARDED_HEADERS if name in response.headers
    }
    return _error_response(response.status_code, _sentence(_detail(response.data)), headers=headers)


def _error_response(
    code: int,
    message: str,
    details: dict[str, Any] | None = None,
    headers: dict[str, str] | None = None,
) -> Response:
    headers = headers or {}
    if code == 401:
        headers["WWW-Authenticate"] = "Bearer"
    if details and "retry_after" in details:
        headers["Retry-After"] = str(details["retry_after"])
    body = {"code": code, "message": message, "data": details or None}
    response = Response(body, status=code, headers=headers)
    response.exception = True
    return response


def _detail(data: Any) -> Any:
    """The part of DRF's own error response that says what went wrong."""
    return data.get("detail", data) if isinstance(data, dict) else data


def _sentence(detail: Any) -> str:
    """DRF's nested validation errors as one sentence that names the fields."""
    match detail:
        case ErrorDetail():
            return str(detail)
        case list():
            return " ".join(_sentence(item) for item in detail)
        case dict():
            return " ".join(f"`{name}`: {_sentence(item)}" for name, item in detail.items())
        case _:
            return str(detail)
