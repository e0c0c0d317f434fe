"""RAGFlow's API below its prefixes: which addresses and methods there are. What is sent and what
comes back is RAGFlow's; `docs/ragflow-api.md` says what of it counts here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from django.urls import URLPattern

from chat.rest.ragflow.bootstrap import LogIn, Register
from chat.rest.ragflow.questions import QUESTION_ROUTES
from chat.rest.ragflow.urls import ragflow_urls
from ragws.openapi.schema import ANY_OBJECT, INTEGER, STRING, Schema, object_schema, ref

# What varies in an address, as Django writes it.
NAMES = re.compile(r"<(\w+)>")
METHODS = ("get", "post", "put", "patch", "delete")
# They work without a credential, where the server's settings have them at all.
PUBLIC = (Register, LogIn)
SCHEMAS = {
    "RAGFlowResult": object_schema(
        "code",
        code={**INTEGER, "description": "0, or what went wrong"},
        message=STRING,
        data={"description": "As RAGFlow has it"},
    ),
}
RESPONSES = {
    "200": {
        "description": "RAGFlow's envelope; files, and answers as events, are sent as they are",
        "content": {"application/json": {"schema": ref("RAGFlowResult")}},
    },
}


def _operation(pattern: str, method: str, is_public: bool) -> Schema:
    release = pattern.partition("/")[0].rpartition("-")[2]
    names = NAMES.findall(pattern)
    operation: Schema = {
        "tags": ["RAGFlow"],
        "summary": f"As RAGFlow {release} has it",
        "parameters": [
            {"name": name, "in": "path", "required": True, "schema": STRING} for name in names
        ],
        "responses": RESPONSES,
    }
    if method != "get":
        operation["requestBody"] = {"content": {"application/json": {"schema": ANY_OBJECT}}}
    return operation | ({"security": []} if is_public else {})


def _operations(urls: Iterable[URLPattern]) -> Iterator[tuple[str, str, bool]]:
    for url in urls:
        view = url.callback.cls  # type: ignore[attr-defined]  # as REST framework's views have it
        for method in METHODS:
            if hasattr(view, method):
                yield str(url.pattern), method, issubclass(view, PUBLIC)
    for route in QUESTION_ROUTES:
        yield route.pattern, route.method.lower(), False


def _paths() -> dict[str, Schema]:
    paths: dict[str, Schema] = {}
    for pattern, method, is_public in _operations(ragflow_urls):
        address = "/" + pattern.replace("<", "{").replace(">", "}")
        paths.setdefault(address, {})[method] = _operation(pattern, method, is_public)
    return paths


PATHS = _paths()
