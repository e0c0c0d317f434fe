"""A model's server on loopback, and an engine that asks it."""

from collections.abc import AsyncIterator

import pytest

from chat.engines.openai.engine import OpenAIEngine
from tests.support.fakes.model_server import ModelServer


@pytest.fixture
async def server(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[ModelServer]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    async with ModelServer() as server:
        yield server


@pytest.fixture
def engine(server: ModelServer) -> OpenAIEngine:
    return OpenAIEngine(server.key, server.base_url, "fake-1", timeout_s=5)
