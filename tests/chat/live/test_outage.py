"""Something is away for a while: the log has two lines of it."""

from __future__ import annotations

from typing import Any

import pytest

import doorbell
from chat.live.outage import Outage
from doorbell import ring


class Layer:
    is_there = True

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        if not self.is_there:
            raise ConnectionRefusedError("Nobody there")


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer()
    monkeypatch.setattr(doorbell, "the_layer", lambda: layer)
    monkeypatch.setattr(doorbell, "_outage", Outage("The channel layer"))
    return layer


async def test_many_rings_are_lost_and_two_lines_written(
    layer: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    assert await ring("everyone")
    layer.is_there = False
    assert not any([await ring("everyone") for _ in range(10)])
    layer.is_there = True
    assert all([await ring("everyone") for _ in range(10)])
    gone, back = caplog.messages
    assert gone == "The channel layer is out of reach: ConnectionRefusedError('Nobody there')"
    assert back == "The channel layer is back"
