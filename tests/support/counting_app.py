"""The application with one more route, which reports how many objects this process holds."""

from __future__ import annotations

import asyncio
import gc
import json
import threading
from collections import Counter
from typing import Any

from channels.layers import InMemoryChannelLayer

from accounts.middleware import Receive, Scope, Send
from chat.answers import mirror
from chat.answers.session_feed import session_feed
from chat.live.answer import LiveAnswer
from chat.websocket.consumer import ChatConsumer
from core.broadcast import broadcaster, channel_layer
from ragws.asgi import application as served
from ragws.server_hub import hub

COUNTS_PATH = "/resource-counts"


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope.get("path") != COUNTS_PATH:
        await served(scope, receive, send)
        return
    headers = [(b"content-type", b"application/json"), (b"connection", b"close")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps(resource_counts()).encode()})


def resource_counts() -> dict[str, Any]:
    gc.collect()
    kinds = Counter(type(thing) for thing in gc.get_objects())
    layer = channel_layer()
    return {
        "tasks": sorted(task_name(task) for task in asyncio.all_tasks()),
        "threads": threading.active_count(),
        "consumers": kinds[ChatConsumer],
        "live answers": kinds[LiveAnswer],
        "objects": kinds.total(),
        "running answers": len(hub),
        "mirrors": len(mirror._mirrors),
        "groups with listeners": len(broadcaster()._listeners),
        "groups joined": len(broadcaster()._joined),
        "sessions watched": len(session_feed()._listeners),
        "groups": len(layer.groups) if isinstance(layer, InMemoryChannelLayer) else 0,
    }


def task_name(task: asyncio.Task[Any]) -> str:
    """Periodic tasks bear the name of their work; other tasks, that of their coroutine."""
    coroutine = getattr(task.get_coro(), "__qualname__", "?")
    return task.get_name() if coroutine == "PeriodicTask._run" else coroutine
