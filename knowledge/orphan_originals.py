"""Deletes originals that no document names: a server was killed between a file and its row."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from knowledge.models import Document
from knowledge.originals import delete_original, storage

# What is younger may belong to an upload whose rows are not saved yet.
MIN_AGE = timedelta(days=1)
FOLDER = re.compile(r"[0-9a-f]{2}")
NAME = re.compile(r"[0-9a-f]{32}")


def delete_orphans() -> int:
    """Returns how many files were deleted. Others in the storage are left alone."""
    before = timezone.now() - MIN_AGE
    count = 0
    for folder in filter(FOLDER.fullmatch, _listed("")[0]):
        names = {f"{folder}/{name}" for name in _listed(folder)[1] if NAME.fullmatch(name)}
        # First the files, then the rows: a file that is old now is named by no later upload.
        for name in sorted(names - set(_named(folder))):
            if _is_older(name, before):
                delete_original(name)
                count += 1
    return count


def _listed(path: str) -> tuple[list[str], list[str]]:
    try:
        return storage().listdir(path)
    except FileNotFoundError:
        return [], []


def _named(folder: str) -> Iterator[str]:
    prefix = f"{folder}/"
    rows = Document.objects.filter(Q(file__startswith=prefix) | Q(new_file__startswith=prefix))
    for names in rows.order_by().values_list("file", "new_file").iterator():
        yield from names


def _is_older(name: str, moment: datetime) -> bool:
    try:
        return storage().get_modified_time(name) < moment
    except FileNotFoundError:
        # Its document was deleted meanwhile, or another worker was first.
        return False
