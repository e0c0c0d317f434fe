"""`system`: the version, and how the server is."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from rest_framework.request import Request
from rest_framework.response import Response

from accounts.scopes import Scope
from chat.rest.ragflow.views import RAGFlowView, result
from core.version import VERSION

HEALTH_PATHS = ("/v1/system/healthz", "/api/v1/system/healthz")
OK = "ok"
NOT_OK = "nok"


class Version(RAGFlowView):
    scopes = {"GET": Scope.READ}

    def get(self, request: Request) -> Response:
        """The release whose shape is spoken, and who speaks it."""
        return result(f"v{self.release.name}.0 (ragws {VERSION})")


def health(checks: Mapping[str, str]) -> tuple[HTTPStatus, dict[str, str]]:
    """HTTP's status and the body, from what was looked at: "ok", or a few words about it."""
    database = _all_ok(checks, ("database", "migrations"))
    parts = {
        "db": database,
        "redis": _all_ok(checks, ("redis",)),
        # The index is in the database.
        "doc_engine": database,
        "storage": OK,
    }
    is_well = all(part == OK for part in (*parts.values(), _all_ok(checks, ("process",))))
    status = HTTPStatus.OK if is_well else HTTPStatus.INTERNAL_SERVER_ERROR
    return status, {**parts, "status": OK if is_well else NOT_OK}


def _all_ok(checks: Mapping[str, str], names: tuple[str, ...]) -> str:
    return OK if all(checks.get(name, OK) == OK for name in names) else NOT_OK
