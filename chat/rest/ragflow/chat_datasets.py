"""The datasets that a request gives a chat."""

from __future__ import annotations

from typing import Any

from accounts.identity import Identity
from chat import access
from chat.rest.ragflow.releases import Release
from chat.rest.ragflow.views import Refusal
from core.ids import parse_id
from knowledge.models import Document, KnowledgeBase

MAX_DATASETS = 1000


def datasets_in(
    identity: Identity, chat: dict[str, Any], release: Release
) -> list[KnowledgeBase] | None:
    """None if they are left out. Raises `Refusal` for one that is not there, or is empty."""
    if "dataset_ids" not in chat:
        return None
    # Up to release 0.24 a text counts as a list of its letters.
    is_letters = isinstance(chat["dataset_ids"], str) and not release.is_new
    ids = list(chat["dataset_ids"]) if is_letters else chat["dataset_ids"]
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise Refusal("`dataset_ids` should be a list.")
    if len(ids) > MAX_DATASETS:
        raise Refusal(f"`dataset_ids` may have at most {MAX_DATASETS} entries")
    return _found(identity, [id for id in ids if id]) if any(ids) else []


def _found(identity: Identity, ids: list[str]) -> list[KnowledgeBase]:
    keys = {id: parse_id(id) for id in ids}
    rows = access.knowledge_bases(identity).in_bulk([key for key in keys.values() if key])
    read = Document.objects.filter(knowledge_base__in=rows.values(), chunk_count__gt=0)
    with_text = set(read.values_list("knowledge_base_id", flat=True).distinct())
    for id, key in keys.items():
        if key not in rows:
            raise Refusal(f"You don't own the dataset {id}")
        if key not in with_text:
            raise Refusal(f"The dataset {id} doesn't own parsed file")
    return list(rows.values())
