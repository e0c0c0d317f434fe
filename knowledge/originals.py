"""The original files of documents, in the storage `documents` of Django's `STORAGES`."""

from __future__ import annotations

import logging
import secrets
from collections.abc import Iterable
from functools import partial

from django.core.files import File
from django.core.files.storage import Storage, storages
from django.db import transaction

logger = logging.getLogger(__name__)


def storage() -> Storage:
    return storages["documents"]


def save_original(content: File[bytes]) -> str:
    """Returns its name in the storage, of which nothing comes from the sender."""
    name = secrets.token_hex(16)
    content.seek(0)
    # In 256 folders: some file systems get slow when one has very many files.
    return storage().save(f"{name[:2]}/{name}", content)


def read_original(name: str) -> bytes:
    with storage().open(name) as file:
        data: bytes = file.read()
        return data


def delete_on_commit(names: Iterable[str]) -> None:
    """Deletes files when the transaction that no longer refers to them is committed."""
    for name in names:
        if name:
            transaction.on_commit(partial(delete_original, name), robust=True)


def delete_original(name: str) -> None:
    try:
        storage().delete(name)
    except OSError:
        logger.warning("The file %s of a document could not be deleted", name, exc_info=True)
