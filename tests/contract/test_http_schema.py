"""Fuzzes the HTTP routes that follow answers, on a real server: tests/security has the others."""

from __future__ import annotations

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

from ragws.openapi import DOCUMENT
from tests.security.test_rest_schema import EXAMPLES, FOLLOWING
from tests.support.seeded_data import SeededData
from tests.support.server import Server

schema = schemathesis.openapi.from_dict(DOCUMENT).include(path_regex=FOLLOWING)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@pytest.mark.parametrize("caller", ["alice", "bob", "nobody"])
@schema.parametrize()
@hypothesis_settings(
    max_examples=EXAMPLES,
    phases=[Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.filter_too_much],
)
def test_a_response_matches_the_schema(
    case: schemathesis.Case[Any], uvicorn: Server, seeded: SeededData, caller: str
) -> None:
    token = {"alice": seeded.token, "bob": seeded.bobs_token}.get(caller)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    response = case.call(base_url=uvicorn.http, headers=headers)
    case.validate_response(response, checks=CHECKS)
    if caller == "nobody":
        assert response.status_code == 401
