"""What every door does: ask a question of a hub, find an answer to follow, stop one."""

from __future__ import annotations

from channels.db import database_sync_to_async

from accounts.models import User
from chat import access, records
from chat.errors import Interrupted
from chat.live.answer import LiveAnswer
from chat.live.hub import Hub
from chat.live.mirror import watch
from chat.models import Message
from chat.protocol import Ask, Resume, Stop
from chat.turns import AskedBefore, open_turn


async def ask(user: User, question: Ask, hub: Hub) -> LiveAnswer:
    """The answer to a new question; the same question again (by `request_id`) finds its first."""
    if hub.draining:
        raise Interrupted("The server is shutting down: connect again and ask there")
    turn = await database_sync_to_async(open_turn)(user, question, hub.name, hub)
    if isinstance(turn, AskedBefore):
        return await find(user, Resume(id=turn.answer_id.hex), hub)
    return hub.start(turn)


async def find(user: User, resume: Resume, hub: Hub) -> LiveAnswer:
    """An answer of this user's, whether it is being written, here or elsewhere, or has ended."""
    answer = await database_sync_to_async(_look_up)(user, resume, hub)
    return hub.find(answer.pk.hex) or watch(answer, hub.name, hub)


def _look_up(user: User, resume: Resume, hub: Hub) -> Message:
    if resume.id:
        answer = access.get_answer(user, resume.id)
    else:
        answer = access.get_newest_answer(user, resume.session_id or "")
    return records.reread(answer.pk, hub.name, hub)


async def stop(user: User, stop: Stop, hub: Hub) -> Message:
    """Stops it if it is being written. What comes back is the answer as it was before."""
    answer = await database_sync_to_async(_look_up_to_stop)(user, stop, hub)
    hub.stop(answer.pk.hex)
    return answer


def _look_up_to_stop(user: User, stop: Stop, hub: Hub) -> Message:
    if stop.id:
        answer = access.get_answer(user, stop.id)
    else:
        answer = access.get_answer_to(user, stop.request_id or "")
    return records.reread(answer.pk, hub.name, hub)
