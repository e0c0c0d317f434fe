"""Files sent with a question: parsed when they arrive, so that a bad one is refused at once.

They count for the quota of their owner, go with the sessions that use them, and expire unused.
"""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Sequence
from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Sum
from django.utils import timezone

from accounts.identity import Identity
from accounts.models import User
from chat.models import Attachment, ChatSession, Message
from core.errors import TooLarge
from knowledge.errors import Unreadable
from knowledge.parsing.reader_pool import pool
from knowledge.search.retrieval import distinct_terms
from knowledge.text.cleaning import clean_line

MAX_PASSAGES = 10_000
# Unused files of all owners are looked for that often, in a process that takes uploads.
CLEAN_UP_EVERY_S = 600
# Rows deleted at once: more would make other writers wait.
CLEAN_UP_ROWS = 500

_Uses = Message.attachments.through
_cleaned_up_at = -float(CLEAN_UP_EVERY_S)


def save(identity: Identity, files: Sequence[tuple[str, bytes]]) -> list[Attachment]:
    """All of them or none. Raises `Unreadable` with a sentence that names the file, and `TooLarge`
    if they do not fit into the quota."""
    clean_up(identity)
    # Before they are parsed, which takes long, and again when it is known what they take.
    _check_quotas(identity, sum(len(data) for _, data in files))
    rows = [_read(identity, name, data) for name, data in files]
    with transaction.atomic():
        # Locked, so that uploads at once are counted one after the other.
        User.objects.select_for_update().filter(pk=identity.user.pk).first()
        _check_quotas(identity, sum(row.stored_bytes for row in rows))
        return Attachment.objects.bulk_create(rows)


def _read(identity: Identity, name: str, data: bytes) -> Attachment:
    try:
        document = pool.parse(
            name,
            data,
            owner=(identity.user.pk, identity.end_user),
            chunk_chars=settings.CHUNK_CHARS,
        )
    except Unreadable as problem:
        raise Unreadable(f"{name}: {problem}") from problem
    if len(document.chunks) > MAX_PASSAGES:
        raise TooLarge(
            f"{name} has more than {MAX_PASSAGES} passages: put it into a knowledge base instead"
        )
    passages = [
        {"place": chunk.place, "text": chunk.text, "terms": distinct_terms(chunk.text)}
        for chunk in document.chunks
    ]
    stored = len(json.dumps(passages, ensure_ascii=False).encode("utf-8", "replace"))
    return Attachment(
        owner=identity.user,
        end_user=identity.end_user,
        name=clean_line(name)[-255:] or "file",
        size=len(data),
        stored_bytes=max(stored, len(data)),
        passages=passages,
    )


def _check_quotas(identity: Identity, more: int) -> None:
    whole = Attachment.objects.filter(owner=identity.user)
    _check_quota(whole, settings.USER_FILE_BYTES, more, "The files of this account")
    if identity.end_user:
        own = whole.filter(end_user=identity.end_user)
        _check_quota(own, settings.END_USER_FILE_BYTES, more, "Your files")


def _check_quota(files: QuerySet[Attachment], quota: int, more: int, whose: str) -> None:
    used = files.aggregate(total=Sum("stored_bytes", default=0))["total"]
    if quota and used + more > quota:
        raise TooLarge(
            f"{whose} may have {quota} bytes and have {used}: these {more} do not fit. Delete some"
        )


def clean_up(identity: Identity) -> None:
    """Delete unused files of this user, and now and then of all."""
    global _cleaned_up_at
    unused = Attachment.objects.filter(owner=identity.user)
    if time.monotonic() >= _cleaned_up_at + CLEAN_UP_EVERY_S:
        _cleaned_up_at = time.monotonic()
        unused = Attachment.objects.all()
    delete_unused(unused)


def delete_unused(files: QuerySet[Attachment]) -> int:
    """Those that no question has used for `UNUSED_FILE_HOURS` after their upload, and some of them
    only if there are many. Returns how many."""
    if not settings.UNUSED_FILE_HOURS:
        return 0
    oldest = timezone.now() - timedelta(hours=settings.UNUSED_FILE_HOURS)
    old = _without_uses(files.filter(created_at__lt=oldest)).order_by("created_at")
    return _delete(list(old.values_list("pk", flat=True)[:CLEAN_UP_ROWS]))


def delete_sessions(sessions: Collection[ChatSession]) -> None:
    """With all that was said in them, and the files that only they use."""
    ids = [session.pk for session in sessions]
    with transaction.atomic():
        used = _Uses.objects.filter(message__session__in=ids)
        files = list(used.values_list("attachment_id", flat=True).distinct())
        ChatSession.objects.filter(pk__in=ids).delete()
        unused = _without_uses(Attachment.objects.filter(pk__in=files))
        _delete(list(unused.values_list("pk", flat=True)))


def _without_uses(files: QuerySet[Attachment]) -> QuerySet[Attachment]:
    return files.filter(~Exists(_Uses.objects.filter(attachment=OuterRef("pk"))))


def _delete(ids: Sequence[UUID]) -> int:
    """Those that are still unused: a question may just have come."""
    still = _without_uses(Attachment.objects.filter(pk__in=ids).defer("passages"))
    return still.delete()[0]
