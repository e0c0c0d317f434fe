"""Fuzzes the REST API: any request of any user gets a response of its schema, never 500."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from django.test import Client
from django.urls import get_resolver
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chat.models import ChatSession
from knowledge.ingestion import ingest
from ragws.asgi import HTTP_ROUTES
from ragws.openapi.document import DOCUMENT
from tests.support.world import World

# Routes that follow answers are ASGI's, and tried in tests/contract/test_http_schema.py.
FOLLOWING = r"^/v1/|/answers/|openai/|/completions$|/retrieval$"
# Their bodies are RAGFlow's: tests/chat/rest/ragflow has them.
RAGFLOWS = "^/ragflow-"
ours = schemathesis.openapi.from_dict(DOCUMENT).exclude(path_regex=RAGFLOWS)
schema = ours.exclude(path_regex=FOLLOWING)
schema.app = get_wsgi_application()
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
EXAMPLES = 6 if os.environ.get("CI") else 5
# The caller, and whether the path names alice's rows or random values.
CALLERS = [
    ("alice", True),
    ("alice", False),
    ("alice's token", True),
    ("bob", True),
    ("nobody", True),
    ("nonsense", False),
]


def headers_of(world: World, caller: str) -> dict[str, str]:
    secrets = {
        "alice": world.alice.jwt(),
        "alice's token": world.alice.token,
        "bob": world.bob.jwt(),
        "nonsense": "ragflow-nonsense",
    }
    return {"Authorization": f"Bearer {secrets[caller]}"} if caller in secrets else {}


@pytest.fixture
def alices_ids(world: World, settings: Any) -> dict[str, str]:
    """Alice's ids by path parameter. Limits are off: they have their own tests."""
    settings.ADDRESS_FAILURES_PER_MINUTE = 0
    session = ChatSession.objects.create(dialog=world.dialog, user=world.alice.user, name="Ferries")
    document = ingest(world.knowledge_base, "tea.md", b"Hot.")
    return {
        "dataset_id": world.knowledge_base.pk.hex,
        "document_id": document.pk.hex,
        "dialog_id": world.dialog.pk.hex,
        "session_id": session.pk.hex,
        "token_id": world.alice.token_row.pk.hex,
    }


@pytest.fixture(autouse=True)
def transaction_of_the_test() -> Iterator[None]:
    """Keeps the test's transaction: like Django's client, requests close no connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@schema.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
def test_a_response_matches_the_schema(
    case: schemathesis.Case[Any], world: World, alices_ids: dict[str, str]
) -> None:
    """Each caller makes the same request, and finds the rows as they were."""
    drawn = dict(case.path_parameters)
    named = {name: alices_ids[name] for name in drawn if name in alices_ids}
    for caller, names_alices_rows in CALLERS:
        case.path_parameters = {**drawn, **named} if names_alices_rows else drawn
        with transaction.atomic():
            response = case.call(headers=headers_of(world, caller))
            transaction.set_rollback(True)
        case.validate_response(response, checks=CHECKS)
        if caller in ("nobody", "nonsense") and "security" not in case.operation.definition.raw:
            assert response.status_code == 401
        if caller == "bob" and named:
            assert response.status_code >= 400


def test_every_address_is_in_the_schema() -> None:
    found = set()
    for pattern in get_resolver().url_patterns:
        for one in getattr(pattern, "url_patterns", [pattern]):
            found.add(str(one.pattern))
    served = {path for path in found if path.startswith(("api/v1/", "ragflow-"))}
    served |= {one.pattern for one in HTTP_ROUTES}
    as_django_writes = {path.replace("<slug:", "<") for path in served - {"api/v1/openapi.json"}}
    assert as_django_writes == {
        path[1:].replace("{", "<").replace("}", ">") for path in DOCUMENT["paths"]
    }


def test_the_schema_is_public() -> None:
    response = Client().get("/api/v1/openapi.json")
    assert response.status_code == 200
    assert response.json() == DOCUMENT
