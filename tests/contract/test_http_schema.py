"""Fuzzes the HTTP routes that follow answers, on a real server: tests/security has the others."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.security.test_rest_schema import EXAMPLES, FOLLOWING, ours
from tests.support.seeded_data import SeededData
from tests.support.server import Server, running

schema = ours.include(path_regex=FOLLOWING)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.fixture(scope="module")
def patient_server(data: Path, seeded: SeededData) -> Iterator[Server]:
    """One that answers strangers however often they ask in a minute."""
    with running(data, ADDRESS_FAILURES_PER_MINUTE=100_000) as server:
        yield server


@pytest.mark.parametrize("caller", ["alice", "bob", "nobody"])
@schema.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
def test_a_response_matches_the_schema(
    case: schemathesis.Case[Any], patient_server: Server, seeded: SeededData, caller: str
) -> None:
    token = {"alice": seeded.token, "bob": seeded.bobs_token}.get(caller)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = case.call(base_url=patient_server.http, headers=headers)
    case.validate_response(response, checks=CHECKS)
    if caller == "nobody":
        assert response.status_code == 401
