"""Answers of lost processes are looked after, not only when somebody wants to read them.

What the store has of their text is saved before it is lost as well.
"""

from __future__ import annotations

import asyncio
import logging
from weakref import WeakKeyDictionary

from chat.answers import abandoned
from chat.answers.hub import Hub
from chat.models import Message
from core.db_thread import database_sync_to_async

logger = logging.getLogger(__name__)

LOOK_S = 1

_caretakers: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Task[None]] = WeakKeyDictionary()


def start_caretaker(hub: Hub) -> None:
    """From now on, as long as this event loop runs. To be called as often as you like."""
    loop = asyncio.get_running_loop()
    if loop not in _caretakers:
        _caretakers[loop] = loop.create_task(_look_for_ever(hub))


async def _look_for_ever(hub: Hub) -> None:
    while True:
        for name in await hub.store.lost_hubs():
            try:
                await settle_lost_hub(name, hub)
            except Exception:
                logger.warning("The answers of a lost process wait", exc_info=True)
        await asyncio.sleep(LOOK_S)


async def settle_lost_hub(name: str, hub: Hub) -> None:
    """Of the hub that is lost: save, settle, and forget it when nothing is left."""
    if not await database_sync_to_async(_settle)(name, hub):
        await hub.store.forget_hub(name)


def _settle(name: str, hub: Hub) -> bool:
    """Whether it has left something that may still turn out to be alive."""
    answers = Message.objects.filter(hub=name)
    abandoned.settle_abandoned(answers, hub)
    return answers.filter(status=Message.Status.PENDING).exists()
