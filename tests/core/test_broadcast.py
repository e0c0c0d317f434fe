"""Rings between processes: many are one, lost ones cost two lines in the log."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from core import broadcast
from core.broadcast import MAX_WAITING, Broadcaster, publish
from core.outage import Outage


class Layer:
    def __init__(self) -> None:
        self.is_there = True
        self.takes = asyncio.Event()
        self.takes.set()
        self.rung: list[tuple[str, dict[str, Any]]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self.takes.wait()
        if not self.is_there:
            raise ConnectionRefusedError("Nobody there")
        self.rung.append((group, message))


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer()
    monkeypatch.setattr(broadcast, "channel_layer", lambda: layer)
    monkeypatch.setattr(broadcast, "_outage", Outage("The channel layer"))
    return layer


async def test_many_rings_are_lost_and_two_lines_written(
    layer: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    assert await publish("everyone")
    layer.is_there = False
    assert not any([await publish("everyone") for _ in range(10)])
    layer.is_there = True
    assert all([await publish("everyone") for _ in range(10)])
    gone, back = caplog.messages
    assert gone == "The channel layer is out of reach: ConnectionRefusedError('Nobody there')"
    assert back == "The channel layer is back"


async def all_rung(bell: Broadcaster) -> None:
    assert bell._sending
    await bell._sending


async def test_the_same_ring_waits_once(layer: Layer) -> None:
    bell = Broadcaster()
    layer.takes.clear()
    for answer in ("a1", "a1", "a2", "a1"):
        bell.publish_soon("session.s1", answer=answer)
    layer.takes.set()
    await all_rung(bell)
    assert [message["answer"] for _, message in layer.rung] == ["a1", "a2"]


async def test_what_comes_while_one_is_on_its_way_is_rung_after_it(layer: Layer) -> None:
    bell = Broadcaster()
    layer.takes.clear()
    bell.publish_soon("answer.a1")
    await asyncio.sleep(0)
    bell.publish_soon("answer.a1")
    layer.takes.set()
    await all_rung(bell)
    assert [group for group, _ in layer.rung] == ["answer.a1"] * 2
    bell.publish_soon("answer.a1")
    await all_rung(bell)
    assert len(layer.rung) == 3


async def test_a_layer_that_takes_nothing_is_not_waited_for(layer: Layer) -> None:
    bell = Broadcaster()
    layer.takes.clear()
    for number in range(MAX_WAITING + 10):
        bell.publish_soon(f"answer.{number}")
    layer.takes.set()
    await all_rung(bell)
    assert len(layer.rung) == MAX_WAITING
