"""Files sent with a question: parsed when they arrive, so that a bad one is refused at once."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from accounts.identity import Identity
from chat.models import Attachment
from knowledge.errors import Unreadable
from knowledge.parsing.reader_pool import pool
from knowledge.text.cleaning import clean_line


def save(identity: Identity, files: Sequence[tuple[str, bytes]]) -> list[Attachment]:
    """All of them or none. Raises `Unreadable` with a sentence that names the file."""
    rows = [_read(identity, name, data) for name, data in files]
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
    passages = [{"place": chunk.place, "text": chunk.text} for chunk in document.chunks]
    return Attachment(
        owner=identity.user,
        end_user=identity.end_user,
        name=clean_line(name)[-255:] or "file",
        size=len(data),
        passages=passages,
    )
