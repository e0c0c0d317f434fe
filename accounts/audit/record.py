"""Writing into the audit log: one function, which never fails and never makes anybody wait."""

from __future__ import annotations

import logging
from functools import partial

from django.db import DatabaseError, transaction
from django.db.models import Model

from accounts.audit.actor import SHELL, Actor, current_actor
from accounts.audit.batches import batches
from accounts.audit.events import Event, as_row, write_line
from accounts.errors import LimitReached
from accounts.models import Action, User
from core.errors import AppError

logger = logging.getLogger(__name__)

# They come in crowds, from the event loop or from strangers: written some at a time, beside it all.
IN_BATCHES = frozenset(
    {Action.CONNECT, Action.REFUSED, Action.LIMITED, Action.LOGIN_FAILED, Action.LEAK}
)


def record(
    action: Action,
    what: str = "",
    detail: str = "",
    actor: Actor | None = None,
    user: User | None = None,
) -> None:
    """`what` names a row by kind and id, `detail` is a sentence: no secret, nothing that was asked.

    Who it was is known from the request or the socket; `user`, if that does not know it yet.
    What is not in IN_BATCHES becomes part of the transaction it happens in, if there is one.
    """
    actor = actor or current_actor()
    event = Event(action, actor.being(user) if user else actor, what, detail)
    if action in IN_BATCHES:
        batches.add(event)
    else:
        _write(event)


def record_refusal(refusal: AppError, what: str, actor: Actor | None = None) -> None:
    action = Action.LIMITED if isinstance(refusal, LimitReached) else Action.REFUSED
    record(action, what, str(refusal), actor)


def row_label(row: Model) -> str:
    """Its kind, and its id as clients and addresses have it."""
    return f"{row._meta.model_name} {getattr(row.pk, 'hex', row.pk)}"


def _write(event: Event) -> None:
    row = as_row(event)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except DatabaseError:
        logger.error("The audit log could not be written to", exc_info=True)
    # Whoever types a command sees what it did: a terminal is no log.
    if event.actor.credential != SHELL.credential:
        transaction.on_commit(partial(write_line, row), robust=True)
