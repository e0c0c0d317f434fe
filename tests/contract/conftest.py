"""Two real servers, uvicorn and daphne, each with its own seeded data, for the whole run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.support.frame_client import FrameClient, open_client
from tests.support.seeded_data import SeededData
from tests.support.server import Server, model_server, running

KINDS = ("uvicorn", "daphne")
CHAT = "/v1/ws/chat"


@pytest.fixture(scope="session")
def model() -> Iterator[dict[str, str]]:
    with model_server() as settings:
        yield {**settings, "OPENAI_TIMEOUT_S": "1"}


@pytest.fixture(scope="session")
def uvicorn(data: Path, seeded: SeededData, model: dict[str, str]) -> Iterator[Server]:
    with running(data, "uvicorn", **model) as server:
        yield server


@pytest.fixture(scope="session")
def daphne(data: Path, seeded: SeededData, model: dict[str, str]) -> Iterator[Server]:
    with running(data, "daphne", **model) as server:
        yield server


@pytest.fixture(params=KINDS)
def server(request: pytest.FixtureRequest) -> Server:
    """Shared: a test that stops the server or needs other settings starts its own."""
    shared: Server = request.getfixturevalue(request.param)
    return shared


@pytest.fixture
async def alice(server: Server, seeded: SeededData) -> AsyncIterator[FrameClient]:
    async with open_client(server.ws + CHAT, seeded.token) as client:
        yield client
