"""What every door does: ask a question of a hub, find an answer to follow, stop one."""

from __future__ import annotations

from channels.db import database_sync_to_async

from accounts.models import User
from chat import abandoned, access
from chat.errors import Interrupted, Unreachable
from chat.live.answer import LiveAnswer
from chat.live.hub import Hub
from chat.live.mirror import mirror
from chat.models import Message
from chat.protocol import Ask, Feedback, Regenerate, Resume, Stop
from chat.turns import AskedBefore, open_turn, reopen_turn
from doorbell import hub_group, ring, session_group


async def ask(user: User, question: Ask, hub: Hub) -> LiveAnswer:
    """The answer to a new question; the same question again (by `request_id`) finds its first."""
    _check_open(hub)
    begun = await hub.see_to(_begin(user, question, hub))
    if isinstance(begun, AskedBefore):
        return await find(user, Resume(id=begun.answer_id.hex), hub)
    return _announced(begun, hub)


async def _begin(user: User, question: Ask, hub: Hub) -> LiveAnswer | AskedBefore:
    turn = await database_sync_to_async(open_turn)(user, question, hub)
    return turn if isinstance(turn, AskedBefore) else hub.start(turn)


async def regenerate(user: User, again: Regenerate, hub: Hub) -> LiveAnswer:
    """Another answer to the same question; the old one stays."""
    _check_open(hub)
    return _announced(await hub.see_to(_begin_again(user, again, hub)), hub)


async def _begin_again(user: User, again: Regenerate, hub: Hub) -> LiveAnswer:
    return hub.start(await database_sync_to_async(reopen_turn)(user, again.id, hub))


def _check_open(hub: Hub) -> None:
    if hub.draining:
        raise Interrupted("The server is shutting down: connect again and ask there")


def _announced(live: LiveAnswer, hub: Hub) -> LiveAnswer:
    """Others who follow the session hear of it, after whoever asked."""
    hub.keep(ring(session_group(live.session_id), answer=live.id))
    return live


async def find(user: User, resume: Resume, hub: Hub) -> LiveAnswer:
    """An answer of this user's, whether it is being written, here or elsewhere, or has ended."""
    answer = await database_sync_to_async(_look_up)(user, resume, hub)
    return hub.find(answer.pk.hex) or await mirror(answer, hub)


def _look_up(user: User, resume: Resume, hub: Hub) -> Message:
    if resume.id:
        answer = access.get_answer(user, resume.id)
    else:
        answer = access.get_newest_answer(user, resume.session_id or "")
    return abandoned.settled(answer, hub)


async def stop(user: User, stop: Stop, hub: Hub) -> Message:
    """Stops it if it is being written, even if who said so leaves at once. What comes back is
    the answer as it was before."""
    return await hub.see_to(_stop(user, stop, hub))


async def _stop(user: User, stop: Stop, hub: Hub) -> Message:
    answer = await database_sync_to_async(_look_up_to_stop)(user, stop, hub)
    if answer.pk.hex in hub:
        hub.stop(answer.pk.hex)
    elif answer.status == Message.Status.PENDING:
        is_told = await hub.store.ask_to_stop(answer.pk.hex)
        if not await ring(hub_group(answer.hub), stop=answer.pk.hex) and not is_told:
            raise Unreachable("The process that writes this answer cannot be told: try again")
    return answer


def _look_up_to_stop(user: User, stop: Stop, hub: Hub) -> Message:
    if stop.id:
        answer = access.get_answer(user, stop.id)
    else:
        answer = access.get_answer_to(user, stop.request_id or "")
    return abandoned.settled(answer, hub)


async def judge(user: User, feedback: Feedback) -> Message:
    return await database_sync_to_async(_judge)(user, feedback)


def _judge(user: User, feedback: Feedback) -> Message:
    answer = access.get_answer(user, feedback.id)
    answer.rating = feedback.rating or ""
    answer.comment = feedback.comment
    answer.save(update_fields=["rating", "comment"])
    return answer


async def announce(notice: str, group: str) -> bool:
    """Send a notice to whoever follows something in that group; whether the layer took it."""
    return await ring(group, notice=notice)
