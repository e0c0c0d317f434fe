"""Recovers answers of lost processes, also if no one asks for them.

Their text is copied from the store into the database, before the store may be lost as well.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from chat.answers import interrupted_answers
from chat.answers.hub import Hub
from chat.models import Message
from core.db_thread import database_sync_to_async
from core.tasks import PeriodicTask, per_event_loop

logger = logging.getLogger(__name__)

CHECK_S = 1


def recovery_task(hub: Hub) -> Callable[[], PeriodicTask]:
    """A getter of the task of this event loop. It runs as long as the loop does."""

    async def recover() -> None:
        for name in await hub.store.lost_hubs():
            try:
                await recover_answers_of(name, hub)
            except Exception:
                logger.warning("The answers of a lost process wait", exc_info=True)

    return per_event_loop(
        lambda: PeriodicTask(
            recover,
            interval_s=lambda: CHECK_S,
            is_needed=lambda: True,
            failure="Lost processes could not be looked up",
            at_once=True,
        )
    )


async def recover_answers_of(name: str, hub: Hub) -> None:
    """Save and settle the answers of a lost hub; forget the hub when none of them is pending."""
    if not await database_sync_to_async(_settle)(name, hub):
        await hub.store.forget_hub(name)


def _settle(name: str, hub: Hub) -> bool:
    """Whether answers are left that may still turn out to be alive."""
    answers = Message.objects.filter(hub=name)
    interrupted_answers.settle_abandoned(answers, hub)
    return answers.filter(status=Message.Status.PENDING).exists()
