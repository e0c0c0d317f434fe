"""System checks: of the database, which the full-text index must support, and of the settings."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.db import connection

from knowledge.embedding.embedder import NONE
from knowledge.index.current_index import has_index


def check_index(**_kwargs: Any) -> Sequence[CheckMessage]:
    if has_index():
        return []
    return [
        Error(
            f"There is no full-text search on {connection.display_name}",
            hint="Set DATABASE_URL to a PostgreSQL address, or leave it empty for SQLite.",
            id="knowledge.E001",
        )
    ]


def check_embedding(**_kwargs: Any) -> Sequence[CheckMessage]:
    url, model = settings.EMBEDDING_BASE_URL, settings.EMBEDDING_MODEL
    if not url and model in ("", NONE):
        return []
    if not url:
        hint = "Set EMBEDDING_BASE_URL, too, or leave both empty for the built-in encoder."
        return [Error("EMBEDDING_MODEL is set without an address", hint=hint, id="knowledge.E002")]
    if not _is_http(url):
        hint = "Correct or remove EMBEDDING_BASE_URL."
        return [Error("EMBEDDING_BASE_URL is no http(s) address", hint=hint, id="knowledge.E003")]
    if not model:
        hint = "Set EMBEDDING_MODEL to the name of a model of that server."
        return [Error("EMBEDDING_BASE_URL is set without a model", hint=hint, id="knowledge.E004")]
    return []


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False
