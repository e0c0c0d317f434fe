"""Removes secrets from the error pages that Django shows with DEBUG on."""

from __future__ import annotations

import re
from types import FrameType
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.views.debug import SafeExceptionReporterFilter

from ragws.log_filters import redact_secrets

SENSITIVE_NAMES = re.compile(
    "API|AUTH|TOKEN|KEY|SECRET|PASS|SIGNATURE|COOKIE|TICKET|CREDENTIAL|SESSION$|QUERY_STRING|BODY",
    re.IGNORECASE,
)


class RedactingReporterFilter(SafeExceptionReporterFilter):
    """Django's own filter removes nothing while DEBUG is on."""

    hidden_settings = SENSITIVE_NAMES

    def is_active(self, request: HttpRequest | None) -> bool:
        return True

    def get_post_parameters(self, request: HttpRequest | None) -> Any:
        posted = super().get_post_parameters(request).copy()
        for name in posted:
            if SENSITIVE_NAMES.search(name):
                posted[name] = self.cleansed_substitute
        return posted

    def get_traceback_frame_variables(self, request: Any, tb_frame: FrameType) -> Any:
        return [
            (name, self.cleansed_substitute if SENSITIVE_NAMES.search(name) else value)
            for name, value in super().get_traceback_frame_variables(request, tb_frame)
        ]


def redact_error_page(response: HttpResponse) -> None:
    """Removes what no variable name gives away: secrets in addresses, sentences and values."""
    is_page = response.get("Content-Type", "").startswith("text/")
    if settings.DEBUG and response.status_code >= 400 and is_page and not response.streaming:
        response.content = redact_secrets(response.content.decode("utf-8", "replace")).encode()
        if "Content-Length" in response.headers:
            response.headers["Content-Length"] = str(len(response.content))
