"""What the views of RAGFlow's API have in common: its envelope, and how it refuses.

HTTP's status is 200 for all that a view decides. What never reaches one, such as a request without
a credential, is translated on its way out, with the errors of all other addresses.
"""

from __future__ import annotations

from typing import Any, cast

from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.identity import Identity
from chat.rest.ragflow.releases import OLD, Release
from chat.rest.ragflow_errors import DATA, ROUTING


class Refusal(Exception):
    """`code` and `message` are RAGFlow's."""

    def __init__(self, message: str, code: int = DATA) -> None:
        super().__init__(message)
        self.code = code


class RAGFlowView(APIView):
    renderer_classes = (JSONRenderer,)
    # An argument of `as_view`.
    release: Release = OLD

    def handle_exception(self, exc: Exception) -> Response:
        if not isinstance(exc, Refusal):
            return super().handle_exception(exc)
        data = {"data": False} if self.release.is_new else {}
        response = Response({"code": exc.code, "message": str(exc), **data})
        # Rolls back what was begun.
        response.exception = True
        return response


def result(data: object = None, message: str = "") -> Response:
    return Response({"code": 0, "message": message, "data": data})


def caller(request: Request) -> Identity:
    # Requests without a valid credential do not reach a view.
    return cast(Identity, request.auth)


def body_of(request: Request) -> dict[str, Any]:
    """Empty without a body. RAGFlow says of other JSON how it fails over it."""
    body = request.data or {}
    if isinstance(body, dict):
        return body
    kind = type(body).__name__
    raise Refusal(f"AttributeError(\"'{kind}' object has no attribute 'get'\")", ROUTING)
