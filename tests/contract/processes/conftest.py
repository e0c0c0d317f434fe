"""Clients of two servers with the same data: each module says in `pair` how these are run."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.contract.conftest import CHAT
from tests.support.frame_client import FrameClient, open_client
from tests.support.seeded_data import SeededData
from tests.support.server import Server


@pytest.fixture
def first_url(pair: list[Server]) -> str:
    return pair[0].ws + CHAT


@pytest.fixture
def second_url(pair: list[Server]) -> str:
    return pair[1].ws + CHAT


@pytest.fixture
async def asker(first_url: str, seeded: SeededData) -> AsyncIterator[FrameClient]:
    async with open_client(first_url, seeded.token) as client:
        yield client


@pytest.fixture
async def other(second_url: str, seeded: SeededData) -> AsyncIterator[FrameClient]:
    """Another connection of the same user, to the second server."""
    async with open_client(second_url, seeded.token) as client:
        yield client
