"""What every door does: ask a question of a hub, find an answer to follow, stop one."""

from __future__ import annotations

from accounts.identity import Identity
from chat import access
from chat.answers import abandoned
from chat.answers.admission import admitted
from chat.answers.hub import Hub
from chat.answers.mirror import mirror
from chat.answers.requests import Ask, Feedback, Regenerate, Resume, Stop
from chat.answers.turn import AskedBefore
from chat.answers.turn_opening import find_asked_before, open_turn, reopen_turn
from chat.errors import Interrupted, WriterUnreachable
from chat.live.answer import LiveAnswer
from chat.models import Message
from core.broadcast import broadcaster, hub_group, publish, session_group
from core.db_thread import database_sync_to_async
from core.errors import TooManyRequests


async def ask(who: Identity, question: Ask, hub: Hub) -> LiveAnswer:
    """The answer to a new question; the same question again (by `request_id`) finds its first."""
    _check_open(hub)
    begun = await hub.see_to(_begin(who, question, hub))
    if isinstance(begun, AskedBefore):
        return await find(who, Resume(id=begun.answer_id.hex), hub)
    return _announced(begun)


async def _begin(who: Identity, question: Ask, hub: Hub) -> LiveAnswer | AskedBefore:
    try:
        async with admitted(who) as lease:
            turn = await database_sync_to_async(open_turn)(who, question, hub)
    except TooManyRequests:
        # Following the first answer takes nothing, so no limit is in its way.
        if question.request_id:
            before = await database_sync_to_async(find_asked_before)(who, question)
            if before:
                return before
        raise
    if isinstance(turn, AskedBefore):
        await lease.refund()
        return turn
    return hub.start(turn, lease)


async def regenerate(who: Identity, again: Regenerate, hub: Hub) -> LiveAnswer:
    """Another answer to the same question; the old one stays."""
    _check_open(hub)
    return _announced(await hub.see_to(_begin_again(who, again, hub)))


async def _begin_again(who: Identity, again: Regenerate, hub: Hub) -> LiveAnswer:
    async with admitted(who) as lease:
        turn = await database_sync_to_async(reopen_turn)(who, again.id, hub)
    return hub.start(turn, lease)


def _check_open(hub: Hub) -> None:
    if hub.draining:
        raise Interrupted("The server is shutting down: connect again and ask there")


def _announced(live: LiveAnswer) -> LiveAnswer:
    """Others who follow the session hear of it, after whoever asked."""
    broadcaster().publish_soon(session_group(live.session_id), answer=live.id)
    return live


async def find(who: Identity, resume: Resume, hub: Hub) -> LiveAnswer:
    """An answer of this caller's, whether it is being written, here or elsewhere, or has ended."""
    answer = await database_sync_to_async(_look_up)(who, resume, hub)
    return hub.find(answer.pk.hex) or await mirror(answer, hub)


def _look_up(who: Identity, resume: Resume, hub: Hub) -> Message:
    if resume.id:
        answer = access.get_answer(who, resume.id)
    else:
        answer = access.get_newest_answer(who, resume.session_id or "")
    return abandoned.settled(answer, hub)


async def stop(who: Identity, stop: Stop, hub: Hub) -> Message:
    """Stops it if it is being written, even if who said so leaves at once. What comes back is
    the answer as it was before."""
    return await hub.see_to(_stop(who, stop, hub))


async def _stop(who: Identity, stop: Stop, hub: Hub) -> Message:
    answer = await database_sync_to_async(_look_up_to_stop)(who, stop, hub)
    if answer.pk.hex in hub:
        hub.stop(answer.pk.hex)
    elif answer.status == Message.Status.PENDING:
        is_told = await hub.store.request_stop(answer.pk.hex)
        if not await publish(hub_group(answer.hub), stop=answer.pk.hex) and not is_told:
            raise WriterUnreachable("The process that writes this answer cannot be told: try again")
    return answer


def _look_up_to_stop(who: Identity, stop: Stop, hub: Hub) -> Message:
    if stop.id:
        answer = access.get_answer(who, stop.id)
    else:
        answer = access.get_answer_to(who, stop.request_id or "")
    return abandoned.settled(answer, hub)


async def judge(who: Identity, feedback: Feedback) -> Message:
    return await database_sync_to_async(_judge)(who, feedback)


def _judge(who: Identity, feedback: Feedback) -> Message:
    answer = access.get_answer(who, feedback.id)
    answer.rating = feedback.rating or ""
    answer.comment = feedback.comment
    answer.save(update_fields=["rating", "comment"])
    return answer


async def announce(notice: str, group: str) -> bool:
    """Send a notice to whoever follows something in that group; whether the layer took it."""
    return await publish(group, notice=notice)
