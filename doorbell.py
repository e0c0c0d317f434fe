"""A bell between processes: one channel of the layer for each, and groups for what they wait for.

A layer keeps no promise: it drops messages over capacity, and all of them while Redis is away. So
a ring carries nothing that is not kept elsewhere, and who waits for one looks by himself as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary

from channels.layers import BaseChannelLayer, get_channel_layer

from outage import Outage

Ring = dict[str, Any]
Listener = Callable[[Ring], None]

EVERYONE = "everyone"
# Every process: what somebody came in by has changed.
IDENTITIES = "identities"
# Seconds: for a layer that does not answer, and until it is tried again.
LAYER_TIMEOUT_S = 2
RETRY_S = 1
# Of rings nobody waits for, so many may wait behind the one on its way.
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


def the_layer() -> BaseChannelLayer:
    layer = get_channel_layer()
    if layer is None:
        raise RuntimeError("CHANNEL_LAYERS has no default")
    return layer


async def ring(group: str, **message: Any) -> bool:
    """Whether the layer took it."""
    layer = the_layer()
    message = {"type": "ring", "group": group, **message}
    try:
        async with asyncio.timeout(LAYER_TIMEOUT_S):
            await layer.group_send(group, message)
    except Exception as error:
        _outage.begins(error)
        return False
    _outage.is_over()
    return True


class Doorbell:
    """The listeners of one process (of one event loop: tests have many)."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[Listener]] = {}
        # Those whose group the layer knows, too.
        self._joined: set[str] = set()
        self._changed = asyncio.Event()
        self._channel = ""
        self._tasks: list[asyncio.Task[None]] = []
        # The same ring, asked for again before it is on its way, is one ring.
        self._waiting: dict[tuple[str, frozenset[tuple[str, str]]], None] = {}
        self._ringing: asyncio.Task[None] | None = None

    def ring_soon(self, group: str, **message: str) -> None:
        """Nobody waits for it. A layer that cannot keep up is spared: those who wait for the ring
        look by themselves as well."""
        if len(self._waiting) < MAX_WAITING:
            self._waiting[group, frozenset(message.items())] = None
        if self._ringing is None:
            self._ringing = asyncio.create_task(self._ring_waiting())

    async def _ring_waiting(self) -> None:
        try:
            while self._waiting:
                group, message = next(iter(self._waiting))
                del self._waiting[group, message]
                await ring(group, **dict(message))
        finally:
            self._ringing = None

    def listen(self, group: str, listener: Listener) -> None:
        self._listeners.setdefault(group, set()).add(listener)
        self._changed.set()
        if not self._tasks:
            self._tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._join())]

    def forget(self, group: str, listener: Listener) -> None:
        listeners = self._listeners.get(group, set())
        listeners.discard(listener)
        if not listeners:
            self._listeners.pop(group, None)
            self._changed.set()

    async def _hear(self) -> None:
        layer = the_layer()
        while True:
            try:
                self._channel = self._channel or await layer.new_channel()
                self._changed.set()
                while True:
                    self._dispatch(await layer.receive(self._channel))
            except Exception as error:
                _outage.begins(error)
                await asyncio.sleep(RETRY_S)

    def _dispatch(self, message: Ring) -> None:
        _outage.is_over()
        for listener in tuple(self._listeners.get(message["group"], ())):
            listener(message)

    async def _join(self) -> None:
        """Keeps the layer's groups what the listeners are, however long it takes."""
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
        layer, wanted = the_layer(), set(self._listeners)
        # Not `wait_for`, which in Python 3.11 may swallow that it was cancelled.
        for group in wanted - self._joined:
            async with asyncio.timeout(LAYER_TIMEOUT_S):
                await layer.group_add(group, self._channel)
            self._joined.add(group)
        for group in self._joined - wanted:
            async with asyncio.timeout(LAYER_TIMEOUT_S):
                await layer.group_discard(group, self._channel)
            self._joined.discard(group)


_doorbells: WeakKeyDictionary[asyncio.AbstractEventLoop, Doorbell] = WeakKeyDictionary()


def doorbell() -> Doorbell:
    return _doorbells.setdefault(asyncio.get_running_loop(), Doorbell())
