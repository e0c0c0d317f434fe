"""Names for what is called like something that is there already: `tea(1).txt`."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import PurePath

from django.db.models import QuerySet

from knowledge.ingestion import MAX_NAME, document_name
from knowledge.models import Document, KnowledgeBase


def free_dataset_name(bases: QuerySet[KnowledgeBase], name: str, most: int) -> str:
    """Upper and lower case count as the same."""
    if not bases.filter(name__iexact=name).exists():
        return name
    beginning, ending = _parts(name)
    near = bases.filter(name__istartswith=beginning[: most // 2])
    taken = {other.lower() for other in near.values_list("name", flat=True)}
    return next(one for one in _numbered(beginning, ending, most) if one.lower() not in taken)


def free_document_names(documents: QuerySet[Document], names: list[str]) -> list[str]:
    """For files that are uploaded together."""
    names = [document_name(name) for name in names]
    taken = set(documents.filter(name__in=names).values_list("name", flat=True))
    free: list[str] = []
    for name in names:
        if name in taken:
            name = _free_document_name(documents, name, taken)
        taken.add(name)
        free.append(name)
    return free


def _free_document_name(documents: QuerySet[Document], name: str, taken: set[str]) -> str:
    beginning, ending = _parts(name)
    near = documents.filter(name__startswith=beginning[: MAX_NAME // 2], name__endswith=ending)
    names = taken.union(near.values_list("name", flat=True))
    return next(one for one in _numbered(beginning, ending, MAX_NAME) if one not in names)


def _parts(name: str) -> tuple[str, str]:
    suffix = PurePath(name).suffix
    return name.removesuffix(suffix), suffix


def _numbered(beginning: str, ending: str, most: int) -> Iterator[str]:
    for number in count(1):
        tail = f"({number}){ending}"
        yield f"{beginning[: most - len(tail)]}{tail}"
