"""Tickets: single-use rights to connect, for clients that must not have the credential itself."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Collection
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from accounts.api_tokens.tokens import check_state, identity_of
from accounts.dialog_directory import dialog_directory
from accounts.errors import NoSuchDialog, NotAuthenticated, OutOfScope
from accounts.identity import Identity
from accounts.models import Ticket
from accounts.scopes import Scope, in_order, out_of_scope
from accounts.secret_format import digest
from core.errors import BadRequest

PARENT_ENDED = "What this ticket was made from has ended; get a new one"
# Expired tickets are kept for so long, so that they get the right error.
KEEP_EXPIRED = timedelta(hours=1)


def issue_ticket(
    parent: Identity,
    dialog: UUID | None = None,
    end_user: str = "",
    scopes: Collection[Scope] | None = None,
) -> str:
    """The secret of a ticket that allows no more than `parent`, and for no longer."""
    if not parent.token_id and not parent.login_id:
        raise OutOfScope("Tickets are made with an API token or a login JWT")
    if parent.end_user and end_user not in ("", parent.end_user):
        raise OutOfScope("An end user gets tickets only for the same end user")
    if end_user != end_user.strip() or _has_invisible(end_user):
        raise BadRequest(
            "`end_user` must not begin or end with a space, nor have invisible characters"
        )
    for scope in sorted(set(scopes or ()) - parent.scopes):
        raise OutOfScope(out_of_scope(scope))
    dialogs = parent.dialogs
    if dialog:
        _check_dialog(parent, dialog)
        dialogs = frozenset({dialog})
    now = timezone.now()
    Ticket.objects.filter(expires_at__lt=now - KEEP_EXPIRED).delete()
    secret = secrets.token_urlsafe(32)
    Ticket.objects.create(
        digest=digest(secret),
        user=parent.user,
        token_id=parent.token_id,
        login_id=parent.login_id,
        scopes=in_order(parent.scopes if scopes is None else scopes),
        dialogs=None if dialogs is None else [id.hex for id in dialogs],
        end_user=parent.end_user or end_user,
        expires_at=now + timedelta(seconds=settings.TICKET_LIFETIME_S),
        ends_at=parent.expires_at,
    )
    return secret


def _has_invisible(name: str) -> bool:
    """Besides spaces: two names that look the same should be the same end user."""
    return any(not c.isprintable() and unicodedata.category(c) != "Zs" for c in name)


def _check_dialog(parent: Identity, dialog: UUID) -> None:
    is_allowed = parent.dialogs is None or dialog in parent.dialogs
    if parent.person_id:
        is_allowed = is_allowed and dialog_directory().owners_of_open_dialogs(dialog) == [
            parent.user.pk
        ]
    if not is_allowed or dialog not in dialog_directory().dialogs_of([parent.user]):
        raise NoSuchDialog("There is no such dialog")


def use_ticket(secret: str) -> Identity:
    now = timezone.now()
    tickets = Ticket.objects.select_related("user", "token__user", "login__user", "login__person")
    ticket = tickets.filter(digest=digest(secret)).first()
    if ticket is None:
        raise NotAuthenticated("There is no such ticket")
    if ticket.expires_at <= now:
        raise NotAuthenticated("This ticket has expired; get a new one")
    # Several sockets may send it at once: the one whose UPDATE counts a row was first.
    if not Ticket.objects.filter(pk=ticket.pk, used_at=None).update(used_at=now):
        raise NotAuthenticated("This ticket was used before; get a new one")
    if ticket.token:
        check_state(ticket.token)
    elif not (ticket.login and ticket.login.is_valid()):
        raise NotAuthenticated(PARENT_ENDED)
    if ticket.ends_at and ticket.ends_at <= now:
        raise NotAuthenticated(PARENT_ENDED)
    return _identity(ticket)


def _identity(ticket: Ticket) -> Identity:
    # A token that was rotated since then may expire earlier than `ends_at` says.
    parent = identity_of(ticket.token) if ticket.token else None
    return Identity(
        user=ticket.user,
        credential="ticket",
        token_id=ticket.token_id,
        hint=parent.hint if parent else "",
        login_id=ticket.login_id,
        person_id=ticket.login.person_id if ticket.login else None,
        scopes=frozenset(map(Scope, ticket.scopes)),
        dialogs=None if ticket.dialogs is None else frozenset(map(UUID, ticket.dialogs)),
        end_user=ticket.end_user,
        origins=parent.origins if parent else frozenset(),
        expires_at=parent.expires_at if parent else ticket.ends_at,
    )
