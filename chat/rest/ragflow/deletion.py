"""Which rows a request wants deleted, and how RAGFlow tells what came of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from rest_framework.response import Response

from chat.rest.ragflow.releases import Release
from chat.rest.ragflow.views import Refusal, result
from core.ids import parse_id

MAX_IDS = 10_000


@dataclass(frozen=True, slots=True)
class Wanted:
    """The ids that a request names, each once, and those that it names again."""

    ids: Sequence[str]
    repeated: Sequence[str]


def wanted_in(body: dict[str, Any], release: Release) -> Wanted | None:
    """None means all. Up to release 0.24 that is a body without ids; since then it has to be said,
    and without ids nothing is deleted."""
    ids = body.get("ids")
    if not ids:
        is_all = body.get("delete_all") is True if release.is_new else True
        return None if is_all else Wanted((), ())
    if not isinstance(ids, list) or not all(isinstance(id, str) for id in ids):
        raise Refusal("`ids` must be an array of strings")
    if len(ids) > MAX_IDS:
        raise Refusal(f"`ids` may have at most {MAX_IDS} entries")
    counts = Counter(ids)
    return Wanted(list(counts), [id for id, count in counts.items() if count > 1])


def split(
    wanted: Wanted, find: Callable[[Collection[UUID]], Collection[UUID]]
) -> tuple[list[UUID], list[str]]:
    """The keys that are there, as `find` says, and the ids of which none is."""
    keys = {id: parse_id(id) for id in wanted.ids}
    found = frozenset(find([key for key in keys.values() if key]))
    return (
        list(dict.fromkeys(key for key in keys.values() if key in found and key)),
        [id for id, key in keys.items() if key not in found],
    )


def outcome(count: int, errors: Sequence[str], rows: str, data: object = None) -> Response:
    """`rows`: what was deleted, as a word. Raises `Refusal` if nothing was, and why."""
    if not errors:
        return result(data, "success" if data == {} else "")
    if not count:
        raise Refusal("; ".join(errors))
    message = f"Partially deleted {count} {rows} with {len(errors)} errors"
    return result({"success_count": count, "errors": errors}, message)
