"""What knowledge bases are about: the titles of their documents."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePath
from uuid import UUID

from knowledge.models import Document

MAX_CHARS = 60


def topics_of(owner_id: UUID, kb_ids: Sequence[UUID], limit: int) -> list[str]:
    """At most `limit`, in the order of the documents' names."""
    documents = Document.objects.filter(
        knowledge_base__owner_id=owner_id, knowledge_base_id__in=kb_ids, chunk_count__gt=0
    )
    found = documents.values_list("title", "name")[:limit]
    titles = (title or PurePath(name).stem for title, name in found)
    return list(dict.fromkeys(title[:MAX_CHARS] for title in titles))
