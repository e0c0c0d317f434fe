"""Messages between processes, over the channel layer: publish to a group, subscribe to groups.

A process has one channel, however many sockets it serves, so that a layer that is out of reach
closes none of them. Delivery is at most once: a layer drops messages over its capacity, and all
of them while Redis is away. So a message carries nothing that is not stored elsewhere, and every
subscriber also polls what is stored.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from typing import Any

from channels.layers import BaseChannelLayer, get_channel_layer

from core.outage import Outage
from core.tasks import TaskSet, per_event_loop

BroadcastMessage = dict[str, Any]
Listener = Callable[[BroadcastMessage], None]

EVERYONE = "everyone"
# Every process subscribes to it, and hears whose credentials have changed.
IDENTITIES = "identities"
# Every worker subscribes to it, and hears that documents wait to be read.
DOCUMENTS = "documents"
# Seconds: how long a layer may take to answer, and the pause before it is tried again.
LAYER_TIMEOUT_S = 2
RETRY_S = 1
# Messages that may wait behind the one that is being sent; more are dropped.
MAX_WAITING = 1000

_outage = Outage("The channel layer")


def answer_group(answer_id: str) -> str:
    return f"answer.{answer_id}"


def session_group(session_id: str) -> str:
    return f"session.{session_id}"


def user_group(user_id: str) -> str:
    return f"user.{user_id}"


def hub_group(hub: str) -> str:
    return f"hub.{hub}"


def channel_layer() -> BaseChannelLayer:
    layer = get_channel_layer()
    if layer is None:
        raise RuntimeError("CHANNEL_LAYERS has no default")
    return layer


async def publish(group: str, **message: Any) -> bool:
    """Whether the layer took the message."""
    layer = channel_layer()
    message = {"type": "broadcast", "group": group, **message}
    try:
        async with asyncio.timeout(LAYER_TIMEOUT_S):
            await layer.group_send(group, message)
    except Exception as error:
        _outage.begins(error)
        return False
    _outage.is_over()
    return True


class Broadcaster:
    """The subscriptions of one process (of one event loop: tests have many)."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        # The groups that this process has joined in the layer.
        self._joined: set[str] = set()
        self._changed = asyncio.Event()
        self._channel = ""
        self._tasks = TaskSet()
        # Keys only: a message published again before it was sent is sent once.
        self._waiting: dict[tuple[str, frozenset[tuple[str, str]]], None] = {}
        self._sending: asyncio.Task[None] | None = None

    def publish_soon(self, group: str, **message: str) -> None:
        """Publish without waiting. Messages that the layer cannot keep up with are dropped:
        subscribers poll as well."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting[group, frozenset(message.items())] = None
        if self._sending is None:
            self._sending = asyncio.create_task(self._send_waiting())

    async def _send_waiting(self) -> None:
        try:
            while self._waiting:
                group, message = next(iter(self._waiting))
                del self._waiting[group, message]
                await publish(group, **dict(message))
        finally:
            self._sending = None

    def subscribe(self, group: str, listener: Listener) -> None:
        self._listeners.setdefault(group, set()).add(listener)
        self._changed.set()
        if not self._tasks:
            self._tasks.start(self._receive())
            self._tasks.start(self._synchronize_groups())

    def unsubscribe(self, group: str, listener: Listener) -> None:
        listeners = self._listeners.get(group, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(group, None)
            self._changed.set()

    def listeners(self, groups: Collection[str]) -> set[Listener]:
        """In this process; who listens to several of the groups is one."""
        return set[Listener]().union(*(self._listeners.get(group, ()) for group in groups))

    async def _receive(self) -> None:
        layer = channel_layer()
        while True:
            try:
                self._channel = self._channel or await layer.new_channel()
                self._changed.set()
                while True:
                    self._dispatch(await layer.receive(self._channel))
            except Exception as error:
                _outage.begins(error)
                await asyncio.sleep(RETRY_S)

    def _dispatch(self, message: BroadcastMessage) -> None:
        _outage.is_over()
        for listener in tuple(self._listeners.get(message["group"], ())):
            listener(message)

    async def _synchronize_groups(self) -> None:
        """Keep the layer's groups the same as the subscriptions, trying until it succeeds."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._join_and_leave()
            except Exception as error:
                _outage.begins(error)
                await asyncio.sleep(RETRY_S)
                self._changed.set()

    async def _join_and_leave(self) -> None:
        if not self._channel:
            return
        layer, wanted = channel_layer(), set(self._listeners)
        # Not `wait_for`, which in Python 3.11 may swallow a cancellation.
        for group in wanted - self._joined:
            async with asyncio.timeout(LAYER_TIMEOUT_S):
                await layer.group_add(group, self._channel)
            self._joined.add(group)
        for group in self._joined - wanted:
            async with asyncio.timeout(LAYER_TIMEOUT_S):
                await layer.group_discard(group, self._channel)
            self._joined.discard(group)


broadcaster = per_event_loop(Broadcaster)
