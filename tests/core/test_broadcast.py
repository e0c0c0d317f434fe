"""Messages between processes: repeated ones are sent once, lost ones cost two lines in the log."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest
from channels.layers import InMemoryChannelLayer

from core import broadcast
from core.broadcast import MAX_WAITING, Broadcaster, publish
from core.outage import Outage


class Layer:
    """A channel layer that can be out of reach, or take its time."""

    def __init__(self) -> None:
        self.is_reachable = True
        self.takes_messages = asyncio.Event()
        self.takes_messages.set()
        self.sent: list[tuple[str, dict[str, Any]]] = []

    async def group_send(self, group: str, message: dict[str, Any]) -> None:
        await self.takes_messages.wait()
        if not self.is_reachable:
            raise ConnectionRefusedError("Nobody there")
        self.sent.append((group, message))


@pytest.fixture
def layer(monkeypatch: pytest.MonkeyPatch) -> Layer:
    layer = Layer()
    monkeypatch.setattr(broadcast, "channel_layer", lambda: layer)
    monkeypatch.setattr(broadcast, "_outage", Outage("The channel layer"))
    return layer


async def test_many_messages_are_lost_and_two_lines_logged(
    layer: Layer, caplog: pytest.LogCaptureFixture
) -> None:
    assert await publish("everyone")
    layer.is_reachable = False
    assert not any([await publish("everyone") for _ in range(10)])
    layer.is_reachable = True
    assert all([await publish("everyone") for _ in range(10)])
    gone, back = caplog.messages
    assert gone == "The channel layer is out of reach: ConnectionRefusedError('Nobody there')"
    assert back == "The channel layer is back"


async def all_sent(broadcaster: Broadcaster) -> None:
    assert broadcaster._sending
    await broadcaster._sending


async def test_a_process_stays_in_its_groups_for_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the settings make the layer of a server without Redis."""
    layer = broadcast.channel_layer()
    assert isinstance(layer, InMemoryChannelLayer)
    await layer.group_add("everyone", "a-process")
    a_week_later = time.time() + 7 * 24 * 3600
    monkeypatch.setattr("channels.layers.time.time", lambda: a_week_later)
    # Memberships that have expired end when the process waits for the next message.
    receiving = asyncio.create_task(layer.receive("a-process"))
    await asyncio.sleep(0)
    assert await publish("everyone")
    assert (await receiving)["group"] == "everyone"


async def test_the_same_message_waits_once(layer: Layer) -> None:
    broadcaster = Broadcaster()
    layer.takes_messages.clear()
    for answer in ("a1", "a1", "a2", "a1"):
        broadcaster.publish_soon("session.s1", answer=answer)
    layer.takes_messages.set()
    await all_sent(broadcaster)
    assert [message["answer"] for _, message in layer.sent] == ["a1", "a2"]


async def test_a_message_repeated_while_it_is_being_sent_is_sent_again(layer: Layer) -> None:
    broadcaster = Broadcaster()
    layer.takes_messages.clear()
    broadcaster.publish_soon("answer.a1")
    await asyncio.sleep(0)
    broadcaster.publish_soon("answer.a1")
    layer.takes_messages.set()
    await all_sent(broadcaster)
    assert [group for group, _ in layer.sent] == ["answer.a1"] * 2
    broadcaster.publish_soon("answer.a1")
    await all_sent(broadcaster)
    assert len(layer.sent) == 3


async def test_a_layer_that_takes_nothing_is_not_waited_for(layer: Layer) -> None:
    broadcaster = Broadcaster()
    layer.takes_messages.clear()
    for number in range(MAX_WAITING + 10):
        broadcaster.publish_soon(f"answer.{number}")
    layer.takes_messages.set()
    await all_sent(broadcaster)
    assert len(layer.sent) == MAX_WAITING
