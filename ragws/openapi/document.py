"""The OpenAPI document of the REST API, for client generators; people read docs/protocol.md."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_safe

from core.version import VERSION
from ragws.openapi import accounts, answers, dialogs, knowledge, openai, ragflow
from ragws.openapi.schema import ANY_OBJECT, INTEGER, Schema, nullable, object_schema, string_schema

AREAS = (accounts, answers, dialogs, knowledge, openai, ragflow)
ERROR = {
    "Error": object_schema(
        "code message data",
        code=INTEGER,
        message=string_schema(10_000, 1),
        data=nullable(ANY_OBJECT),
    ),
}
SCHEMAS = ERROR | {name: schema for area in AREAS for name, schema in area.SCHEMAS.items()}
PATHS = {path: item for area in AREAS for path, item in area.PATHS.items()}
DOCUMENT: Schema = {
    "openapi": "3.1.0",
    "info": {"title": "ragws", "version": VERSION, "description": "Beside the WebSocket."},
    "security": [{"bearer": []}, {"query": []}, {"cookie": []}],
    "paths": PATHS,
    "components": {
        "schemas": SCHEMAS,
        "securitySchemes": {
            "bearer": {"type": "http", "scheme": "bearer"},
            "query": {"type": "apiKey", "in": "query", "name": "token"},
            "cookie": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
        },
    },
}


@require_safe
def openapi_document(_request: HttpRequest) -> JsonResponse:
    if not settings.URL_PREFIX:
        return JsonResponse(DOCUMENT)
    return JsonResponse({**DOCUMENT, "servers": [{"url": settings.URL_PREFIX}]})
