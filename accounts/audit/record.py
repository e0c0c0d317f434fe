"""`record()` writes to the audit log. It never fails; frequent events are queued."""

from __future__ import annotations

import logging
from functools import partial

from django.db import DatabaseError, transaction
from django.db.models import Model

from accounts.audit.actor import SHELL, Actor, current_actor
from accounts.audit.events import Event, as_row, write_line
from accounts.audit.write_queue import audit_queue
from accounts.errors import LimitReached
from accounts.models import Action, User
from core.errors import AppError

logger = logging.getLogger(__name__)

# Frequent events, from the event loop or from unknown clients: they are written in batches.
QUEUED = frozenset(
    {Action.CONNECT, Action.REFUSED, Action.LIMITED, Action.LOGIN_FAILED, Action.LEAK}
)


def record(
    action: Action,
    what: str = "",
    detail: str = "",
    actor: Actor | None = None,
    user: User | None = None,
) -> None:
    """`what` names a row by kind and id, `detail` is a sentence: no secret, and no question.

    The actor is that of the request or the socket; pass `user` if it is not known there yet.
    Events that are not QUEUED become part of the current transaction, if there is one.
    """
    actor = actor or current_actor()
    event = Event(action, actor.with_user(user) if user else actor, what, detail)
    if action in QUEUED:
        audit_queue.add(event)
    else:
        _write(event)


def record_refusal(refusal: AppError, what: str, actor: Actor | None = None) -> None:
    action = Action.LIMITED if isinstance(refusal, LimitReached) else Action.REFUSED
    record(action, what, str(refusal), actor)


def row_label(row: Model) -> str:
    """Its model and its id, as in the API and in URLs."""
    return f"{row._meta.model_name} {getattr(row.pk, 'hex', row.pk)}"


def _write(event: Event) -> None:
    row = as_row(event)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except DatabaseError:
        logger.error("The audit log could not be written to", exc_info=True)
    # Commands print what they do: their terminal gets no log lines.
    if event.actor.credential != SHELL.credential:
        transaction.on_commit(partial(write_line, row), robust=True)
