"""Fake RAGFlows on loopback: one of each release, and the newest."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.support.fakes.ragflow_releases import RELEASES
from tests.support.fakes.ragflow_server import RAGFlowServer


@pytest.fixture(params=RELEASES)
async def remote(request: pytest.FixtureRequest, loopback: None) -> AsyncIterator[RAGFlowServer]:
    async with RAGFlowServer(request.param) as server:
        yield server


@pytest.fixture
async def newest(loopback: None) -> AsyncIterator[RAGFlowServer]:
    async with RAGFlowServer("0.27.0") as server:
        yield server


@pytest.fixture
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.setattr("chat.engines.ragflow.conversation.RETRY_S", 0.01)
