"""What every edge calls: ask a question, find an answer to read, stop one, rate one."""

from __future__ import annotations

from collections.abc import Collection

from django.conf import settings
from django.db import transaction

from accounts.identity import Identity
from chat import access, branches
from chat.answers import interrupted_answers
from chat.answers.admission import admit
from chat.answers.hub import Hub
from chat.answers.idempotency import find_asked_before
from chat.answers.mirror import mirror
from chat.answers.requests import Ask, Conversation, Feedback, Regenerate, Resume, Stop, Switch
from chat.answers.session_feed import session_feed
from chat.answers.turn import AskedBefore
from chat.answers.turn_opening import check_not_busy, open_conversation, open_turn, reopen_turn
from chat.errors import ServerLeaving, WriterUnreachable
from chat.live.answer import LiveAnswer
from chat.models import Message
from core.broadcast import broadcaster, hub_group, publish, session_group
from core.db_thread import database_sync_to_async
from core.errors import TooManyRequests


async def ask(identity: Identity, question: Ask, hub: Hub) -> LiveAnswer:
    """The answer to a new question. A repeated `request_id` finds the answer it got first."""
    _check_not_draining(hub)
    begun = await hub.run_shielded(_ask(identity, question, hub))
    if isinstance(begun, AskedBefore):
        resume = Resume(id=begun.answer_id.hex, offset=question.offset)
        return await find(identity, resume, hub)
    _tell_subscribers(begun)
    return begun


async def _ask(identity: Identity, question: Ask, hub: Hub) -> LiveAnswer | AskedBefore:
    try:
        async with admit(identity) as lease:
            turn = await database_sync_to_async(open_turn)(identity, question, hub)
    except TooManyRequests:
        # Reading the first answer takes nothing, so limits do not apply to it.
        if question.request_id:
            before = await database_sync_to_async(find_asked_before)(identity, question)
            if before:
                return before
        raise
    if isinstance(turn, AskedBefore):
        await lease.refund()
        return turn
    return hub.start(turn, lease, identity)


async def converse(identity: Identity, conversation: Conversation, hub: Hub) -> LiveAnswer:
    """The answer to the last question of a conversation that the client keeps."""
    _check_not_draining(hub)
    begun = await hub.run_shielded(_converse(identity, conversation, hub))
    if conversation.session is not None:
        _tell_subscribers(begun)
    return begun


async def _converse(identity: Identity, conversation: Conversation, hub: Hub) -> LiveAnswer:
    async with admit(identity) as lease:
        turn = await database_sync_to_async(open_conversation)(identity, conversation, hub)
    return hub.start(turn, lease, identity)


async def regenerate(identity: Identity, again: Regenerate, hub: Hub) -> LiveAnswer:
    """Another answer to the same question; the old one stays."""
    _check_not_draining(hub)
    begun = await hub.run_shielded(_regenerate(identity, again, hub))
    _tell_subscribers(begun)
    return begun


async def _regenerate(identity: Identity, again: Regenerate, hub: Hub) -> LiveAnswer:
    async with admit(identity) as lease:
        turn = await database_sync_to_async(reopen_turn)(identity, again.id, hub, again.events)
    return hub.start(turn, lease, identity)


def _check_not_draining(hub: Hub) -> None:
    if hub.draining:
        raise ServerLeaving


def _tell_subscribers(live: LiveAnswer) -> None:
    """Other connections that follow the session."""
    broadcaster().publish_soon(session_group(live.session_id), answer=live.id)


async def find(identity: Identity, resume: Resume, hub: Hub) -> LiveAnswer:
    """An answer of the caller's: being written here, or in another process, or ended."""
    answer = await database_sync_to_async(_answer_to_resume)(identity, resume, hub)
    offset, reasoning_offset = resume.offset, resume.reasoning_offset or 0
    live = hub.find(answer.pk.hex)
    if live is None:
        return await mirror(answer, hub, offset, reasoning_offset)
    if live.text.size < offset or live.reasoning.size < reasoning_offset:
        # Other processes may show what is stored a moment before this one does.
        await hub.store.flush(live)
    return live


def _answer_to_resume(identity: Identity, resume: Resume, hub: Hub) -> Message:
    if resume.id:
        answer = access.get_answer(identity, resume.id)
    else:
        answer = access.get_newest_answer(identity, resume.session_id or "")
    return interrupted_answers.settle(answer, hub)


async def stop(identity: Identity, stop: Stop, hub: Hub) -> Message:
    """Stops the answer if it is being written, even if the caller is cancelled meanwhile.

    Returns the answer as it was before.
    """
    return await hub.run_shielded(_stop(identity, stop, hub))


async def _stop(identity: Identity, stop: Stop, hub: Hub) -> Message:
    answer = await database_sync_to_async(_answer_to_stop)(identity, stop, hub)
    if answer.pk.hex in hub:
        hub.stop(answer.pk.hex)
    elif answer.status == Message.Status.PENDING:
        is_stored = await hub.store.request_stop(answer.pk.hex)
        if not await publish(hub_group(answer.hub), stop=answer.pk.hex) and not is_stored:
            raise WriterUnreachable("The process that writes this answer cannot be told: try again")
    return answer


def _answer_to_stop(identity: Identity, stop: Stop, hub: Hub) -> Message:
    if stop.id:
        answer = access.get_answer(identity, stop.id)
    else:
        answer = access.get_answer_to(identity, stop.request_id or "")
    return interrupted_answers.settle(answer, hub)


async def find_session_id(identity: Identity, session_id: str) -> str:
    """The id, as it is stored, of a session of this caller's. Raises NotFound."""
    session = await database_sync_to_async(access.get_session)(identity, session_id)
    return session.pk.hex


async def rate(identity: Identity, feedback: Feedback) -> Message:
    return await database_sync_to_async(_rate)(identity, feedback)


def _rate(identity: Identity, feedback: Feedback) -> Message:
    answer = access.get_answer(identity, feedback.id)
    answer.rating = feedback.rating or ""
    answer.comment = feedback.comment
    answer.save(update_fields=["rating", "comment"])
    return answer


async def switch(identity: Identity, switch: Switch, hub: Hub) -> str:
    """Show another branch of a session. Returns the id of the session.

    Raises `Conflict` if an answer is being written in it.
    """
    session_id, is_other = await database_sync_to_async(_switch)(identity, switch, hub)
    if is_other:
        broadcaster().publish_soon(session_group(session_id), event="branch")
    return session_id


def _switch(identity: Identity, switch: Switch, hub: Hub) -> tuple[str, bool]:
    question = access.get_question(identity, switch.id)
    session = question.session
    with transaction.atomic():
        if not branches.is_shown(session, question):
            check_not_busy(session, hub)
        return session.pk.hex, branches.show(session, question)


async def announce(notice: str, group: str) -> bool:
    """Send a notice to the connections subscribed to `group`; whether the layer took it."""
    return await publish(group, notice=notice)


async def count_reached(groups: Collection[str]) -> int | None:
    """The connections that a notice to these groups reaches; None if other processes, which
    cannot be asked, may serve some."""
    if settings.REDIS_URL:
        return None
    # The feed listens to followed sessions as well, for answers only.
    return len(broadcaster().listeners(groups) - {session_feed().on_message})
