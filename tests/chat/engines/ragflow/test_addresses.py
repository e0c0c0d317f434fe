"""Where a remote RAGFlow may be, and where the site's key is sent."""

from __future__ import annotations

import pytest

from chat.engines.ragflow.engine import RAGFlowEngine
from tests.support.engine_prompts import collect_events, text_of
from tests.support.fakes.ragflow_server import RAGFlowServer
from tests.support.ragflow_prompts import ask


async def test_a_dialogs_own_ragflow_may_not_be_in_a_private_network(
    newest: RAGFlowServer,
) -> None:
    engine = RAGFlowEngine("", "http://127.0.0.1:9")

    _, failure = await collect_events(engine, ask(base_url=newest.base_url))

    assert "may not use" in str(failure)
    assert not newest.requests


async def test_the_sites_key_is_not_sent_to_a_dialogs_own_ragflow(newest: RAGFlowServer) -> None:
    site = "http://127.0.0.1:9"
    engine = RAGFlowEngine("ragflow-of-the-site", site, private_networks=["127.0.0.0/8"])

    _, failure = await collect_events(engine, ask(base_url=newest.base_url))

    assert str(failure) == "RAGFlow did not accept our key."
    assert "authorization" not in newest.requests[0].headers


@pytest.mark.parametrize("path", ["/", "/v1", "/api/v1/"])
async def test_an_address_may_end_as_people_copy_it(newest: RAGFlowServer, path: str) -> None:
    engine = RAGFlowEngine(newest.key, newest.base_url + path)

    events, failure = await collect_events(engine, ask())

    assert failure is None
    assert text_of(events)
