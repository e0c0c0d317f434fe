"""An audit event: as a value, as a row, and as a line of JSON in the log."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts.audit.actor import Actor
from accounts.models import Action, AuditEvent
from core.printable import escape_unprintable
from core.redaction import redact

# For programs: each line is JSON and nothing else.
json_logger = logging.getLogger("ragws.audit")

# Rows deleted at once: more would make other writers wait.
CLEAN_UP_ROWS = 2000


class Event(NamedTuple):
    action: Action
    actor: Actor
    what: str = ""
    detail: str = ""


def as_row(event: Event, at: datetime | None = None, times: int = 1) -> AuditEvent:
    actor = event.actor
    return AuditEvent(
        at=at or timezone.now(),
        action=event.action,
        user_id=actor.user_id,
        username=actor.username,
        end_user=actor.end_user,
        address=actor.address[:64],
        credential=actor.credential[:64],
        what=_storable(event.what)[:200],
        detail=_storable(event.detail)[:500],
        times=times,
    )


def _storable(text: str) -> str:
    """Without what databases reject: one such row would fail the transaction of all the others.
    Nor with what turns the direction of a page's text."""
    return escape_unprintable(redact(text).encode("utf-8", "replace").decode().replace("\0", ""))


def write_line(row: AuditEvent) -> None:
    fields = {
        "at": row.at.isoformat(timespec="milliseconds"),
        "action": str(row.action),
        "user": row.username,
        "user_id": row.user_id.hex if row.user_id else "",
        "end_user": row.end_user,
        "address": row.address,
        "credential": row.credential,
        "what": row.what,
        "detail": row.detail,
        "times": row.times if row.times > 1 else "",
    }
    filled = {name: value for name, value in fields.items() if value != ""}
    json_logger.info("%s", escape_unprintable(json.dumps(filled, ensure_ascii=False)))


def save(rows: Sequence[AuditEvent]) -> None:
    """In one transaction, which also deletes some rows that are too old."""
    with transaction.atomic():
        AuditEvent.objects.bulk_create(rows)
        clean_up()


def clean_up() -> int:
    """Delete rows older than AUDIT_DAYS, CLEAN_UP_ROWS at most. Returns how many."""
    if not settings.AUDIT_DAYS:
        return 0
    oldest = timezone.now() - timedelta(days=settings.AUDIT_DAYS)
    old = AuditEvent.objects.filter(at__lt=oldest).order_by("at").values_list("pk", flat=True)
    found = AuditEvent.objects.filter(pk__in=list(old[:CLEAN_UP_ROWS]))
    return found._raw_delete(found.db)
