"""Middleware that limits HTTP requests to the REST API and to the pages where people sign in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin

from accounts.audit.actor import Actor
from accounts.audit.record import record_refusal
from accounts.errors import LimitReached
from accounts.limits.check import check_request, count_failed_request
from accounts.limits.headers import READINGS, headers_of
from accounts.logins.known_browsers import set_known_cookie
from accounts.logins.password_backend import FAILURE_COUNTED
from core.client_address import address_in_meta
from core.errors import AppError, TooManyRequests, Unavailable

# Ours, and RAGFlow's.
REST_PREFIXES = ("/api/", "/ragflow-")
SIGN_IN_PATHS = ("/login", "/admin/login/")
HANDSHAKE_READINGS = "ragws.handshake_limits"


class RateLimitMiddleware(MiddlewareMixin):
    """Limits are checked before anything is looked up; failed authentications count afterwards."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not request.path_info.startswith((*REST_PREFIXES, *SIGN_IN_PATHS)):
            return None
        address = address_in_meta(request.META)
        try:
            request.META[HANDSHAKE_READINGS] = check_request(address)
        except LimitReached as limit:
            record_refusal(limit, request.path, Actor(address=address or ""))
            return _refusal(request, limit)
        return None

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """The forms let through what the password backend raises; REST explains it itself."""
        if HANDSHAKE_READINGS not in request.META or not isinstance(
            exception, TooManyRequests | Unavailable
        ):
            return None
        return _refusal(request, exception)

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if HANDSHAKE_READINGS not in request.META:
            return response
        set_known_cookie(request, response)
        if _has_failed(request, response) and FAILURE_COUNTED not in request.META:
            count_failed_request(address_in_meta(request.META))
        if request.path_info.startswith(REST_PREFIXES):
            readings = [*request.META[HANDSHAKE_READINGS], *request.META.get(READINGS, ())]
            for name, value in headers_of(readings).items():
                response[name] = value
        return response


def _has_failed(request: HttpRequest, response: HttpResponseBase) -> bool:
    """A sign-in form that is shown again, and a login link that has expired, are failures too."""
    if request.path_info.startswith(REST_PREFIXES):
        return response.status_code == 401
    shown_again = request.method == "POST" and response.status_code == 200
    return shown_again or response.status_code == 410


def _refusal(request: HttpRequest, limit: AppError) -> HttpResponse:
    headers = {"Retry-After": str(limit.details.get("retry_after", 1))}
    if request.path_info.startswith(REST_PREFIXES):
        body = {"code": int(limit.code), "message": str(limit), "data": limit.details}
        return JsonResponse(body, status=limit.code, headers=headers)
    return HttpResponse(str(limit), "text/plain; charset=utf-8", limit.code, headers=headers)
