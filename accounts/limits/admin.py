"""Limits in Django's admin: what a party has used, and the action that resets it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext, ngettext
from redis import RedisError

from accounts.limits.kinds import Party
from accounts.limits.usage import reset_usage, usage_of


def describe_usage(*parties: Party) -> str:
    readings = [reading for party in parties for reading in usage_of(party)]
    counts = [
        gettext("%(count)s of %(limit)s %(what)s")
        % {
            "count": reading.used + reading.held,
            "limit": reading.meter.limit,
            "what": gettext(reading.meter.kind.name),
        }
        for reading in readings
    ]
    return " · ".join(counts) or gettext("nothing: there is no limit")


def reset_usage_of_all(admin: Any, request: HttpRequest, rows: Sequence[Iterable[Party]]) -> None:
    """Of each row all its parties."""
    try:
        for parties in rows:
            for party in parties:
                reset_usage(party)
    except RedisError:
        admin.message_user(request, gettext("Redis is out of reach."), messages.ERROR)
        return
    sentence = ngettext("%d begins anew.", "%d begin anew.", len(rows))
    admin.message_user(request, sentence % len(rows), messages.SUCCESS)
