"""Limits at the door for HTTP: the REST API, and the pages where people sign in."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.deprecation import MiddlewareMixin

from accounts.audit.actor import Actor
from accounts.audit.record import record_refusal
from accounts.errors import LimitReached
from accounts.limits.check import check_request, count_failed_request
from accounts.limits.headers import READINGS, headers_of
from core.client_address import address_in_meta

REST = "/api/"
SIGN_IN = ("/login", "/admin/login/")
KNOCKED = "ragws.knocked"


class RateLimitMiddleware(MiddlewareMixin):
    """Before anything is looked up; afterwards, whoever could not say who they are is noted."""

    def process_request(self, request: HttpRequest) -> HttpResponse | None:
        if not request.path.startswith((REST, *SIGN_IN)):
            return None
        address = address_in_meta(request.META)
        try:
            request.META[KNOCKED] = check_request(address)
        except LimitReached as limit:
            record_refusal(limit, request.path, Actor(address=address or ""))
            return _refusal(request, limit)
        return None

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if KNOCKED not in request.META:
            return response
        if _has_failed(request, response):
            count_failed_request(address_in_meta(request.META))
        if request.path.startswith(REST):
            readings = [*request.META[KNOCKED], *request.META.get(READINGS, ())]
            for name, value in headers_of(readings).items():
                response[name] = value
        return response


def _has_failed(request: HttpRequest, response: HttpResponseBase) -> bool:
    """A form that is shown again, and a link that is over, are failures too."""
    if request.path.startswith(REST):
        return response.status_code == 401
    shown_again = request.method == "POST" and response.status_code == 200
    return shown_again or response.status_code == 410


def _refusal(request: HttpRequest, limit: LimitReached) -> HttpResponse:
    headers = {"Retry-After": str(limit.details["retry_after"])}
    if request.path.startswith(REST):
        body = {"code": int(limit.code), "message": str(limit), "data": limit.details}
        return JsonResponse(body, status=limit.code, headers=headers)
    return HttpResponse(str(limit), "text/plain; charset=utf-8", limit.code, headers=headers)
