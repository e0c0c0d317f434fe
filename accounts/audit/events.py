"""One thing that happened, as a value, as a row, and as a line of JSON."""

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
from core.redaction import redact

# Lines for programs: nothing but JSON in them.
lines = logging.getLogger("ragws.audit")

# So many are cleaned up at once: more would hold up who wants to write.
SLICE = 2000


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
    """Addresses come from strangers, and one row that is not taken would keep out the others."""
    return redact(text).encode("utf-8", "replace").decode().replace("\0", "")


def write_line(row: AuditEvent) -> None:
    known = {
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
    said = {name: value for name, value in known.items() if value != ""}
    lines.info("%s", json.dumps(said, ensure_ascii=False))


def save(rows: Sequence[AuditEvent]) -> None:
    """In one transaction, with which some of those go that are too old."""
    with transaction.atomic():
        AuditEvent.objects.bulk_create(rows)
        clean_up()


def clean_up() -> int:
    """How many were older than AUDIT_DAYS and are gone; a slice at most, so call it again."""
    if not settings.AUDIT_DAYS:
        return 0
    oldest = timezone.now() - timedelta(days=settings.AUDIT_DAYS)
    old = AuditEvent.objects.filter(at__lt=oldest).order_by("at").values_list("pk", flat=True)
    found = AuditEvent.objects.filter(pk__in=list(old[:SLICE]))
    return found._raw_delete(found.db)
