"""Idempotency: a question with a `request_id` that was used before finds its first answer."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from accounts.identity import Identity
from chat import access
from chat.answers.requests import Ask
from chat.answers.turn import AskedBefore
from chat.models import Dialog, Message
from core.errors import Conflict


def find_asked_before(identity: Identity, ask: Ask) -> AskedBefore | None:
    return asked_before(identity, access.get_dialog(identity, ask.chat_id), ask)


def asked_before(identity: Identity, dialog: Dialog, ask: Ask) -> AskedBefore | None:
    """The first answer to a repeated request_id, as long as it is remembered.

    Raises `Conflict` if the request_id was used for something else.
    """
    key = request_key(identity, dialog, ask)
    question = Message.objects.filter(request_key=key).first() if key else None
    if question is None:
        return None
    if question.created_at < timezone.now() - timedelta(hours=settings.IDEMPOTENCY_HOURS):
        Message.objects.filter(pk=question.pk).update(request_key=None)
        return None
    answer = question.answers.order_by("created_at").first()
    if answer is None or question.request_digest != request_digest(ask):
        raise Conflict("This `request_id` was used before, for a different question")
    return AskedBefore(answer.pk)


def request_key(identity: Identity, dialog: Dialog, ask: Ask) -> str | None:
    if ask.request_id is None:
        return None
    caller = [identity.user.pk.hex, *([identity.end_user] if identity.end_user else [])]
    return _sha256([*caller, dialog.pk.hex, ask.request_id])


def request_digest(ask: Ask) -> str:
    parts = [ask.question, ask.session_id, ask.kb_ids, ask.doc_ids, ask.files]
    return _sha256([*parts, *([ask.edit] if ask.edit else [])])


def _sha256(value: object) -> str:
    return hashlib.sha256(json.dumps(value).encode()).hexdigest()
